import type { MiddlewareHandler } from "hono";

const ONE_YEAR_SECONDS = 31_536_000;
const COMMON = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

const NOTHING = "default-src 'none'; frame-ancestors 'none'";

/** For every answer that is data: a browser should neither execute nor frame it. */
export const API_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON,
  "content-security-policy": NOTHING,
};

/** For the API's documentation: Swagger UI uses inline styles and icons in data URLs. */
export const DOCS_HEADERS: Readonly<Record<string, string>> = {
  ...COMMON,
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
};

/** For everything below the console's address; its page has the policy of its own nonce. */
export const CONSOLE_HEADERS: Readonly<Record<string, string>> = COMMON;

/** Of a file by itself: what it may do, the page says that names it. */
export const FILE_POLICY = NOTHING;

/** Of a page of the console: its own files alone, styles with the page's nonce, and no text that becomes code. */
export function consolePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

/** Makes browsers use TLS only; valid only over TLS. */
export const TRANSPORT_SECURITY: Readonly<Record<string, string>> = {
  "strict-transport-security": `max-age=${ONE_YEAR_SECONDS}; includeSubDomains`,
};

/** Sets headers on routes without a call context. */
export function withHeaders(
  headers: Readonly<Record<string, string>>,
  isSecure: (env: unknown) => boolean,
): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const all = isSecure(c.env) ? { ...headers, ...TRANSPORT_SECURITY } : headers;
    for (const [name, value] of Object.entries(all)) c.res.headers.set(name, value);
  };
}
