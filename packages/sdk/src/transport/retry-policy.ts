import type { ServiceFlowError } from "../error.ts";

const BASE_MS = 250;
const MOST_BACKOFF_MS = 8_000;
const MOST_RETRY_AFTER_MS = 60_000;

/** Whether a status says that the same call may succeed later, whoever answered with it. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * Whether to send the call again. Every mutation carries an idempotency key, so this asks only whether it can help:
 * an `internal_error` is not `retryable` for the caller, but was perhaps a replica's that has just gone.
 */
export function shouldRetry({ retryable, status }: ServiceFlowError): boolean {
  return retryable || (status !== undefined && isTransientStatus(status));
}

/**
 * How long to wait before the next attempt: exponential with full jitter, but never shorter than the server asks for.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt 0 after the first
 * @param random from 0 to 1
 */
export function retryDelay(
  attempt: number,
  retryAfterMs: number | undefined,
  random: number = Math.random(),
): number {
  const backoff = random * Math.min(MOST_BACKOFF_MS, BASE_MS * 2 ** attempt);
  return Math.max(backoff, Math.min(retryAfterMs ?? 0, MOST_RETRY_AFTER_MS));
}

/**
 * The `Retry-After` header in milliseconds: a number of seconds, or a date.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  const value = header?.trim() ?? "";
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse takes almost anything; every form of HTTP date begins with the day of the week.
  const time = /^[A-Z][a-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}
