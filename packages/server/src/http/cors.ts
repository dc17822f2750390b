import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

/** What the SDK, tRPC's client and tracing send. */
const ALLOWED_HEADERS = [
  "Content-Type",
  "Authorization",
  "X-API-Key",
  "X-Bootstrap-Key",
  "X-One-Time-Code",
  "Idempotency-Key",
  "Dry-Run",
  "If-Match",
  "If-None-Match",
  "Last-Event-ID",
  "X-Request-Id",
  "Traceparent",
  "Tracestate",
  "Baggage",
  "Sentry-Trace",
  "Trpc-Accept",
];

const EXPOSED_HEADERS = [
  "ETag",
  "Link",
  "Location",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "X-Request-Id",
  "Idempotent-Replayed",
  "Dry-Run",
];

/**
 * Lets pages of these origins call. They may send headers of their own too, as the SDK's option `headers` does: the
 * origin is what is trusted, and a key is nothing that a browser adds by itself.
 */
export function corsPolicy(origins: readonly string[]): MiddlewareHandler {
  const allowing = (headers: readonly string[]) =>
    cors({
      origin: [...origins],
      allowMethods: ["GET", "POST", "PATCH", "PUT", "DELETE"],
      allowHeaders: [...headers],
      exposeHeaders: EXPOSED_HEADERS,
      maxAge: 600,
    });
  const standard = allowing(ALLOWED_HEADERS);
  const known = new Set(ALLOWED_HEADERS.map((name) => name.toLowerCase()));
  return (c, next) => {
    // Without an origin it comes from no page, and asks what the path allows.
    if (c.req.method === "OPTIONS" && c.req.header("origin") === undefined) return next();
    const asked = c.req.header("access-control-request-headers")?.split(",") ?? [];
    const others = asked.map((name) => name.trim()).filter((name) => isOther(name, known));
    return (others.length === 0 ? standard : allowing([...ALLOWED_HEADERS, ...others]))(c, next);
  };
}

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

function isOther(name: string, known: ReadonlySet<string>): boolean {
  return HEADER_NAME.test(name) && !known.has(name.toLowerCase());
}
