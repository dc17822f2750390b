import { DomainError } from "@serviceflow/domain";
import type { RateLimiterRes } from "rate-limiter-flexible";
import { networkOf } from "./client-address.ts";
import type { Counter } from "./limit-counter.ts";

const WINDOW_SECONDS = 60;
const VALID_KEY_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;

/** Headers of an answer, by names in lower case. */
type Headers = Record<string, string>;

/** Rate limits. */
export interface Limits {
  /**
   * Charges one call to an API key, and sets the headers that announce the quota.
   * @throws DomainError `rate_limited`
   */
  charge(keyUuid: string, headers: Headers): Promise<void>;
  /**
   * Refuses an address with too many failed authentications, before any lookup. A key that was valid here recently
   * passes, so that one client does not lock out all others behind the same address.
   * @param keyHash SHA-256 of the key; null for anything malformed
   * @throws DomainError `rate_limited`
   */
  requireUnblocked(address: string | null, keyHash: string | null, headers: Headers): void;
  /** Counts a call without a valid key. */
  countFailure(address: string | null): Promise<void>;
  /** Remembers that a key was valid. */
  noteValidKey(keyHash: string): void;
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
  noteValidKey: () => {},
  close: () => {},
};

/** Limits for each API key, and for each address without a valid one. */
export function createLimits(options: LimitOptions): Limits {
  const { callsPerMinute, failuresPerMinute, now } = options;
  const calls = callsPerMinute > 0 ? options.counter("key", callsPerMinute, WINDOW_SECONDS) : null;
  const failures =
    failuresPerMinute > 0 ? options.counter("address", failuresPerMinute, WINDOW_SECONDS) : null;
  const blockedUntil = new Map<string, number>();
  const validKeys = new Map<string, number>();

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
      const seen = keyHash === null ? undefined : validKeys.get(keyHash);
      if (seen !== undefined && now() - seen < VALID_KEY_MS) return;
      throw tooMany(headers, until - now(), "without a valid API key from this address");
    },
    async countFailure(address) {
      if (!failures || address === null) return;
      const network = networkOf(address);
      const { state } = await failures.consume(network);
      if (state.remainingPoints > 0) return;
      remember(blockedUntil, network, now() + state.msBeforeNext);
    },
    noteValidKey(keyHash) {
      if (failures) remember(validKeys, keyHash, now());
    },
    close: () => options.close?.(),
  };
}

/** Keeps the newest entries: a map iterates in insertion order. */
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
