import type { CallContext } from "../context.ts";

/** What a browser says of where a call comes from; no page can change it. */
export type CallOrigin = Pick<CallContext, "header" | "secure">;

/** Nothing but a host and a port: no user before it, and no path after it. */
const HOST = /^[^\s/\\?#@]+$/;

/**
 * Whether a page of the server's own origin makes the call. Another port is another origin. A browser that does not send
 * `Sec-Fetch-Site` sends `Origin`, except with a GET: its GETs do not count.
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function isSameOrigin({ header, secure }: CallOrigin): boolean {
  const site = header("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const host = header("host");
  if (host === null || !HOST.test(host)) return false;
  const own = `${secure ? "https" : "http"}://${host}`;
  return URL.canParse(own) && header("origin") === new URL(own).origin;
}
