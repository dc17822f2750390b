import { type LiveSession, toPublicId, toUuid } from "@serviceflow/domain";
import { KEY_AND_USER } from "../../access/authority.ts";
import { load } from "../../commands/load.ts";
import { apiKeys, users } from "../../db/schema.ts";
import { columns, json, type ParamsIn, p, sql } from "../../db/sql.ts";
import { toMoment } from "../api-keys/loads.ts";
import { noSuchUser } from "../users/no-such-user.ts";
import { worksNow } from "../working-keys.ts";
import { noSuchSession } from "./store.ts";

const user = p("user", "uuid?");

/** Those of a user's sessions that have neither expired nor been revoked. */
export const LIVE_SESSIONS = json<LiveSession[] | null, ParamsIn<typeof worksNow>>(sql`(
  select json_agg(
    json_build_object(
      'id', ${apiKeys.id}, 'revokedAt', ${apiKeys.revokedAt},
      'lastUsedAt', ${apiKeys.lastUsedAt}, 'createdAt', ${apiKeys.createdAt})
    order by ${apiKeys.id})
  from ${apiKeys}
  where ${apiKeys.userId} = ${users.id} and ${apiKeys.sessionFrom} is not null and ${worksNow})`);

const OWNER = {
  active: users.active,
  erasedAt: users.erasedAt,
  keysVersion: users.keysVersion,
  live: LIVE_SESSIONS,
};

const ownerOfSessions = load(
  "session_owner",
  sql`select ${columns(OWNER)} from ${users} where ${users.id} = ${user}`,
  noSuchUser,
);

/** The owner of a new session, and those that they have. */
export function loadOwnerOfSessions(userUuid: string, now: Date) {
  return ownerOfSessions({ user: userUuid, now });
}

/** Sessions as `LIVE_SESSIONS` reads them. */
export function toLiveSessions(live: readonly LiveSession[] | null): LiveSession[] {
  return (live ?? []).map(({ id, revokedAt, lastUsedAt, createdAt }) => ({
    id: toPublicId("apiKey", id),
    revokedAt: toMoment(revokedAt),
    lastUsedAt: toMoment(lastUsedAt),
    createdAt: new Date(createdAt).toISOString(),
  }));
}

const sessionById = load(
  "session_to_end",
  sql`
    select ${columns({ id: apiKeys.id, ownerId: users.id, revokedAt: apiKeys.revokedAt })}
    from ${KEY_AND_USER}
    where ${apiKeys.id} = ${p("id", "uuid?")} and ${apiKeys.sessionFrom} is not null`,
  noSuchSession,
);

/** A session that is ended. */
export function loadSession(id: string) {
  return sessionById({ id: toUuid("apiKey", id) });
}
