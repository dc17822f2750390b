import type { CallContext } from "../context.ts";
import { isSessionSecret } from "./api-key-format.ts";

/** Browsers take the prefix only from the host itself, over TLS and for the whole host. */
const SECURE_NAME = "__Host-serviceflow";
/** Without TLS no cookie is secure. */
const PLAIN_NAME = "serviceflow";
const ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax";
const MAX_LENGTH = 8192;

type Connection = Pick<CallContext, "secure">;

function nameOn({ secure }: Connection): string {
  return secure ? SECURE_NAME : PLAIN_NAME;
}

/** The cookies of our name, which can be anybody's. */
function cookiesIn(header: string | null, connection: Connection): string[] {
  if (header === null || header.length > MAX_LENGTH) return [];
  const start = `${nameOn(connection)}=`;
  return header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}

/** Whether a call brings any cookie of a session. */
export function hasSessionCookie(header: string | null, connection: Connection): boolean {
  return cookiesIn(header, connection).length > 0;
}

/**
 * The secret of a session in a `Cookie` header. Null also where there are several, of which one could be somebody else's,
 * and for anything that does not have the form of one.
 */
export function sessionSecretIn(header: string | null, connection: Connection): string | null {
  const [secret, ...others] = cookiesIn(header, connection);
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
  return cookie(secret, seconds, connection);
}

/** `Set-Cookie` that makes a browser forget its session. */
export function noSessionCookie(connection: Connection): string {
  return cookie("", 0, connection);
}

function cookie(value: string, maxAge: number, connection: Connection): string {
  const secure = connection.secure ? "; Secure" : "";
  return `${nameOn(connection)}=${value}; ${ATTRIBUTES}; Max-Age=${maxAge}${secure}`;
}
