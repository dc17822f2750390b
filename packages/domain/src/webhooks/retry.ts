import type { DisabledBecause } from "./webhook.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long after each failed attempt the next one follows, at most; at least half of it, and never under 5 s. */
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

/** An endpoint that has taken nothing for so long is disabled. */
export const MAX_FAILING_MS = 5 * DAY;

/** How one attempt ended. */
export interface Attempt {
  /** HTTP status of the answer; null when there was none. */
  responseStatus: number | null;
  /** What the receiver asked for with Retry-After. */
  retryAfterMs: number | null;
}

export interface OutcomeFacts {
  /** How many attempts there have been, this one included. */
  attempts: number;
  /** For how long the endpoint has accepted nothing. */
  failingMs: number;
  /** From 0 to 1. */
  random: number;
}

/** What follows from an attempt. */
export type AttemptOutcome =
  | { kind: "delivered" }
  /** It is sent again after that time. */
  | { kind: "retry"; delayMs: number; disable: DisabledBecause | null }
  | { kind: "given_up"; disable: DisabledBecause | null };

/**
 * What follows from an attempt. Any 2xx is a delivery; whatever else is not, a redirect included.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function outcomeOf(
  { responseStatus, retryAfterMs }: Attempt,
  { attempts, failingMs, random }: OutcomeFacts,
): AttemptOutcome {
  if (responseStatus !== null && responseStatus >= 200 && responseStatus < 300) {
    return { kind: "delivered" };
  }
  // It is kept: a webhook that is made active again is sent all that it missed.
  const isGone = responseStatus === 410;
  const disable = isGone ? "GONE" : failingMs >= MAX_FAILING_MS ? "FAILING" : null;
  const most = RETRY_DELAYS_MS[attempts - 1];
  if (most === undefined) return { kind: "given_up", disable };
  const jittered = most * (1 + random) * 0.5;
  const delayMs = Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, jittered, retryAfterMs ?? 0));
  return { kind: "retry", delayMs: Math.round(delayMs), disable };
}
