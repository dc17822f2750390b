import { type AuditAction, toPublicId } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Database } from "../../db/database.ts";
import { uuidOf } from "../../db/ids.ts";
import { inBatches } from "../../db/in-batches.ts";
import { apiKeys, auditLogs } from "../../db/schema.ts";
import { columns, json, literal, p, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

const BATCH_SIZE = 2000;
const NEVER = new AbortController().signal;
const ISSUED: AuditAction = "api_key.issued";

const keyIds = statement(
  "user_key_ids",
  sql`select ${columns({ id: apiKeys.id })} from ${apiKeys} where ${apiKeys.userId} = ${p("id", "uuid")}`,
);

const page = alias(auditLogs, "page");

const ISSUED_ON_PAGE = {
  last: value("text?", sql`max(${page.seq})`),
  keys: json<string[] | null, { userId: string }>(sql`
    json_agg(${page.subjectId}) filter (
      where ${page.action} = ${literal(ISSUED)} and ${page.changes} #>> '{userId,to}' = ${p("userId", "text")})`),
};

// From the index on the actor: everybody starts their own sessions.
const issuedBy = statement(
  "user_keys_in_log",
  sql`
    with ${page} as (
      select ${auditLogs.seq}, ${auditLogs.action}, ${auditLogs.subjectId}, ${auditLogs.changes} from ${auditLogs}
      where ${auditLogs.actorId} = ${p("id", "uuid")} and ${auditLogs.seq} > ${p("after", "bigint")}
      order by ${auditLogs.seq} limit ${p("limit", "int")}
    )
    select ${columns(ISSUED_ON_PAGE)} from ${page}`,
);

/** The ids of a user's keys and sessions, also of sessions whose rows are gone. @throws the reason of `stop` */
export async function keysOfUser(
  db: Database,
  userId: string,
  stop: AbortSignal = NEVER,
): Promise<string[]> {
  const id = uuidOf("user", userId);
  const rows = await db.query(keyIds, { id });
  const found = new Set(rows.map((row) => toPublicId("apiKey", row.id)));
  await inBatches<string>(async (after) => {
    const values = { id, userId, after: after ?? "0", limit: BATCH_SIZE };
    const [read] = await db.query(issuedBy, values);
    for (const key of read?.keys ?? []) found.add(key);
    return read?.last ?? null;
  }, stop);
  return [...found];
}
