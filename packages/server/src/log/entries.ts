import {
  type AuditEntry,
  type Caller,
  type HistoryEntry,
  type ListAuditInput,
  type Page,
  reveal,
  seesInternalComments,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { condition, conditionsOf, type Filters, valuesOf, where } from "../db/condition.ts";
import type { Database } from "../db/database.ts";
import { limitOf, readSeqCursor, textCursor, toPage } from "../db/page.ts";
import { auditLogs, auditPrivateValues, auditSeals, requests, users } from "../db/schema.ts";
import { columns, maybe, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { toConcealed } from "./chain-rows.ts";
import { numberOf, numbersLeftOut, type RequestNumbers } from "./request-numbers.ts";

const actor = alias(users, "actor");

// A subquery of its own for each row: a join could be carried out by reading the whole chain.
const SEALED_AT = sql`
  select ${auditSeals.position} from ${auditSeals} where ${auditSeals.entrySeq} = ${auditLogs.seq}`;

const HISTORY_ENTRY = {
  seq: auditLogs.seq,
  id: auditLogs.id,
  action: auditLogs.action,
  actorId: auditLogs.actorId,
  actorName: maybe(actor.fullName),
  subjectType: auditLogs.subjectType,
  subjectId: auditLogs.subjectId,
  changes: auditLogs.changes,
  reason: auditLogs.reasonCommitment,
  clientAddress: auditLogs.clientAddressCommitment,
  userAgent: auditLogs.userAgentCommitment,
  values: maybe(auditPrivateValues.values),
  occurredAt: auditLogs.occurredAt,
  position: value("text?", SEALED_AT),
};
type HistoryRow = Row<typeof HISTORY_ENTRY>;

const ENTRIES = sql`
  ${auditLogs} left join ${users} ${actor} on ${actor.id} = ${auditLogs.actorId}
  left join ${auditPrivateValues} on ${auditPrivateValues.entryId} = ${auditLogs.id}`;

const before = condition("before", sql`${auditLogs.seq} < ${p("before", "bigint")}`);

const history = statement(
  "audit_history",
  sql`
    select ${columns(HISTORY_ENTRY)} from ${ENTRIES}
    where ${auditLogs.serviceRequestId} = ${p("request", "uuid")}
      and ${auditLogs.seq} < ${p("before", "bigint")}
      and (${p("internal", "boolean")} or not ${auditLogs.internal})
    order by ${auditLogs.seq} desc limit ${p("limit", "int")}`,
);

/** What happened to a request, newest first. Internal entries are left out for those who may not see them. */
export async function listHistory(
  db: Database,
  requestUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
  caller: Caller,
): Promise<Page<HistoryEntry>> {
  const limit = limitOf(input);
  const rows = await db.query(history, {
    request: requestUuid,
    before: readSeqCursor(input.cursor),
    internal: seesInternalComments(caller),
    limit: limit + 1,
  });
  return toPage(rows, limit, toHistoryEntry, (row) => textCursor(row.seq));
}

const AUDIT_ENTRY = {
  ...HISTORY_ENTRY,
  serviceRequestId: auditLogs.serviceRequestId,
  requestNumber: auditLogs.requestNumber,
  apiKeyId: auditLogs.apiKeyId,
  requestId: auditLogs.requestId,
};

const ofAction = condition("action", sql`${auditLogs.action} = ${p("action", "text")}`);
const byActor = condition("actor", sql`${auditLogs.actorId} = ${p("actor", "uuid?")}`);
const ofSubject = condition("subject", sql`${auditLogs.subjectId} = ${p("subject", "text")}`);
const ofRequest = condition(
  "request",
  sql`
    ${auditLogs.serviceRequestId} = (
      select ${requests.id} from ${requests} where ${requests.number} = ${p("request", "int")})`,
);
const occurredFrom = condition(
  "occurredFrom",
  sql`${auditLogs.occurredAt} >= ${p("occurredFrom", "timestamptz")}`,
);
const occurredTo = condition(
  "occurredTo",
  sql`${auditLogs.occurredAt} < ${p("occurredTo", "timestamptz")}`,
);

const FILTERS: Filters<ListAuditInput, Exclude<keyof ListAuditInput, "limit" | "cursor">> = {
  action: (action) => ofAction({ action }),
  actor: (id) => byActor({ actor: toUuid("user", id) }),
  subject: (subject) => ofSubject({ subject }),
  // There is no request 0.
  serviceRequestId: (id) => ofRequest({ request: toRequestNumber(id) ?? 0 }),
  occurredFrom: (time) => occurredFrom({ occurredFrom: time }),
  occurredTo: (time) => occurredTo({ occurredTo: time }),
};

/** With these, a page can take reading the whole log. The other filters have an index each. */
const HEAVY_FILTERS = [
  "action",
  "occurredFrom",
  "occurredTo",
] as const satisfies (keyof typeof FILTERS)[];

/** The whole log, newest first. */
export async function listAudit(db: Database, input: ListAuditInput): Promise<Page<AuditEntry>> {
  const limit = limitOf(input);
  const conditions = [
    ...conditionsOf(input, FILTERS),
    before({ before: readSeqCursor(input.cursor) }),
  ];
  const query = statement(
    null,
    sql`
      select ${columns(AUDIT_ENTRY)} from ${ENTRIES}
      ${where(conditions.map((each) => each.sql))}
      order by ${auditLogs.seq} desc limit ${p("limit", "int")}`,
  );
  const isHeavy = HEAVY_FILTERS.some((name) => input[name] !== undefined);
  const reads = isHeavy ? db.heavy : db;
  const rows = await reads.query(query, { ...valuesOf(conditions), limit: limit + 1 });
  const numbers = await numbersLeftOut(reads.query, rows);
  return toPage(
    rows,
    limit,
    (row) => toAuditEntry(row, numbers),
    (row) => textCursor(row.seq),
  );
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
    occurredAt: row.occurredAt,
    sealed: row.position !== null,
  };
}

function toAuditEntry(row: Row<typeof AUDIT_ENTRY>, numbers: RequestNumbers): AuditEntry {
  const number = numberOf(row, numbers);
  const { clientAddress, userAgent, clientRequestId } = textOf(row);
  return {
    ...toHistoryEntry(row),
    position: row.position === null ? null : Number(row.position),
    serviceRequestId: number === null ? null : toRequestId(number),
    apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
    requestId: row.requestId,
    clientAddress,
    userAgent,
    clientRequestId,
  };
}

function textOf(row: HistoryRow) {
  return reveal({ changes: row.changes, ...toConcealed(row) }, row.values ?? {});
}
