import {
  isStateSubject,
  type LoggedEntry,
  type PrivateValues,
  type StateSubject,
  type SubjectType,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import type { Query } from "../db/database.ts";
import { auditLogs, auditPrivateValues } from "../db/schema.ts";
import { columns, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { numberOf, numbersLeftOut, type RequestNumbers } from "./request-numbers.ts";

const BATCH_SIZE = 2000;

const LOGGED = {
  seq: auditLogs.seq,
  id: auditLogs.id,
  action: auditLogs.action,
  actorId: auditLogs.actorId,
  subjectType: auditLogs.subjectType,
  subjectId: auditLogs.subjectId,
  changes: auditLogs.changes,
  occurredAt: auditLogs.occurredAt,
  serviceRequestId: auditLogs.serviceRequestId,
  requestNumber: auditLogs.requestNumber,
};
type LoggedRow = Row<typeof LOGGED>;

// The order of the index: nothing is sorted, and each subject's entries come together.
const ORDER = sql`order by ${auditLogs.subjectId}, ${auditLogs.seq} limit ${p("limit", "int")}`;

const first = statement(
  "logged_entries",
  sql`select ${columns(LOGGED)} from ${auditLogs} ${ORDER}`,
);

const next = statement(
  "logged_entries_after",
  sql`
    select ${columns(LOGGED)} from ${auditLogs}
    where (${auditLogs.subjectId}, ${auditLogs.seq}) > (${p("subject", "text")}, ${p("seq", "bigint")})
    ${ORDER}`,
);

const ofSubject = statement(
  "logged_entries_of_subject",
  sql`
    select ${columns(LOGGED)} from ${auditLogs}
    where ${auditLogs.subjectId} = ${p("subject", "text")} and ${auditLogs.seq} > ${p("after", "bigint")}
    order by ${auditLogs.seq} limit ${p("limit", "int")}`,
);

/** Consecutive entries about one subject. */
export interface SubjectEntries {
  id: string;
  /** Null: nothing that has a row. */
  subject: StateSubject | null;
  entries: LoggedEntry[];
  /** Of the last of them. */
  seq: string;
}

/** The whole log, subject by subject, in pages. A subject's entries can go on in the next page. */
export async function* entriesBySubject(query: Query): AsyncGenerator<SubjectEntries[]> {
  let rows = await query(first, { limit: BATCH_SIZE });
  while (rows.length > 0) {
    const last = rows.at(-1);
    const isLast = !last || rows.length < BATCH_SIZE;
    // The database reads the next page while this one is compared.
    const following = isLast
      ? Promise.resolve([])
      : query(next, { subject: last.subjectId, seq: last.seq, limit: BATCH_SIZE });
    // A reader that leaves in between does not wait for it.
    following.catch(() => {});
    yield bySubject(rows, await numbersOfComments(query, rows));
    rows = await following;
  }
}

/** The next entries about one subject. */
export async function entriesOf(
  query: Query,
  subject: string,
  after: string,
): Promise<SubjectEntries | null> {
  const rows = await query(ofSubject, { subject, after, limit: BATCH_SIZE });
  return bySubject(rows, await numbersOfComments(query, rows))[0] ?? null;
}

/** Of no other subject is the request compared. */
const namesRequest = ({ subjectType }: LoggedRow) => subjectType === "comment";

function numbersOfComments(query: Query, rows: readonly LoggedRow[]): Promise<RequestNumbers> {
  return numbersLeftOut(query, rows.filter(namesRequest));
}

function bySubject(rows: readonly LoggedRow[], numbers: RequestNumbers): SubjectEntries[] {
  const groups: SubjectEntries[] = [];
  let group: SubjectEntries | undefined;
  for (const row of rows) {
    if (group?.id !== row.subjectId) {
      group = { id: row.subjectId, subject: null, entries: [], seq: row.seq };
      groups.push(group);
    }
    if (isStateSubject(row.subjectType)) group.subject = row.subjectType;
    group.entries.push(toLoggedEntry(row, numbers));
    group.seq = row.seq;
  }
  return groups;
}

/** Rows that name the actor of their first entry; any other row has its people in the changes. */
const BY_ACTOR: ReadonlySet<SubjectType> = new Set(["code", "comment", "webhook"]);

function toLoggedEntry(row: LoggedRow, numbers: RequestNumbers): LoggedEntry {
  const number = namesRequest(row) ? numberOf(row, numbers) : null;
  return {
    id: row.id,
    action: row.action,
    actorId: row.actorId && BY_ACTOR.has(row.subjectType) ? toPublicId("user", row.actorId) : null,
    serviceRequestId: number === null ? null : toRequestId(number),
    changes: row.changes,
    occurredAt: row.occurredAt,
  };
}

// In these two a subquery of its own for each row: PostgreSQL would join `exists` by reading the whole log.
const newer = statement(
  "logged_entries_newer",
  sql`
    select ${columns({ id: value("text", sql`seen.subject`) })}
    from unnest(${p("subjects", "text[]")}, ${p("seqs", "bigint[]")}) as seen (subject, last)
    where (
      select 1 from ${auditLogs} where ${auditLogs.subjectId} = seen.subject and ${auditLogs.seq} > seen.last
      limit 1) is not null`,
);

/** Those of the subjects that have a later entry. */
export async function withNewerEntries(
  query: Query,
  seen: readonly { id: string; seq: string }[],
): Promise<Set<string>> {
  const subjects = seen.map(({ id }) => id);
  const rows = await query(newer, { subjects, seqs: seen.map(({ seq }) => seq) });
  return new Set(rows.map(({ id }) => id));
}

const privateValues = statement(
  "logged_private_values",
  sql`
    select ${columns({ id: auditPrivateValues.entryId, values: auditPrivateValues.values })}
    from ${auditPrivateValues} where ${auditPrivateValues.entryId} = any(${p("ids", "uuid[]")})`,
);

/** The private values that are stored of entries, by the entry's UUID. */
export async function privateValuesOf(
  query: Query,
  ids: readonly string[],
): Promise<Map<string, PrivateValues>> {
  if (ids.length === 0) return new Map();
  const rows = await query(privateValues, { ids });
  return new Map(rows.map(({ id, values }) => [id, values]));
}

const uncreated = statement(
  "logged_uncreated",
  sql`
    select ${columns({
      id: value("text", sql`found.subject`),
      lastEntryId: value(
        "uuid?",
        sql`
          select ${auditLogs.id} from ${auditLogs} where ${auditLogs.subjectId} = found.subject
          order by ${auditLogs.seq} desc limit 1`,
      ),
    })}
    from unnest(${p("subjects", "text[]")}) as found (subject)
    where (
      select 1 from ${auditLogs}
      where ${auditLogs.subjectId} = found.subject and ${auditLogs.action} = any(${p("actions", "text[]")})
      limit 1) is null`,
);

/** Those of the subjects that no entry with one of these actions is about. */
export function withoutEntry(
  query: Query,
  subjects: readonly string[],
  actions: readonly string[],
): Promise<{ id: string; lastEntryId: string | null }[]> {
  return query(uncreated, { subjects, actions });
}
