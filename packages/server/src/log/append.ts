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
import { DEFAULT, insertFrom, type Prefixed, params, prefixed, type Values } from "../db/write.ts";

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

type EntryValues = Omit<Values<typeof auditLogs>, "xid"> &
  Pick<Values<typeof auditPrivateValues>, "values">;

/** The values of any number of entries. */
export type EntriesValues = Prefixed<`entry${number}`, EntryValues>;

/**
 * CTEs that insert audit entries and their private values.
 * @param source a CTE with one row if the entries are to be inserted, else none
 */
export function auditedBy(source: Sql, count: number): Sql<EntriesValues> {
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
  requestUuid: string | null,
  now: string,
  random: (size: number) => Uint8Array,
): EntriesValues {
  return Object.assign(
    {},
    ...entries.map((entry, i) =>
      prefixed(`entry${i}`, entryValues(origin, entry, requestUuid, now, random)),
    ),
  );
}

function entryValues(
  origin: Origin,
  entry: AuditDraft,
  requestUuid: string | null,
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
    serviceRequestId: requestUuid,
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
