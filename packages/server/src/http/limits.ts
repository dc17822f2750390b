import { DomainError } from "@serviceflow/domain";
import { networkOf } from "./client-address.ts";
import type { Counter, WindowState } from "./limit-counter.ts";

const WINDOW_SECONDS = 60;
/** People of an office begin to work at the same time, behind one address. */
const SIGN_INS_PER_FAILURE = 10;
const VALID_KEY_MS = 10 * 60_000;
const MAX_REMEMBERED = 10_000;
/** Each call would tell the others of its key. */
const TELL_AGAIN_MS = VALID_KEY_MS / 2;

/** Headers of an answer, by names in lower case. */
type Headers = Record<string, string>;

/** Rate limits. */
export interface Limits {
  /**
   * Charges one call to an API key and to its user, and sets the headers that announce their quotas.
   * @throws DomainError `rate_limited`
   */
  charge(by: { keyUuid: string; userUuid: string }, headers: Headers): Promise<void>;
  /**
   * Refuses an address with too many failed authentications, before any lookup. A key that was valid here recently
   * passes, so that one client does not lock out all others behind the same address.
   * @param keyHash SHA-256 of the key; null for anything malformed
   * @throws DomainError `rate_limited`
   */
  requireUnblocked(address: string | null, keyHash: string | null, headers: Headers): void;
  /** Counts a call with a key that is not valid. */
  countFailure(address: string | null): Promise<void>;
  /**
   * Counts a call without any key. It cannot be a guess, so it never blocks an address for calls with a key.
   * @throws DomainError `rate_limited`
   */
  chargeKeyless(address: string | null, headers: Headers): Promise<void>;
  /**
   * Counts a step of a sign-in with the identity provider. It cannot be a guess, so it neither blocks an address nor is blocked with it.
   * @throws DomainError `rate_limited`
   */
  chargeSignIn(address: string | null, headers: Headers): Promise<void>;
  /** Remembers that a key was valid. */
  noteValidKey(keyHash: string): void;
  close(): void;
}

/** What one process of several tells the others. */
export type LimitNews =
  | { kind: "valid key"; keyHash: string }
  | { kind: "blocked"; counter: string; network: string; ms: number };

/** The other processes that share the limits. */
export interface LimitPeers {
  tell(news: LimitNews): void;
  onNews(listen: (news: LimitNews) => void): void;
}

export interface LimitOptions {
  /** Calls a minute for each API key; 0: no limit. */
  callsPerMinute: number;
  /** Calls a minute for each user, with all their keys together; 0: no limit. */
  userCallsPerMinute: number;
  /** Failed authentications a minute for each address, and as many calls without a key; 0: no limit. */
  failuresPerMinute: number;
  counter(name: string, points: number, seconds: number): Counter;
  now(): number;
  peers?: LimitPeers;
  close?(): void;
}

/** No limit on anything. */
export const UNLIMITED: Limits = {
  charge: async () => {},
  requireUnblocked: () => {},
  countFailure: async () => {},
  chargeKeyless: async () => {},
  chargeSignIn: async () => {},
  noteValidKey: () => {},
  close: () => {},
};

/** Limits for each API key, for each user, and for each address without a key or without a valid one. */
export function createLimits(options: LimitOptions): Limits {
  const { callsPerMinute, userCallsPerMinute, failuresPerMinute, now, peers } = options;
  const counter = (name: string, quota: number) =>
    quota > 0 ? options.counter(name, quota, WINDOW_SECONDS) : null;
  const keys = counter("key", callsPerMinute);
  const users = counter("user", userCallsPerMinute);
  const perNetwork = (name: string, quota = failuresPerMinute) => {
    const found = counter(name, quota);
    const onBlocked = (network: string, ms: number) =>
      peers?.tell({ kind: "blocked", counter: name, network, ms });
    return found && networkLimit(found, now, onBlocked);
  };
  const failures = perNetwork("address");
  const keyless = perNetwork("keyless");
  const signIns = perNetwork("sign-in", SIGN_INS_PER_FAILURE * failuresPerMinute);
  const networkLimits = new Map([
    ["address", failures],
    ["keyless", keyless],
    ["sign-in", signIns],
  ]);
  const validKeys = new Map<string, number>();
  const toldAt = new Map<string, number>();
  peers?.onNews((news) => {
    if (news.kind === "valid key") remember(validKeys, news.keyHash, now());
    else networkLimits.get(news.counter)?.block(news.network, news.ms);
  });

  return {
    async charge({ keyUuid, userUuid }, headers) {
      // Together: both commands share one round trip to Redis.
      const [ofKey, ofUser] = await Promise.all([keys?.consume(keyUuid), users?.consume(userUuid)]);
      announce(headers, [
        ...(ofKey ? [{ policy: "key", quota: callsPerMinute, state: ofKey.state }] : []),
        ...(ofUser ? [{ policy: "user", quota: userCallsPerMinute, state: ofUser.state }] : []),
      ]);
      if (ofKey?.refused) {
        // Or one key over its limit would lock out the user's other keys.
        users?.refund(userUuid);
        throw tooMany(headers, ofKey.state.msBeforeNext, "with this API key");
      }
      if (ofUser?.refused) throw tooMany(headers, ofUser.state.msBeforeNext, "by this user");
    },
    requireUnblocked(address, keyHash, headers) {
      if (!failures || address === null) return;
      const waitMs = failures.blockedMs(address);
      if (waitMs === 0) return;
      const seen = keyHash === null ? undefined : validKeys.get(keyHash);
      if (seen !== undefined && now() - seen < VALID_KEY_MS) return;
      throw tooMany(headers, waitMs, "without a valid API key from this address");
    },
    async countFailure(address) {
      if (address !== null) await failures?.count(address);
    },
    async chargeKeyless(address, headers) {
      const waitMs = (await keyless?.charge(address)) ?? 0;
      if (waitMs > 0) throw tooMany(headers, waitMs, "without an API key from this address");
    },
    async chargeSignIn(address, headers) {
      const waitMs = (await signIns?.charge(address)) ?? 0;
      if (waitMs > 0) throw tooMany(headers, waitMs, "to sign in from this address");
    },
    noteValidKey(keyHash) {
      if (!failures) return;
      remember(validKeys, keyHash, now());
      if (!peers || now() - (toldAt.get(keyHash) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS)
        return;
      remember(toldAt, keyHash, now());
      peers.tell({ kind: "valid key", keyHash });
    },
    close: () => options.close?.(),
  };
}

/** Counts for each network, and remembers those that are over the limit: a flood costs the counter nothing. */
function networkLimit(
  counter: Counter,
  now: () => number,
  onBlocked: (network: string, ms: number) => void,
) {
  const blockedUntil = new Map<string, number>();
  return {
    block(network: string, ms: number): void {
      remember(blockedUntil, network, now() + ms);
    },
    blockedMs(address: string): number {
      const until = blockedUntil.get(networkOf(address)) ?? 0;
      return Math.max(0, until - now());
    },
    /** @returns how long to wait, in milliseconds; 0 while it is within the limit */
    async count(address: string): Promise<number> {
      const network = networkOf(address);
      const { refused, state } = await counter.consume(network);
      if (state.remainingPoints <= 0) {
        remember(blockedUntil, network, now() + state.msBeforeNext);
        onBlocked(network, state.msBeforeNext);
      }
      return refused ? state.msBeforeNext : 0;
    },
    /** The same, without a look at the counter while it is over the limit. */
    async charge(address: string | null): Promise<number> {
      return address === null ? 0 : this.blockedMs(address) || (await this.count(address));
    },
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

interface Quota {
  policy: string;
  quota: number;
  state: WindowState;
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function announce(headers: Headers, quotas: readonly Quota[]): void {
  if (quotas.length === 0) return;
  headers["ratelimit-policy"] = quotas
    .map(({ policy, quota }) => `"${policy}";q=${quota};w=${WINDOW_SECONDS}`)
    .join(", ");
  headers.ratelimit = quotas
    .map(({ policy, state }) => {
      const seconds = Math.ceil(state.msBeforeNext / 1000);
      return `"${policy}";r=${Math.max(0, state.remainingPoints)};t=${seconds}`;
    })
    .join(", ");
}

function tooMany(headers: Headers, waitMs: number, what: string): DomainError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  headers["retry-after"] = String(seconds);
  return new DomainError("rate_limited", `Too many calls ${what}; wait for ${seconds} s.`);
}
