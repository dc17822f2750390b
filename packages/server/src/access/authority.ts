import {
  type Caller,
  DomainError,
  type EndedKey,
  endOf,
  endOfSession,
  type SessionTimes,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Identity, Standing } from "../context.ts";
import { apiKeys, users } from "../db/schema.ts";
import { type ParamsIn, p, sql, value } from "../db/sql.ts";

/** Joins the user to `api_keys`. */
export const KEY_AND_USER = sql`${apiKeys} join ${users} on ${users.id} = ${apiKeys.userId}`;

const parent = alias(apiKeys, "parent");
/** When the key ends that a session was exchanged for: the session ends with it, wherever it was revoked. */
export const PARENT_END = sql`(
  select least(${parent.revokedAt}, ${parent.expiresAt}) from ${apiKeys} ${parent}
  where ${parent.id} = ${apiKeys.parentId})`;

/** What can change of a key or session and its user. The key's scopes and owner and the user's kind never do. */
export const STANDING = {
  actorRole: users.role,
  actorName: users.fullName,
  actorActive: users.active,
  actorExpiresAt: apiKeys.expiresAt,
  actorRevokedAt: apiKeys.revokedAt,
  actorIdleEndsAt: apiKeys.idleEndsAt,
  actorParentEndsAt: value("timestamptz?", PARENT_END),
};

/** Whether a key or session and its user work: null if they do. */
export function endedKey(standing: Standing, now: string): EndedKey | null {
  const endedAt = endOfSession(timesOf(standing));
  if (endedAt !== null && endedAt <= now) return { endedAt };
  return standing.actorActive ? null : { endedAt: null };
}

function timesOf({
  actorRevokedAt: revokedAt,
  actorExpiresAt: expiresAt,
  actorIdleEndsAt: idleEndsAt,
  actorParentEndsAt: parentEndsAt,
}: Standing): SessionTimes {
  return { revokedAt, expiresAt, idleEndsAt, parentEndsAt };
}

export function toCaller(identity: Identity, standing: Standing): Caller {
  const { userId, userKind: kind, scopes, session } = identity;
  const { actorName: fullName, actorRole: role } = standing;
  const { expiresAt, revokedAt, parentEndsAt } = timesOf(standing);
  // What a session issues may outlive it, but not what it was exchanged for.
  const keyEndsAt = session
    ? endOf({ expiresAt: session.grantsUntil, revokedAt: parentEndsAt })
    : endOf({ expiresAt, revokedAt });
  return { id: userId, fullName, role, kind, scopes, keyEndsAt };
}

/** The CTE that every part of a write depends on: no row once a call has lost what it was judged on. */
export const authority = sql`authority`;
/** The user who writes; null for an actor without a key. */
export const actorOfWrite = sql`(select writer from authority)`;
export const authorized = sql`exists (select 1 from authority)`;

/**
 * Whether a key and its user are still what a call was judged on. It compares what was loaded, not the time: a revocation
 * after the decision is later than the decision's own time. Nothing but a use moves when an idle session ends.
 */
export const HELD = sql`
  ${apiKeys.id} = ${p("authorityKey", apiKeys.id)}
    and ${users.active} and ${users.role} = ${p("authorityRole", users.role)}
    and ${apiKeys.revokedAt} is not distinct from ${p("authorityRevokedAt", "timestamptz?")}
    and ${apiKeys.expiresAt} is not distinct from ${p("authorityExpiresAt", "timestamptz?")}
    and ${PARENT_END} is not distinct from ${p("authorityParentEndsAt", "timestamptz?")}`;

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
    authorityParentEndsAt: standing.actorParentEndsAt,
  };
}

/** For an actor whose authority cannot end: the operator, and the holder of the bootstrap key. */
export const OWN_AUTHORITY = sql`authority as (select null::uuid as writer)`;

/** @param credential that the call was made with */
export function unauthenticated(credential: "key" | "session" = "key"): DomainError {
  return new DomainError(
    "unauthenticated",
    credential === "key"
      ? "Send a valid API key in the header X-API-Key, or as Authorization: Bearer."
      : "The session has ended: sign in again.",
  );
}
