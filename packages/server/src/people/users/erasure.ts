import { ERASED_KEY_NAME, type OwnedKey, toPublicId, type User } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { load } from "../../commands/load.ts";
import { type Write, write } from "../../commands/write.ts";
import type { Database } from "../../db/database.ts";
import { NIL_UUID, uuidOf } from "../../db/ids.ts";
import {
  apiKeys,
  auditLogs,
  auditPrivateValues,
  idempotencyKeys,
  oneTimeCodes,
  requestParticipants,
  roles,
  users,
} from "../../db/schema.ts";
import { columns, json, list, p, type Sql, sql, value } from "../../db/sql.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { set, update } from "../../db/write.ts";
import { isKey } from "../api-keys/store.ts";
import { OUTSTANDING } from "../codes/outstanding.ts";
import { worksNow } from "../working-keys.ts";
import { keysOfUser } from "./keys-of-user.ts";
import { noSuchUser } from "./no-such-user.ts";
import {
  OWNED_WEBHOOKS,
  WEBHOOKS_UNCHANGED,
  webhooksDisabled,
  webhooksHeld,
  webhookValues,
} from "./owned-webhooks.ts";
import { rosterHeld } from "./roster.ts";
import {
  ROSTER,
  USER,
  type UserRow,
  unbound,
  userRow,
  userUnchanged,
  userValues,
  WRITTEN_BY,
} from "./store.ts";

const BATCH_SIZE = 2000;
/** Keys whose entries are looked for together. */
const SUBJECTS_AT_ONCE = 200;

type KeyOfUser = { id: string; revokedAt: string | null };

// Of any number of sessions, only those that can still go on.
const KEYS = {
  keysVersion: users.keysVersion,
  keys: json<KeyOfUser[] | null>(sql`(
    select json_agg(
      json_build_object('id', ${apiKeys.id}, 'revokedAt', ${apiKeys.revokedAt}) order by ${apiKeys.id})
    from ${apiKeys}
    where ${apiKeys.userId} = ${users.id} and (${isKey} or ${worksNow}))`),
  codes: OUTSTANDING,
};

const loadUserAndKeys = load(
  "user_erasure",
  sql`
    select ${columns(USER)}, ${columns(ROSTER)}, ${columns(KEYS)}, ${columns(OWNED_WEBHOOKS)}
    from ${roles} join ${users} on ${users.id} = ${p("id", "uuid?")}
    where ${roles.name} = 'ADMIN'`,
  noSuchUser,
);

/** What an erasure is decided on: the user, the roster, and the user's keys. */
export function loadErasure(id: string, now: Date) {
  return loadUserAndKeys(userValues(id, undefined, now));
}

export function keysOf(keys: readonly KeyOfUser[] | null): Pick<OwnedKey, "id" | "revokedAt">[] {
  return (keys ?? []).map(({ id, revokedAt }) => ({
    id: toPublicId("apiKey", id),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  }));
}

const erase = write(
  "user_erase",
  sql`${rosterHeld}, ${webhooksHeld},
    changed as (
      ${update(users, WRITTEN_BY, "erase")}
      where ${userUnchanged} and ${users.keysVersion} = ${p("keysVersion", "int")} - 1
        and exists (select 1 from roster) and ${WEBHOOKS_UNCHANGED}
      returning ${users.id}
    ),
    ${unbound},
    ${webhooksDisabled},
    ended as (
      update ${apiKeys} set ${set(apiKeys, {
        name: p("keyName", apiKeys.name),
        revokedAt: sql`least(${apiKeys.revokedAt}, ${p("erasedAt", users.erasedAt)})`,
      })}
      from changed where ${apiKeys.userId} = changed.id
    ),
    revoked as (
      delete from ${oneTimeCodes} using changed where ${oneTimeCodes.userId} = changed.id)`,
);

export function eraseUserRow(
  next: User,
  { rosterVersion, keysVersion, webhooks }: UserRow & { keysVersion: number },
): Write {
  return erase({
    ...userRow(next),
    ...webhookValues(next, webhooks),
    keysVersion: keysVersion + 1,
    keyName: ERASED_KEY_NAME,
    rosterVersion,
  });
}

const page = alias(auditLogs, "page");

/**
 * What remains of what the person did: nothing of requests and comments; of all else, everything but the person's own
 * address, client and reason. What is about the person is erased as such.
 */
const OF_THEIR_ENTRIES = sql`
  case
    when ${page.subjectType} in ('request', 'comment') then '{}'::jsonb
    else ${auditPrivateValues.values} - array['/clientAddress', '/userAgent', '/reason']
  end`;

/** What remains of an entry about the person: what others sent, but no name or address of the person. */
const OF_ENTRIES_ABOUT_THEM = sql`
  case
    when ${page.actorId} <> ${p("id", "uuid")} then (
      select coalesce(jsonb_object_agg(kept.pointer, kept.value), '{}')
      from jsonb_each(${auditPrivateValues.values}) as kept (pointer, value)
      where kept.pointer not like '/changes/%'
    )
    else '{}'::jsonb
  end`;

const PAGE = list([
  auditLogs.id,
  auditLogs.seq,
  auditLogs.actorId,
  auditLogs.subjectType,
  auditLogs.subjectId,
]);

const limit = p("limit", "int");

/** The next entries that meet a condition, from one index in its order. */
function next<Params>(condition: Sql<Params>) {
  return sql`
    select ${PAGE} from ${auditLogs} where ${condition} and ${auditLogs.seq} > ${p("after", "bigint")}
    order by ${auditLogs.seq} limit ${limit}`;
}

/** Erases from a page of entries, and answers where the page ends. */
function eraseFrom<Params, Left>(name: string, entries: Sql<Params>, remaining: Sql<Left>) {
  return statement(
    name,
    sql`
      with ${page} as (${entries}), erased as (
        update ${auditPrivateValues} set ${set(auditPrivateValues, { values: remaining })} from ${page}
        where ${auditPrivateValues.entryId} = ${page.id} and ${auditPrivateValues.values} <> ${remaining}
      )
      select ${columns({ last: value("text?", sql`max(${page.seq})`) })} from ${page}`,
  );
}

const eraseByActor = eraseFrom(
  "user_erase_by",
  next(sql`${auditLogs.actorId} = ${p("id", "uuid")}`),
  OF_THEIR_ENTRIES,
);
const eraseBySubjects = eraseFrom(
  "user_erase_about",
  sql`
    select found.* from unnest(${p("subjects", "text[]")}) as wanted (subject)
      cross join lateral (${next(sql`${auditLogs.subjectId} = wanted.subject`)}) as found
    order by found.seq limit ${limit}`,
  OF_ENTRIES_ABOUT_THEM,
);

const answered = alias(idempotencyKeys, "answered");

// The answers under the user's idempotency keys could name them: all but that of an erasure of oneself, whose answer
// may be lost.
const removeAnswers = statement(
  "user_erase_answers",
  sql`
    with ${answered} as (
      select ${idempotencyKeys.userId}, ${idempotencyKeys.key}
      from ${idempotencyKeys} join ${users} on ${users.id} = ${idempotencyKeys.userId}
      where ${idempotencyKeys.userId} = ${p("id", "uuid")} and ${idempotencyKeys.key} > ${p("after", "text")}
        and ${idempotencyKeys.createdAt} < ${users.erasedAt}
      order by ${idempotencyKeys.key} limit ${limit}
    ), removed as (
      delete from ${idempotencyKeys} using ${answered}
      where ${idempotencyKeys.userId} = ${answered.userId} and ${idempotencyKeys.key} = ${answered.key}
    )
    select ${columns({ last: value("text?", sql`max(${answered.key})`) })} from ${answered}`,
);

const left = alias(requestParticipants, "left_behind");

const removeParticipations = statement(
  "user_erase_participations",
  sql`
    with ${left} as (
      select ${requestParticipants.userId}, ${requestParticipants.requestId} from ${requestParticipants}
      where ${requestParticipants.userId} = ${p("id", "uuid")}
        and ${requestParticipants.requestId} > ${p("after", "uuid")}
      order by ${requestParticipants.requestId} limit ${limit}
    ), removed as (
      delete from ${requestParticipants} using ${left}
      where ${requestParticipants.userId} = ${left.userId}
        and ${requestParticipants.requestId} = ${left.requestId}
    )
    select ${columns({ last: value("text?", sql`max(${left.requestId}::text)`) })} from ${left}`,
);

// Builds that know neither locale nor time zone leave them behind.
const UNFINISHED = sql`
  ${users.erasedAt} is not null and (
    ${users.logErasedAt} is null or ${users.locale} is not null or ${users.timeZone} is not null)`;

const markErased = statement(
  "user_log_erased",
  sql`
    ${update(users, WRITTEN_BY, "eraseFromLog")}
    where ${users.id} = ${p("id", "uuid")} and ${UNFINISHED}`,
);

/**
 * Erases a user's personal data from the log's private values and from stored answers, after the user was erased. Each batch holds for itself,
 * so an interrupted run can start again.
 */
export async function eraseFromLog(
  db: Database,
  userId: string,
  now: Date,
  stop?: AbortSignal,
): Promise<void> {
  const id = uuidOf("user", userId);
  const subjects = [userId, ...(await keysOfUser(db, userId, stop))];
  await eraseAll(db, removeAnswers, { id }, stop, "");
  await eraseAll(db, removeParticipations, { id }, stop, NIL_UUID);
  await eraseAll(db, eraseByActor, { id }, stop);
  for (let i = 0; i < subjects.length; i += SUBJECTS_AT_ONCE) {
    const some = subjects.slice(i, i + SUBJECTS_AT_ONCE);
    await eraseAll(db, eraseBySubjects, { id, subjects: some }, stop);
  }
  const erased = { locale: null, timeZone: null, logErasedAt: now.toISOString() };
  await db.query(markErased, { id, ...erased });
}

async function eraseAll<Params>(
  db: Database,
  erase: Statement<{ last: string | null }, Params & { after: string; limit: number }>,
  values: Params,
  stop: AbortSignal | undefined,
  start = "0",
): Promise<void> {
  let after: string | null = start;
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
