/**
 * `Cache-Control` of answers that nobody may compress, neither this server nor a proxy. Streams: their lines would be held
 * back until there are enough of them. Secrets: the length of a compressed answer says something of what is in it (BREACH).
 */
export const UNTRANSFORMED = "no-store, no-transform";

export function isUntransformed(headers: Readonly<Record<string, string>>): boolean {
  return headers["cache-control"] === UNTRANSFORMED;
}
