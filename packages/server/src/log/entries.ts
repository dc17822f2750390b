import {
  type AuditAction,
  type AuditEntry,
  type Caller,
  type Changes,
  type HistoryEntry,
  type ListAuditInput,
  type Page,
  type PrivateValues,
  reveal,
  type SubjectType,
  seesInternalComments,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { limitOf, readTextCursor, textCursor, toPage } from "../db/page.ts";
import { statement } from "../db/statement.ts";
import { toConcealed } from "./chain.ts";

const p = sql.placeholder;

interface HistoryRow {
  seq: string;
  id: string;
  action: AuditAction;
  actorId: string | null;
  actorName: string | null;
  subjectType: SubjectType;
  subjectId: string;
  changes: Changes;
  reason: string | null;
  clientAddress: string | null;
  userAgent: string | null;
  values: PrivateValues | null;
  occurredAt: Date;
}

const HISTORY_COLUMNS = sql`
  a.seq::text as "seq", a.id, a.action, a.actor_id as "actorId", actor.full_name as "actorName",
  a.subject_type as "subjectType", a.subject_id as "subjectId", a.changes, a.reason_commitment as "reason",
  a.client_address_commitment as "clientAddress", a.user_agent_commitment as "userAgent", v.values,
  a.occurred_at as "occurredAt"`;

const BESIDE = sql`left join audit_private_values v on v.entry_id = a.id`;

const history = statement(
  "audit_history",
  sql`
    select ${HISTORY_COLUMNS} from audit_logs a left join users actor on actor.id = a.actor_id ${BESIDE}
    where a.service_request_id = ${p("request")}::uuid
      and a.seq < ${p("before")}::bigint
      and (${p("internal")}::boolean or not a.internal)
    order by a.seq desc limit ${p("limit")}::int`,
);

const END_OF_LOG = "9223372036854775807";

/** What happened to a request, newest first. Internal entries are left out for those who may not see them. */
export async function listHistory(
  db: Database,
  requestUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
  caller: Caller,
): Promise<Page<HistoryEntry>> {
  const limit = limitOf(input);
  const rows = await db.query<HistoryRow>(history, {
    request: requestUuid,
    before: readSeqCursor(input.cursor) ?? END_OF_LOG,
    internal: seesInternalComments(caller),
    limit: limit + 1,
  });
  return toPage(rows, limit, toHistoryEntry, (row) => textCursor(row.seq));
}

interface AuditRow extends HistoryRow {
  requestNumber: number | null;
  apiKeyId: string | null;
  requestId: string;
}

const FILTERS = {
  action: sql`a.action = ${p("action")}`,
  actor: sql`a.actor_id = ${p("actor")}::uuid`,
  subject: sql`a.subject_id = ${p("subject")}`,
  request: sql`a.service_request_id = (select id from requests where number = ${p("request")}::int)`,
  occurredFrom: sql`a.occurred_at >= ${p("occurredFrom")}::timestamptz`,
  occurredTo: sql`a.occurred_at < ${p("occurredTo")}::timestamptz`,
  before: sql`a.seq < ${p("before")}::bigint`,
} satisfies Record<string, SQL>;

/** The whole log, newest first. */
export async function listAudit(db: Database, input: ListAuditInput): Promise<Page<AuditEntry>> {
  const limit = limitOf(input);
  const values: Record<string, unknown> = { limit: limit + 1 };
  const conditions: SQL[] = [];
  const add = (name: keyof typeof FILTERS, value: unknown) => {
    if (value === undefined || value === null) return;
    conditions.push(FILTERS[name]);
    values[name] = value;
  };
  add("action", input.action);
  add("actor", input.actor && toUuid("user", input.actor));
  add("subject", input.subject);
  if (input.serviceRequestId !== undefined) {
    // A number that no request can have finds nothing.
    add("request", toRequestNumber(input.serviceRequestId) ?? 0);
  }
  add("occurredFrom", input.occurredFrom);
  add("occurredTo", input.occurredTo);
  add("before", readSeqCursor(input.cursor));
  const where = conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``;
  const query = statement(
    null,
    sql`
      select ${HISTORY_COLUMNS}, r.number as "requestNumber", a.api_key_id as "apiKeyId",
        a.request_id as "requestId"
      from audit_logs a
      left join users actor on actor.id = a.actor_id
      left join requests r on r.id = a.service_request_id ${BESIDE}
      ${where} order by a.seq desc limit ${p("limit")}::int`,
  );
  const rows = await db.query<AuditRow>(query, values);
  return toPage(rows, limit, toAuditEntry, (row) => textCursor(row.seq));
}

function readSeqCursor(cursor: string | undefined): string | null {
  return readTextCursor(cursor, /^\d{1,18}$/);
}

function toHistoryEntry(row: HistoryRow): HistoryEntry {
  const { changes, reason } = textOf(row);
  return {
    id: toPublicId("auditEntry", row.id),
    action: row.action,
    actor:
      row.actorId === null
        ? null
        : { id: toPublicId("user", row.actorId), fullName: row.actorName ?? "" },
    subject: { type: row.subjectType, id: row.subjectId },
    changes,
    reason,
    occurredAt: row.occurredAt.toISOString(),
  };
}

function toAuditEntry(row: AuditRow): AuditEntry {
  const { clientAddress, userAgent } = textOf(row);
  return {
    ...toHistoryEntry(row),
    serviceRequestId: row.requestNumber === null ? null : toRequestId(row.requestNumber),
    apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
    requestId: row.requestId,
    clientAddress,
    userAgent,
  };
}

function textOf(row: HistoryRow) {
  return reveal({ changes: row.changes, ...toConcealed(row) }, row.values ?? {});
}
