import { DomainError } from "../error.ts";
import { changed, type Decision } from "../rules/decision.ts";
import type { Scope, UserRef } from "../rules/roles.ts";
import { type ApiKey, endKey, issued, type MaskedKey, type OwnedKey } from "./api-key.ts";
import { endOf, type KeyBounds, type KeyTimes, latestExpiry } from "./key-bounds.ts";
import type { SessionSource } from "./session-source.ts";
import type { User } from "./user.ts";

/** For how long the row of a session is kept that has expired or been revoked, in days. The log names it for good. */
export const ENDED_SESSION_DAYS = 30;

/** So many sessions a user can have; another one ends the one that was not used for longest. */
export const MAX_SESSIONS_PER_USER = 20;

/** A session of a person in a browser. Times are ISO 8601 in UTC. */
export interface Session extends Pick<ApiKey, "scopes" | "effectiveScopes" | "lastUsedAt"> {
  /** `key_...`: the audit log names the session by it. */
  id: string;
  /** The browser and its system, as its `User-Agent` names them: "Firefox on Linux". */
  device: string;
  /** What it was exchanged for. */
  startedWith: SessionSource;
  /** Whether the call was made by it. */
  current: boolean;
  createdAt: string;
  /** When it ends unless it is used before; each use moves it, to the minute. */
  idleEndsAt: string;
  /** When it ends in any case. */
  expiresAt: string;
}

/** A session that has ended. */
export interface EndedSession {
  id: string;
  endedAt: string;
}

/** The session of a call, and its user. */
export interface CurrentSession extends Session {
  user: UserRef;
}

/** The ways in besides one-time codes and API keys. */
export interface SessionOptions {
  /** Sign-in with an OpenID Connect provider; null: there is none. */
  oidc: OidcOptions | null;
}

/** Addresses for a browser to navigate to: `fetch` cannot follow them. */
export interface OidcOptions {
  /** What people call the provider: "Example account". */
  label: string;
  /** Path that signs in. With `?return=` and a path of this server, that is where it ends. */
  url: string;
  /** Path that signs out at the provider too, after the session was ended; null: none. */
  signOutUrl: string | null;
}

/** What bounds every new session. */
export interface SessionBounds {
  /** Hours after which a session ends that nobody uses. */
  idleHours: number;
  /** Days after which it ends in any case. */
  maxDays: number;
}

/** A session as it is stored, with its owner. */
export interface OwnedSession extends OwnedKey {
  expiresAt: string;
  sessionFrom: SessionSource;
  idleEndsAt: string;
  /** Id of the API key that it was exchanged for, and ends with; null: of none. */
  parentId: string | null;
  /** By when the keys that it issues end; null: they need not. */
  grantsUntil: string | null;
}

/** The times that can end a session. */
export interface SessionTimes {
  expiresAt: string | null;
  revokedAt: string | null;
  idleEndsAt: string | null;
  /** When the key ends that it was exchanged for; null: never, or there is none. */
  parentEndsAt: string | null;
}

const HOUR_MS = 3_600_000;
/** Uses are noted to the minute and written in batches: one that was in time must not come too late. */
const GRACE_MS = 60_000;

/** When a session that is used now ends unless it is used again. */
export function idleEnd({ idleHours }: Pick<SessionBounds, "idleHours">, now: string): string {
  return new Date(Date.parse(now) + idleHours * HOUR_MS + GRACE_MS).toISOString();
}

/** When a key or a session stops working by itself; null: never. */
export function endOfSession({ idleEndsAt, parentEndsAt, ...times }: SessionTimes): string | null {
  const own = endOf(times);
  const borrowed = endOf({ expiresAt: idleEndsAt, revokedAt: parentEndsAt });
  return endOf({ expiresAt: own, revokedAt: borrowed });
}

const DAY_MS = 24 * HOUR_MS;

/** Whether the row of a session can be gone, since it ended long ago by its own times. Clocks may differ by a day. */
export function mayBeForgotten(times: KeyTimes, now: string): boolean {
  const end = endOf(times);
  return end !== null && Date.parse(now) - Date.parse(end) > (ENDED_SESSION_DAYS - 1) * DAY_MS;
}

/** A session that still counts for the bound. */
export type LiveSession = Pick<OwnedKey, "id" | "revokedAt" | "lastUsedAt" | "createdAt">;

/** What a new session is made from. */
export interface StartSessionFacts {
  id: string;
  owner: Pick<User, "id" | "active" | "erasedAt">;
  masked: MaskedKey;
  device: string;
  source: SessionSource;
  scopes: readonly Scope[];
  parentId: string | null;
  /** When the key or code ends what it grants; null: never. */
  grantsUntil: string | null;
  /** Those of the owner that have neither expired nor been revoked. */
  live: readonly LiveSession[];
  bounds: SessionBounds;
  keyBounds: KeyBounds;
  now: string;
}

/**
 * Starts a session. It lives no longer than what it was exchanged for, and the least recently used ones end that are too
 * many.
 * @throws DomainError `unauthenticated` when its user is inactive
 */
export function startSession({
  owner,
  live,
  bounds,
  keyBounds,
  now,
  source,
  masked,
  scopes,
  ...facts
}: StartSessionFacts): Decision<{ session: OwnedSession; ended: readonly LiveSession[] }> {
  if (!owner.active || owner.erasedAt !== null) {
    throw new DomainError("unauthenticated", "The user is not active.");
  }
  const { maxLifetimeDays } = keyBounds;
  const maxDays = Math.min(bounds.maxDays, maxLifetimeDays ?? bounds.maxDays);
  const session: OwnedSession = {
    id: facts.id,
    userId: owner.id,
    name: facts.device,
    ...masked,
    scopes: [...scopes],
    expiresAt: latestExpiry(null, {
      issuerEndsAt: facts.grantsUntil,
      bounds: { maxLifetimeDays: maxDays },
      now,
    }) as string,
    lastUsedAt: null,
    revokedAt: null,
    createdAt: now,
    sessionFrom: source,
    idleEndsAt: idleEnd(bounds, now),
    parentId: facts.parentId,
    grantsUntil: facts.grantsUntil,
  };
  // One can have ended between the load and now: it stays as it is, and leaves room.
  const alive = live.filter(({ revokedAt }) => revokedAt === null || revokedAt > now);
  const ended = tooMany(alive).map((each) => endKey(each, now));
  return changed(
    { session, ended: ended.map(({ next }) => next) },
    issued(session),
    ...ended.flatMap((each) => (each.changed ? each.entries : [])),
  );
}

/** The least recently used ones, so that there is room for another. */
function tooMany(live: readonly LiveSession[]): LiveSession[] {
  const surplus = Math.max(0, live.length - MAX_SESSIONS_PER_USER + 1);
  const usedAt = ({ lastUsedAt, createdAt }: LiveSession) => lastUsedAt ?? createdAt;
  const oldestFirst = live.toSorted((a, b) => Date.parse(usedAt(a)) - Date.parse(usedAt(b)));
  return oldestFirst.slice(0, surplus);
}
