import {
  type CurrentSession,
  DomainError,
  effectiveScopes,
  type Page,
  type Session,
  type SessionSource,
  toPublicId,
} from "@serviceflow/domain";
import { KEY_AND_USER, PARENT_END } from "../../access/authority.ts";
import type { AuthenticatedContext } from "../../context.ts";
import type { Database } from "../../db/database.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../../db/page.ts";
import { apiKeys, users } from "../../db/schema.ts";
import { columns, p, type Row, sql } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { worksNow } from "../working-keys.ts";

const SESSION = {
  id: apiKeys.id,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  lastUsedAt: apiKeys.lastUsedAt,
  sessionFrom: apiKeys.sessionFrom,
  expiresAt: apiKeys.expiresAt,
  idleEndsAt: apiKeys.idleEndsAt,
};

const isSession = sql`${apiKeys.sessionFrom} is not null`;

const current = statement(
  "session_current",
  sql`
    select ${columns({ ...SESSION, userId: users.id, userName: users.fullName })} from ${KEY_AND_USER}
    where ${apiKeys.id} = ${p("id", "uuid")} and ${isSession}`,
);

/** The session of a call, and its user. */
export async function getCurrentSession(db: Database, keyUuid: string): Promise<CurrentSession> {
  const [row] = await db.query(current, { id: keyUuid });
  if (!row) throw notBySession();
  const user = { id: toPublicId("user", row.userId), fullName: row.userName };
  return { ...toSession(row, keyUuid), user };
}

const now = p("now", "timestamptz");
const before = p("before", "uuid?");

const live = statement(
  "sessions_of_user",
  sql`
    select ${columns(SESSION)} from ${apiKeys}
    where ${apiKeys.userId} = ${p("user", "uuid")} and ${isSession} and ${worksNow}
      and ${apiKeys.idleEndsAt} > ${now} and coalesce(${PARENT_END}, 'infinity') > ${now}
      and (${before} is null or ${apiKeys.id} < ${before})
    order by ${apiKeys.id} desc limit ${p("limit", "int")}`,
);

/** A user's sessions that have not ended, newest first. */
export async function listSessions(
  { db, clock, actor }: Pick<AuthenticatedContext, "db" | "clock" | "actor">,
  userUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
): Promise<Page<Session>> {
  const limit = limitOf(input);
  const rows = await db.query(live, {
    user: userUuid,
    now: clock().toISOString(),
    before: readUuidCursor(input.cursor),
    limit: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => toSession(row, actor.keyUuid),
    (row) => uuidCursor(row.id),
  );
}

function toSession(row: Row<typeof SESSION>, currentUuid: string): Session {
  return {
    id: toPublicId("apiKey", row.id),
    device: row.name,
    // The table cannot say that these are set together.
    startedWith: row.sessionFrom as SessionSource,
    scopes: row.scopes,
    effectiveScopes: effectiveScopes(row.scopes),
    current: row.id === currentUuid,
    createdAt: row.createdAt,
    lastUsedAt: row.lastUsedAt,
    idleEndsAt: row.idleEndsAt as string,
    expiresAt: row.expiresAt as string,
  };
}

export function noSuchSession(): DomainError {
  return new DomainError("not_found", "There is no such session that you can see.");
}

export function notBySession(): DomainError {
  return new DomainError("not_found", "The call was not made by a session.");
}
