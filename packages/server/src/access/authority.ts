import {
  type Caller,
  DomainError,
  type EndedKey,
  endOf,
  isActive,
  type KeyTimes,
} from "@serviceflow/domain";
import type { Identity, Standing } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { type ParamsIn, p, sql } from "../db/sql.ts";

/** Joins the user to `api_keys`. */
export const KEY_AND_USER = sql`${apiKeys} join ${users} on ${users.id} = ${apiKeys.userId}`;

/** What can change of a key and its user. The key's scopes and owner and the user's kind never do. */
export const STANDING = {
  actorRole: users.role,
  actorName: users.fullName,
  actorActive: users.active,
  actorExpiresAt: apiKeys.expiresAt,
  actorRevokedAt: apiKeys.revokedAt,
};

/** Whether a key and its user work: null if they do. */
export function endedKey(standing: Standing, now: string): EndedKey | null {
  const times = timesOf(standing);
  if (!isActive(times, now)) return { endedAt: endOf(times) };
  return standing.actorActive ? null : { endedAt: null };
}

function timesOf({ actorRevokedAt, actorExpiresAt }: Standing): KeyTimes {
  return {
    revokedAt: actorRevokedAt,
    expiresAt: actorExpiresAt,
  };
}

export function toCaller({ userId, userKind, scopes }: Identity, standing: Standing): Caller {
  const { actorName: fullName, actorRole: role } = standing;
  const keyEndsAt = endOf(timesOf(standing));
  return { id: userId, fullName, role, kind: userKind, scopes, keyEndsAt };
}

/** The CTE that every part of a write depends on: no row once a call has lost what it was judged on. */
export const authority = sql`authority`;
/** The user who writes; null for an actor without a key. */
export const actorOfWrite = sql`(select writer from authority)`;
export const authorized = sql`exists (select 1 from authority)`;

/**
 * Whether a key and its user are still what a call was judged on. It compares what was loaded, not the time: a revocation
 * after the decision is later than the decision's own time.
 */
export const HELD = sql`
  ${apiKeys.id} = ${p("authorityKey", apiKeys.id)}
    and ${users.active} and ${users.role} = ${p("authorityRole", users.role)}
    and ${apiKeys.revokedAt} is not distinct from ${p("authorityRevokedAt", "timestamptz?")}
    and ${apiKeys.expiresAt} is not distinct from ${p("authorityExpiresAt", "timestamptz?")}`;

/** For a call with an API key. */
export const KEY_AUTHORITY = sql`authority as (
  select ${users.id} as writer from ${KEY_AND_USER} where ${HELD})`;

/** The values of `HELD`. */
export function standingValues(keyUuid: string, standing: Standing): ParamsIn<typeof HELD> {
  return {
    authorityKey: keyUuid,
    authorityRole: standing.actorRole,
    authorityRevokedAt: standing.actorRevokedAt,
    authorityExpiresAt: standing.actorExpiresAt,
  };
}

/** For an actor whose authority cannot end: the operator, and the holder of the bootstrap key. */
export const OWN_AUTHORITY = sql`authority as (select null::uuid as writer)`;

export function unauthenticated(): DomainError {
  return new DomainError(
    "unauthenticated",
    "Send a valid API key in the header X-API-Key, or as Authorization: Bearer.",
  );
}
