import type { ServiceFlowError } from "../error.ts";

const BASE_MS = 250;
const MAX_BACKOFF_MS = 8_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** Whether the same call can succeed after this status, no matter which server or proxy sent it. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * Whether a retry can help. Every mutation carries an idempotency key, so a retry is always safe. `internal_error` is
 * not `retryable` for the caller but is retried here: the replica may have been shutting down. `query_timeout` is not.
 */
export function shouldRetry({ retryable, status, problem }: ServiceFlowError): boolean {
  if (retryable || status === undefined) return retryable;
  const isFinal = problem !== undefined && status > 500;
  return isTransientStatus(status) && !isFinal;
}

/**
 * Whether a stream should reconnect. Unlike a call, it can wait for as long as the server asks, and once it has been
 * connected, a page of a proxy or a captive portal says nothing about the server.
 */
export function shouldReconnect(error: ServiceFlowError, wasConnected: boolean): boolean {
  const { status, problem } = error;
  if (status === undefined) return shouldRetry(error);
  return isTransientStatus(status) || shouldRetry(error) || (wasConnected && !problem);
}

/**
 * The delay before the next attempt, in milliseconds: exponential backoff with full jitter, and at least `retryAfterMs`.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt 0 after the first attempt
 * @param random from 0 to 1
 */
export function retryDelay(
  attempt: number,
  retryAfterMs: number | undefined,
  random: number = Math.random(),
): number {
  const backoff = random * Math.min(MAX_BACKOFF_MS, BASE_MS * 2 ** attempt);
  return Math.max(backoff, Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS));
}
