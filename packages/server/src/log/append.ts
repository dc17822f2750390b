import {
  type AuditDraft,
  type Commitment,
  commitmentText,
  conceal,
  type EntryText,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { sha256Hex } from "../db/sha256.ts";
import { statement } from "../db/statement.ts";
import { uuidv7 } from "../db/uuidv7.ts";

const p = sql.placeholder;
const SALT_BYTES = 16;

/** Who acts, with which key and from where. */
export interface Origin {
  actorUuid: string | null;
  keyUuid: string | null;
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
}

/**
 * CTEs that write entries, with their private values beside them.
 * @param source a CTE with one row when they are to be written, else none
 */
export function recordedFrom(source: SQL, count: number): SQL {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const entries = indexes.map(
    (i) => sql`
      select ${p(`entryId${i}`)}::uuid, ${p("actor")}::uuid, ${p("apiKey")}::uuid, ${p(`action${i}`)}::text,
        ${p(`subjectType${i}`)}::text, ${p(`subjectId${i}`)}::text, ${p("serviceRequest")}::uuid,
        ${p(`changes${i}`)}::jsonb, ${p(`reason${i}`)}::text, ${p(`internal${i}`)}::boolean,
        ${p("requestId")}::text, ${p(`clientAddress${i}`)}::text, ${p(`userAgent${i}`)}::text,
        ${p("now")}::timestamptz
      from ${source}`,
  );
  const values = indexes.map(
    (i) => sql`select ${p(`entryId${i}`)}::uuid, ${p(`values${i}`)}::jsonb from ${source}`,
  );
  return sql`
    audited as (
      insert into audit_logs (id, actor_id, api_key_id, action, subject_type, subject_id, service_request_id,
        changes, reason_commitment, internal, request_id, client_address_commitment, user_agent_commitment,
        occurred_at)
      ${sql.join(entries, sql` union all `)}
    ),
    kept_beside as (
      insert into audit_private_values (entry_id, values) ${sql.join(values, sql` union all `)}
    )`;
}

/** Values for the placeholders of `recordedFrom`, besides `now`. */
export function recordedValues(
  origin: Origin,
  entries: readonly AuditDraft[],
  requestUuid: string | null,
  now: string,
  random: (size: number) => Uint8Array,
): Record<string, unknown> {
  const values: Record<string, unknown> = {
    actor: origin.actorUuid,
    apiKey: origin.keyUuid,
    serviceRequest: requestUuid,
    requestId: origin.requestId,
  };
  entries.forEach((entry, i) => {
    const { text, beside } = separate(
      { ...origin, changes: entry.changes, reason: entry.reason },
      random,
    );
    values[`entryId${i}`] = uuidv7(Date.parse(now), random(10));
    values[`action${i}`] = entry.action;
    values[`subjectType${i}`] = entry.subject.type;
    values[`subjectId${i}`] = entry.subject.id;
    values[`changes${i}`] = JSON.stringify(text.changes);
    values[`reason${i}`] = text.reason?.commitment ?? null;
    values[`internal${i}`] = entry.internal;
    values[`clientAddress${i}`] = text.clientAddress?.commitment ?? null;
    values[`userAgent${i}`] = text.userAgent?.commitment ?? null;
    values[`values${i}`] = JSON.stringify(beside);
  });
  return values;
}

/** Splits an entry's text into what the log holds for good and the private values that go beside it. */
function separate(text: EntryText, random: (size: number) => Uint8Array) {
  const beside: Record<string, [salt: string, value: string]> = {};
  const concealed = conceal(text, (pointer, value): Commitment => {
    const salt = Buffer.from(random(SALT_BYTES)).toString("hex");
    beside[pointer] = [salt, value];
    return { commitment: sha256Hex(commitmentText(salt, pointer, value)) };
  });
  return { text: concealed, beside };
}

const append = statement(
  "audit_append",
  sql`with once as (select 1), ${recordedFrom(sql`once`, 1)} select 1 as "done"`,
);

/** Records something that changes no other state. */
export async function appendEntry(
  db: Database,
  origin: Origin,
  entry: AuditDraft,
  now: string,
  random: (size: number) => Uint8Array,
): Promise<void> {
  await db.query(append, { ...recordedValues(origin, [entry], null, now, random), now });
}
