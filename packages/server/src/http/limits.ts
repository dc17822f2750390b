import { DomainError } from "@serviceflow/domain";
import type { RateLimiterRes } from "rate-limiter-flexible";
import { networkOf } from "./client-address.ts";
import type { Counter } from "./limit-counter.ts";

const WINDOW_SECONDS = 60;
const GOOD_KEY_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;

/** What limits write into an answer: names in lower case. */
type Headers = Record<string, string>;

/** How much callers may do. */
export interface Limits {
  /**
   * Charges one procedure to an API key, and says in the headers what is left.
   * @throws DomainError `rate_limited`
   */
  charge(keyUuid: string, headers: Headers): Promise<void>;
  /**
   * Refuses an address from which too many calls had no good key, before anything is looked up. A key that was good
   * here shortly before is let through, so that one client does not lock out all those behind the same address.
   * @param keyHash SHA-256 of the key that is given; null for none that could be one
   * @throws DomainError `rate_limited`
   */
  requireUnblocked(address: string | null, keyHash: string | null, headers: Headers): void;
  /** Counts a call without a good key. */
  countFailure(address: string | null): Promise<void>;
  /** Remembers that a key was good. */
  noteGoodKey(keyHash: string): void;
  close(): void;
}

export interface LimitOptions {
  /** Calls a minute for each API key; 0: no limit. */
  callsPerMinute: number;
  /** Failed authentications a minute for each address; 0: no limit. */
  failuresPerMinute: number;
  counter(name: string, points: number, seconds: number): Counter;
  now(): number;
  close?(): void;
}

/** No limit on anything. */
export const UNLIMITED: Limits = {
  charge: async () => {},
  requireUnblocked: () => {},
  countFailure: async () => {},
  noteGoodKey: () => {},
  close: () => {},
};

/** Limits for each API key, and for each address that has no good one. */
export function createLimits(options: LimitOptions): Limits {
  const { callsPerMinute, failuresPerMinute, now } = options;
  const calls = callsPerMinute > 0 ? options.counter("key", callsPerMinute, WINDOW_SECONDS) : null;
  const failures =
    failuresPerMinute > 0 ? options.counter("address", failuresPerMinute, WINDOW_SECONDS) : null;
  const blockedUntil = new Map<string, number>();
  const goodKeys = new Map<string, number>();

  return {
    async charge(keyUuid, headers) {
      if (!calls) return;
      const { refused, state } = await calls.consume(keyUuid);
      announce(headers, "key", callsPerMinute, state);
      if (refused) throw tooMany(headers, state.msBeforeNext, "with this API key");
    },
    requireUnblocked(address, keyHash, headers) {
      if (!failures || address === null) return;
      const until = blockedUntil.get(networkOf(address));
      if (until === undefined || until <= now()) return;
      const seen = keyHash === null ? undefined : goodKeys.get(keyHash);
      if (seen !== undefined && now() - seen < GOOD_KEY_MS) return;
      throw tooMany(headers, until - now(), "without a valid API key from this address");
    },
    async countFailure(address) {
      if (!failures || address === null) return;
      const network = networkOf(address);
      const { state } = await failures.consume(network);
      if (state.remainingPoints > 0) return;
      remember(blockedUntil, network, now() + state.msBeforeNext);
    },
    noteGoodKey(keyHash) {
      if (failures) remember(goodKeys, keyHash, now());
    },
    close: () => options.close?.(),
  };
}

/** Keeps the newest; a map remembers the order in which its keys were set. */
function remember(map: Map<string, number>, name: string, value: number): void {
  map.delete(name);
  map.set(name, value);
  if (map.size <= MAX_REMEMBERED) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}

type State = Pick<RateLimiterRes, "remainingPoints" | "msBeforeNext">;

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function announce(headers: Headers, policy: string, quota: number, state: State): void {
  const seconds = Math.ceil(state.msBeforeNext / 1000);
  headers["ratelimit-policy"] = `"${policy}";q=${quota};w=${WINDOW_SECONDS}`;
  headers.ratelimit = `"${policy}";r=${Math.max(0, state.remainingPoints)};t=${seconds}`;
}

function tooMany(headers: Headers, waitMs: number, what: string): DomainError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  headers["retry-after"] = String(seconds);
  return new DomainError("rate_limited", `Too many calls ${what}; wait for ${seconds} s.`);
}
