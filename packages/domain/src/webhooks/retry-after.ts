/**
 * Parses a `Retry-After` header: a number of seconds, or an HTTP date.
 * @param now milliseconds since the epoch
 * @returns milliseconds; undefined for an absent or invalid header
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(
  header: string | null | undefined,
  now: number,
): number | undefined {
  const value = header?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse accepts almost anything; every HTTP date starts with the day of the week.
  const time = /^[A-Z][a-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
