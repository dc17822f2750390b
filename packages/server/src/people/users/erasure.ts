import { ERASED_KEY_NAME, type OwnedKey, toPublicId, toUuid, type User } from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Load, Write } from "../../commands/change.ts";
import type { Database } from "../../db/database.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { loadRoster, type RosterRow, rosterHeld } from "./store.ts";

const p = sql.placeholder;
const BATCH_SIZE = 2000;

/** What an erasure is decided on: the user, the roster, and the user's keys that are not revoked for good. */
export interface ErasureRow extends RosterRow {
  keys: { id: string; revokedAt: string | null }[] | null;
}

export const loadErasure: Load = {
  name: "user_erasure",
  query: sql`
    select loaded.*, (
      select json_agg(json_build_object('id', k.id, 'revokedAt', k.revoked_at) order by k.id)
      from api_keys k where k.user_id = loaded.id
    ) as "keys"
    from (${loadRoster.query}) as loaded`,
};

export function keysOf(row: ErasureRow): Pick<OwnedKey, "id" | "userId" | "revokedAt">[] {
  return (row.keys ?? []).map(({ id, revokedAt }) => ({
    id: toPublicId("apiKey", id),
    userId: toPublicId("user", row.id ?? ""),
    revokedAt: revokedAt === null ? null : new Date(revokedAt).toISOString(),
  }));
}

// The answers that are kept for the user's idempotency keys could name them.
const erase: Write = {
  name: "user_erase",
  ctes: sql`${rosterHeld},
    changed as (
      update users set email = ${p("email")}, full_name = ${p("fullName")}, active = false,
        erased_at = ${p("erasedAt")}::timestamptz, version = version + 1
      where id = ${p("id")}::uuid and version = ${p("version")} and exists (select 1 from roster)
      returning id
    ),
    ended as (
      update api_keys set name = ${p("keyName")},
        revoked_at = least(revoked_at, ${p("erasedAt")}::timestamptz)
      from changed where api_keys.user_id = changed.id
    ),
    forgotten as (delete from idempotency_keys using changed where user_id = changed.id)`,
};

export function eraseUserRow(next: User, row: ErasureRow) {
  return {
    write: erase,
    requestUuid: null,
    values: {
      id: row.id,
      version: next.version - 1,
      email: next.email,
      fullName: next.fullName,
      erasedAt: next.erasedAt,
      keyName: ERASED_KEY_NAME,
      rosterVersion: row.rosterVersion,
    },
  };
}

/**
 * What stays of an entry's private values. Of what the person did: nothing of requests, comments and of themselves;
 * of others whom they managed, all but the person's own address, client and reason. Of what others did to the person:
 * what those others sent, but no name or address of the person.
 */
const REMAINING = sql`
  case
    when a.actor_id <> ${p("id")}::uuid then (
      select coalesce(jsonb_object_agg(kept.pointer, kept.value), '{}')
      from jsonb_each(v.values) as kept (pointer, value) where kept.pointer not like '/changes/%'
    )
    when a.actor_id is null or a.subject_type in ('request', 'comment')
      or a.subject_id = any(${p("subjects")}::text[]) then '{}'::jsonb
    else v.values - array['/clientAddress', '/userAgent', '/reason']
  end`;

function eraseWhere(name: string, condition: SQL) {
  return statement(
    name,
    sql`
      with page as (
        select a.id, a.seq, a.actor_id, a.subject_type, a.subject_id from audit_logs a
        where ${condition} and a.seq > ${p("after")}::bigint order by a.seq limit ${p("limit")}::int
      ), erased as (
        update audit_private_values v set values = ${REMAINING}
        from page a where v.entry_id = a.id and v.values <> ${REMAINING}
      )
      select max(seq)::text as "last" from page`,
  );
}

const eraseByActor = eraseWhere("user_erase_by", sql`a.actor_id = ${p("id")}::uuid`);
const eraseBySubject = eraseWhere("user_erase_about", sql`a.subject_id = ${p("subject")}`);

const keyIds = statement(
  "user_key_ids",
  sql`select id from api_keys where user_id = ${p("id")}::uuid`,
);

const markErased = statement(
  "user_log_erased",
  sql`
    update users set log_erased_at = ${p("now")}::timestamptz
    where id = ${p("id")}::uuid and erased_at is not null and log_erased_at is null`,
);

/**
 * Erases what the log's private values say of a user who was erased: in batches, each of which holds for itself, so
 * that it can be broken off and begun again.
 */
export async function eraseFromLog(db: Database, userId: string, now: Date): Promise<void> {
  const id = toUuid("user", userId);
  const keys = await db.query<{ id: string }>(keyIds, { id });
  const subjects = [userId, ...keys.map((key) => toPublicId("apiKey", key.id))];
  await eraseAll(db, eraseByActor, { id, subjects });
  for (const subject of subjects) await eraseAll(db, eraseBySubject, { id, subjects, subject });
  await db.query(markErased, { id, now: now.toISOString() });
}

async function eraseAll(db: Database, erase: Statement, values: object): Promise<void> {
  let after: string | null = "0";
  while (after !== null) {
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
  sql`select id from users where erased_at is not null and log_erased_at is null`,
);

/** Takes up the erasures that a server that ended did not finish. */
export async function finishErasures(db: Database, now: Date): Promise<void> {
  const users = await db.query<{ id: string }>(unfinished);
  for (const { id } of users) await eraseFromLog(db, toPublicId("user", id), now);
}
