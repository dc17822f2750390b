import type { DisabledBecause } from "./webhook.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The maximum delay after each failed attempt. The minimum is half of it, and 5 s. */
export const RETRY_DELAYS_MS = [
  10 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  16 * HOUR,
  DAY,
  DAY,
  DAY,
  DAY,
] as const;
const MIN_DELAY_MS = 5 * SECOND;
const MAX_DELAY_MS = DAY;

/** An endpoint without a successful delivery for this long is disabled. */
export const MAX_FAILING_MS = 5 * DAY;

/** The result of one attempt. */
export interface Attempt {
  /** HTTP status of the response; null without one. */
  responseStatus: number | null;
  /** From `Retry-After`. */
  retryAfterMs: number | null;
}

export interface OutcomeFacts {
  /** How many attempts there have been, this one included. */
  attempts: number;
  /** For how long the endpoint has had no successful delivery. */
  failingMs: number;
  /** From 0 to 1. */
  random: number;
}

/** The outcome of an attempt. */
export type AttemptOutcome =
  | { kind: "delivered" }
  /** Another attempt follows after the delay. */
  | { kind: "retry"; delayMs: number; disable: DisabledBecause | null }
  | { kind: "given_up"; disable: DisabledBecause | null };

/**
 * The outcome of an attempt. Any 2xx is a delivery; anything else, a redirect included, is a failure.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function outcomeOf(
  { responseStatus, retryAfterMs }: Attempt,
  { attempts, failingMs, random }: OutcomeFacts,
): AttemptOutcome {
  if (responseStatus !== null && responseStatus >= 200 && responseStatus < 300) {
    return { kind: "delivered" };
  }
  // The delivery is kept: a reactivated webhook receives its backlog.
  const isGone = responseStatus === 410;
  const disable = isGone ? "GONE" : failingMs >= MAX_FAILING_MS ? "FAILING" : null;
  const most = RETRY_DELAYS_MS[attempts - 1];
  if (most === undefined) return { kind: "given_up", disable };
  const jittered = most * (1 + random) * 0.5;
  const delayMs = Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, jittered, retryAfterMs ?? 0));
  return { kind: "retry", delayMs: Math.round(delayMs), disable };
}
