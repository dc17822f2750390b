import { DomainError, invalidField } from "../error.ts";

/** What bounds every new API key. */
export interface KeyBounds {
  /** Active keys of one user. A rotated key counts until its overlap ends. */
  maxPerUser: number;
  /** Days for which a new key is valid at most; null: without bound. */
  maxLifetimeDays: number | null;
}

/** What the expiry of a new key is decided on. Times are ISO 8601 in UTC. */
export interface ExpiryFacts {
  /** When the key that issues it ends; null: never, or there is none. */
  issuerEndsAt: string | null;
  bounds: Pick<KeyBounds, "maxLifetimeDays">;
  now: string;
}

/** The two times that can end a key; null: it never expires, it is not revoked. */
export interface KeyTimes {
  expiresAt: string | null;
  /** In the future after a rotation. */
  revokedAt: string | null;
}

const DAY_MS = 86_400_000;

/** Whether a key is valid at that time. */
export function isActive(key: KeyTimes, now: string): boolean {
  const end = endOf(key);
  return end === null || end > now;
}

/** When a key stops working by itself: at its expiry, or before that at the end of its overlap; null: never. */
export function endOf({ expiresAt, revokedAt }: KeyTimes): string | null {
  return earlier(expiresAt, revokedAt);
}

/**
 * The expiry of a new key: as asked, and by default the latest that it may have; null: never.
 * @throws DomainError `validation_failed` for `/expiresAt`: `in_the_past`, `after_calling_key`, `beyond_max_lifetime`
 */
export function expiryOf(asked: string | undefined, facts: ExpiryFacts): string | null {
  if (asked === undefined) return latestExpiry(null, facts);
  const { issuerEndsAt, bounds, now } = facts;
  if (asked <= now) {
    throw invalidField("/expiresAt", "in_the_past", "The expiry must be in the future.");
  }
  if (issuerEndsAt !== null && asked > issuerEndsAt) {
    throw invalidField(
      "/expiresAt",
      "after_calling_key",
      `The key cannot outlive the calling key, which ends at ${issuerEndsAt}.`,
      { until: issuerEndsAt },
    );
  }
  const end = lifetimeEnd(facts);
  if (end !== null && asked > end) {
    throw invalidField(
      "/expiresAt",
      "beyond_max_lifetime",
      `A key can be valid for at most ${bounds.maxLifetimeDays} days, until ${end}.`,
      { until: end },
    );
  }
  return asked;
}

/** An expiry, or the latest that a new key may have if that is earlier; null: never. */
export function latestExpiry(expiry: string | null, facts: ExpiryFacts): string | null {
  return earlier(expiry, earlier(facts.issuerEndsAt, lifetimeEnd(facts)));
}

function lifetimeEnd({ bounds, now }: ExpiryFacts): string | null {
  if (bounds.maxLifetimeDays === null) return null;
  return new Date(Date.parse(now) + bounds.maxLifetimeDays * DAY_MS).toISOString();
}

function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

/**
 * @param activeKeys how many active keys the user has
 * @throws DomainError `too_many_api_keys` when the user may have no further active key
 */
export function requireRoomForKey(activeKeys: number, { maxPerUser }: KeyBounds): void {
  if (activeKeys < maxPerUser) return;
  throw new DomainError(
    "too_many_api_keys",
    `A user can have at most ${maxPerUser} active API keys, and a rotated key counts until its overlap ends; revoke one first.`,
  );
}
