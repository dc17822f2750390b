import { ERASED_KEY_NAME, type OwnedKey, toPublicId, type User } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { load, type Write, write } from "../../commands/command.ts";
import type { Database } from "../../db/database.ts";
import { uuidOf } from "../../db/ids.ts";
import {
  apiKeys,
  auditLogs,
  auditPrivateValues,
  idempotencyKeys,
  roles,
  users,
} from "../../db/schema.ts";
import { columns, json, list, p, type Sql, sql, value } from "../../db/sql.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { set, update } from "../../db/write.ts";
import { noSuchUser } from "./no-such-user.ts";
import {
  ROSTER,
  rosterHeld,
  USER,
  type UserRow,
  userRow,
  userUnchanged,
  userValues,
  WRITTEN_BY,
} from "./store.ts";

const BATCH_SIZE = 2000;

type KeyOfUser = { id: string; revokedAt: string | null };

const KEYS = {
  keys: json<KeyOfUser[] | null>(sql`(
    select json_agg(
      json_build_object('id', ${apiKeys.id}, 'revokedAt', ${apiKeys.revokedAt}) order by ${apiKeys.id})
    from ${apiKeys} where ${apiKeys.userId} = ${users.id})`),
};

const loadUserAndKeys = load(
  "user_erasure",
  sql`
    select ${columns(USER)}, ${columns(ROSTER)}, ${columns(KEYS)}
    from ${roles} join ${users} on ${users.id} = ${p("id", "uuid?")}
    where ${roles.name} = 'ADMIN'`,
  noSuchUser,
);

/** What an erasure is decided on: the user, the roster, and the user's keys. */
export function loadErasure(id: string) {
  return loadUserAndKeys(userValues(id, undefined));
}

export function keysOf(
  userId: string,
  keys: readonly KeyOfUser[] | null,
): Pick<OwnedKey, "id" | "userId" | "revokedAt">[] {
  return (keys ?? []).map(({ id, revokedAt }) => ({
    id: toPublicId("apiKey", id),
    userId,
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  }));
}

// The answers stored under the user's idempotency keys could name them.
const erase = write(
  "user_erase",
  sql`${rosterHeld},
    changed as (
      ${update(users, WRITTEN_BY, "erase")} where ${userUnchanged} and exists (select 1 from roster)
      returning ${users.id}
    ),
    ended as (
      update ${apiKeys} set ${set(apiKeys, {
        name: p("keyName", apiKeys.name),
        revokedAt: sql`least(${apiKeys.revokedAt}, ${p("erasedAt", users.erasedAt)})`,
      })}
      from changed where ${apiKeys.userId} = changed.id
    ),
    forgotten as (
      delete from ${idempotencyKeys} using changed where ${idempotencyKeys.userId} = changed.id
    )`,
);

export function eraseUserRow(next: User, { rosterVersion }: UserRow): Write {
  return erase({ ...userRow(next), keyName: ERASED_KEY_NAME, rosterVersion });
}

/**
 * What remains of an entry's private values. Of what the person did: nothing of requests, comments and of themselves;
 * of others that they managed, all but the person's own address, client and reason. Of what others did to the person:
 * what those others sent, but no name or address of the person.
 */
const page = alias(auditLogs, "page");
const REMAINING = sql`
  case
    when ${page.actorId} <> ${p("id", "uuid")} then (
      select coalesce(jsonb_object_agg(kept.pointer, kept.value), '{}')
      from jsonb_each(${auditPrivateValues.values}) as kept (pointer, value)
      where kept.pointer not like '/changes/%'
    )
    when ${page.actorId} is null or ${page.subjectType} in ('request', 'comment')
      or ${page.subjectId} = any(${p("subjects", "text[]")}) then '{}'::jsonb
    else ${auditPrivateValues.values} - array['/clientAddress', '/userAgent', '/reason']
  end`;
const PAGE = list([
  auditLogs.id,
  auditLogs.seq,
  auditLogs.actorId,
  auditLogs.subjectType,
  auditLogs.subjectId,
]);

/** Erases from a page of the entries that meet a condition, and answers where the page ends. */
function eraseWhere<Params>(name: string, condition: Sql<Params>) {
  return statement(
    name,
    sql`
      with ${page} as (
        select ${PAGE} from ${auditLogs} where ${condition} and ${auditLogs.seq} > ${p("after", "bigint")}
        order by ${auditLogs.seq} limit ${p("limit", "int")}
      ), erased as (
        update ${auditPrivateValues} set ${set(auditPrivateValues, { values: REMAINING })} from ${page}
        where ${auditPrivateValues.entryId} = ${page.id} and ${auditPrivateValues.values} <> ${REMAINING}
      )
      select ${columns({ last: value("text?", sql`max(${page.seq})`) })} from ${page}`,
  );
}

const eraseByActor = eraseWhere("user_erase_by", sql`${auditLogs.actorId} = ${p("id", "uuid")}`);
const eraseBySubject = eraseWhere(
  "user_erase_about",
  sql`${auditLogs.subjectId} = ${p("subject", "text")}`,
);

const keyIds = statement(
  "user_key_ids",
  sql`select ${columns({ id: apiKeys.id })} from ${apiKeys} where ${apiKeys.userId} = ${p("id", "uuid")}`,
);

const UNFINISHED = sql`${users.erasedAt} is not null and ${users.logErasedAt} is null`;

const markErased = statement(
  "user_log_erased",
  sql`
    ${update(users, WRITTEN_BY, "eraseFromLog")}
    where ${users.id} = ${p("id", "uuid")} and ${UNFINISHED}`,
);

/**
 * Erases a user's personal data from the log's private values, after the user was erased. Each batch holds for itself,
 * so an interrupted run can start again.
 */
export async function eraseFromLog(
  db: Database,
  userId: string,
  now: Date,
  stop?: AbortSignal,
): Promise<void> {
  const id = uuidOf("user", userId);
  const keys = await db.query(keyIds, { id });
  const subjects = [userId, ...keys.map((key) => toPublicId("apiKey", key.id))];
  await eraseAll(db, eraseByActor, { id, subjects }, stop);
  for (const subject of subjects) {
    await eraseAll(db, eraseBySubject, { id, subjects, subject }, stop);
  }
  await db.query(markErased, { id, logErasedAt: now.toISOString() });
}

async function eraseAll<Params>(
  db: Database,
  erase: Statement<{ last: string | null }, Params & { after: string; limit: number }>,
  values: Params,
  stop: AbortSignal | undefined,
): Promise<void> {
  let after: string | null = "0";
  while (after !== null) {
    stop?.throwIfAborted();
    const rows: { last: string | null }[] = await db.query(erase, {
      ...values,
      after,
      limit: BATCH_SIZE,
    });
    after = rows[0]?.last ?? null;
  }
}

const unfinished = statement(
  "users_to_erase_from_log",
  sql`select ${columns({ id: users.id })} from ${users} where ${UNFINISHED}`,
);

/** Finishes erasures that a stopped server left unfinished. @throws the reason of `stop`, between two batches */
export async function finishErasures(db: Database, now: Date, stop: AbortSignal): Promise<void> {
  for (const { id } of await db.query(unfinished)) {
    await eraseFromLog(db, toPublicId("user", id), now, stop);
  }
}
