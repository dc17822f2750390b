import { randomUUID } from "node:crypto";
import {
  type AuditDraft,
  type Commitment,
  commitmentText,
  conceal,
  type EntryText,
} from "@serviceflow/domain";
import type { Database } from "../db/database.ts";
import { auditLogs, auditPrivateValues } from "../db/schema.ts";
import { sha256Hex } from "../db/sha256.ts";
import { type Sql, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import {
  type Arrays,
  arraysOf,
  DEFAULT,
  insertFrom,
  type Prefixed,
  params,
  prefixed,
  unnested,
  type Values,
} from "../db/write.ts";

const SALT_BYTES = 16;

/** Who acts, with which key and from where. */
export interface Origin {
  actorUuid: string | null;
  keyUuid: string | null;
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
  /** The `X-Request-Id` that the client sent. */
  clientRequestId: string | null;
}

/** Of an entry that the server records by itself; each has a request id of its own. */
export function systemOrigin(): Origin {
  return {
    actorUuid: null,
    keyUuid: null,
    requestId: randomUUID(),
    clientAddress: null,
    userAgent: null,
    clientRequestId: null,
  };
}

/** The service request that entries belong to. */
export interface LoggedRequest {
  uuid: string;
  number: number;
}

type EntryValues = Omit<Values<typeof auditLogs>, "xid"> &
  Pick<Values<typeof auditPrivateValues>, "values">;

/** The values of any number of entries, each by itself or all in arrays. */
export type EntriesValues = Prefixed<`entry${number}`, EntryValues> &
  Partial<Prefixed<"entries", Arrays<EntryValues>> & Prefixed<"kept", Arrays<KeptValues>>>;
type KeptValues = Values<typeof auditPrivateValues>;

// A statement can have 65,535 parameters, and each number of entries makes a statement of its own.
const MAX_SPELLED_OUT = 4;

/** How many entries a statement spells out, or that it takes them in arrays. */
export type EntriesForm = number | "arrays";

export function formOf(count: number): EntriesForm {
  return count > MAX_SPELLED_OUT ? "arrays" : count;
}

/**
 * CTEs that insert audit entries and their private values.
 * @param source a CTE with one row if the entries are to be inserted, else none
 */
export function auditedBy(source: Sql, form: EntriesForm): Sql<EntriesValues> {
  return form === "arrays" ? auditedInArrays(source) : auditedOneByOne(source, form);
}

function auditedInArrays(source: Sql): Sql<EntriesValues> {
  const entries = unnested(auditLogs, "entries", ["xid"]);
  const kept = unnested(auditPrivateValues, "kept", []);
  return sql`
    audited as (${insertFrom(
      auditLogs,
      { ...entries.columns, xid: DEFAULT },
      sql`${source}, ${entries.rows}`,
    )}),
    kept_apart as (${insertFrom(auditPrivateValues, kept.columns, sql`${source}, ${kept.rows}`)})`;
}

function auditedOneByOne(source: Sql, count: number): Sql<EntriesValues> {
  const rows = Array.from({ length: count }, (_, i) => ({
    ...params(auditLogs, `entry${i}`),
    xid: DEFAULT,
  }));
  const privateRows = rows.map(({ id }, i) => ({
    entryId: id,
    values: params(auditPrivateValues, `entry${i}`).values,
  }));
  return sql`
    audited as (${insertFrom(auditLogs, rows, source)}),
    kept_apart as (${insertFrom(auditPrivateValues, privateRows, source)})`;
}

/** The values of `auditedBy`. */
export function entriesValues(
  origin: Origin,
  entries: readonly AuditDraft[],
  request: LoggedRequest | null,
  now: string,
  random: (size: number) => Uint8Array,
): EntriesValues {
  const rows = entries.map((entry) => entryValues(origin, entry, request, now, random));
  if (formOf(rows.length) !== "arrays") {
    return Object.assign({}, ...rows.map((row, i) => prefixed(`entry${i}`, row)));
  }
  const arrays = arraysOf(rows);
  const { id: entryId, values } = arrays;
  return { ...prefixed("entries", arrays), ...prefixed("kept", { entryId, values }) };
}

function entryValues(
  origin: Origin,
  entry: AuditDraft,
  request: LoggedRequest | null,
  now: string,
  random: (size: number) => Uint8Array,
): EntryValues {
  const { text, values } = separate(
    { ...origin, changes: entry.changes, reason: entry.reason },
    random,
  );
  return {
    id: uuidv7(Date.parse(now), random(10)),
    actorId: origin.actorUuid,
    apiKeyId: origin.keyUuid,
    action: entry.action,
    subjectType: entry.subject.type,
    subjectId: entry.subject.id,
    serviceRequestId: request?.uuid ?? null,
    requestNumber: request?.number ?? null,
    changes: JSON.stringify(text.changes),
    reasonCommitment: text.reason?.commitment ?? null,
    internal: entry.internal,
    requestId: origin.requestId,
    clientAddressCommitment: text.clientAddress?.commitment ?? null,
    userAgentCommitment: text.userAgent?.commitment ?? null,
    occurredAt: now,
    values: JSON.stringify(values),
  };
}

/** Splits an entry's text into what the log holds for good and the private values that are stored apart. */
function separate(text: EntryText, random: (size: number) => Uint8Array) {
  const values: Record<string, [salt: string, value: string]> = {};
  const concealed = conceal(text, (pointer, value): Commitment => {
    const salt = Buffer.from(random(SALT_BYTES)).toString("hex");
    values[pointer] = [salt, value];
    return { commitment: sha256Hex(commitmentText(salt, pointer, value)) };
  });
  return { text: concealed, values };
}

const append = statement(
  "audit_append",
  sql`with once as (select 1), ${auditedBy(sql`once`, 1)} select 1 as "done"`,
);

/** Records something that changes no other state. */
export async function appendEntry(
  db: Database,
  origin: Origin,
  entry: AuditDraft,
  now: string,
  random: (size: number) => Uint8Array,
): Promise<void> {
  await db.query(append, entriesValues(origin, [entry], null, now, random));
}
