import type { CallContext } from "../context.ts";
import { isSessionSecret } from "./api-key-format.ts";

/** Browsers take the prefix only from the host itself, over TLS and for the whole host. */
const SECURE_NAME = "__Host-serviceflow";
/** Without TLS no cookie is secure. */
const PLAIN_NAME = "serviceflow";
const ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax";
const MAX_LENGTH = 8192;
/** Nothing else that passes for a blank: browsers do not see the prefix of a name after it, and any host of the site can set it. */
const OUTER_BLANKS = /^[ \t]+|[ \t]+$/g;

type Connection = Pick<CallContext, "secure">;

function nameOn({ secure }: Connection): string {
  return secure ? SECURE_NAME : PLAIN_NAME;
}

/** The cookies of a name, which can be anybody's. */
function cookiesOf(header: string | null, name: string): string[] {
  if (header === null || header.length > MAX_LENGTH) return [];
  const start = `${name}=`;
  return header
    .split(";")
    .map((pair) => pair.replace(OUTER_BLANKS, ""))
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}

/** Whether a call brings any cookie of a session. */
export function hasSessionCookie(header: string | null, connection: Connection): boolean {
  return cookiesOf(header, nameOn(connection)).length > 0;
}

/**
 * The secret of a session in a `Cookie` header. Null also where there are several, of which one could be somebody else's,
 * and for anything that does not have the form of one.
 */
export function sessionSecretIn(header: string | null, connection: Connection): string | null {
  const [secret, ...others] = cookiesOf(header, nameOn(connection));
  return secret !== undefined && others.length === 0 && isSessionSecret(secret) ? secret : null;
}

/**
 * `Set-Cookie` for a new session.
 * @param expiresAt ISO 8601
 */
export function sessionCookie(
  secret: string,
  expiresAt: string,
  connection: Connection,
  now: Date,
): string {
  const seconds = Math.max(0, Math.floor((Date.parse(expiresAt) - now.getTime()) / 1000));
  return cookie(nameOn(connection), secret, seconds, connection);
}

/** `Set-Cookie` that makes a browser forget its session. */
export function noSessionCookie(connection: Connection): string {
  return cookie(nameOn(connection), "", 0, connection);
}

function signInNameOn(connection: Connection): string {
  return `${nameOn(connection)}-oidc`;
}

/** A sign-in in progress, of a `Cookie` header; null also where there are several. */
export function signInIn(header: string | null, connection: Connection): string | null {
  const [value, ...others] = cookiesOf(header, signInNameOn(connection));
  return value !== undefined && others.length === 0 ? value : null;
}

/** `Set-Cookie` for a sign-in in progress. It belongs to the whole host, so that no other host of the site can set it. */
export function signInCookie(value: string, seconds: number, connection: Connection): string {
  return cookie(signInNameOn(connection), value, seconds, connection);
}

function cookie(name: string, value: string, maxAge: number, connection: Connection): string {
  const secure = connection.secure ? "; Secure" : "";
  return `${name}=${value}; ${ATTRIBUTES}; Max-Age=${maxAge}${secure}`;
}
