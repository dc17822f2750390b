import {
  CHAIN_START,
  type ChainHead,
  type SealedEntry,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import { auditHead, auditLogs, auditPrivateValues, auditSeals } from "../db/schema.ts";
import { columns, found, maybe, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { numberOf, type RequestNumbers } from "./request-numbers.ts";

/** What an earlier build set the transaction of a restored entry to. */
export const RESTORED_XID = "3";

/** An entry as the chain binds it. */
export const ENTRY = {
  seq: auditLogs.seq,
  xid: auditLogs.xid,
  id: auditLogs.id,
  actorId: auditLogs.actorId,
  apiKeyId: auditLogs.apiKeyId,
  action: auditLogs.action,
  subjectType: auditLogs.subjectType,
  subjectId: auditLogs.subjectId,
  serviceRequestId: auditLogs.serviceRequestId,
  requestNumber: auditLogs.requestNumber,
  changes: auditLogs.changes,
  reason: auditLogs.reasonCommitment,
  internal: auditLogs.internal,
  requestId: auditLogs.requestId,
  clientAddress: auditLogs.clientAddressCommitment,
  userAgent: auditLogs.userAgentCommitment,
  occurredAt: auditLogs.occurredAt,
};
export type EntryRow = Row<typeof ENTRY>;

/**
 * The entry as the chain binds it. A field that comes later must be left out where it is null.
 * @param found the numbers that entries do not carry
 */
export function toSealedEntry(row: EntryRow, found: RequestNumbers): SealedEntry {
  const number = numberOf(row, found);
  return {
    id: toPublicId("auditEntry", row.id),
    action: row.action,
    actorId: row.actorId === null ? null : toPublicId("user", row.actorId),
    apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
    subject: { type: row.subjectType, id: row.subjectId },
    serviceRequestId: number === null ? null : toRequestId(number),
    changes: row.changes,
    ...toConcealed(row),
    internal: row.internal,
    requestId: row.requestId,
    occurredAt: row.occurredAt,
  };
}

/** The commitments of an entry outside its changes. */
export function toConcealed(row: Pick<EntryRow, "reason" | "clientAddress" | "userAgent">) {
  const wrap = (commitment: string | null) => (commitment === null ? null : { commitment });
  return {
    reason: wrap(row.reason),
    clientAddress: wrap(row.clientAddress),
    userAgent: wrap(row.userAgent),
  };
}

/** A seal, with its entry if that is there. */
const LINK = {
  ...maybe(ENTRY),
  position: auditSeals.position,
  entrySeq: auditSeals.entrySeq,
  transaction: auditSeals.transaction,
  sealedAt: auditSeals.sealedAt,
  hash: auditSeals.hash,
  values: maybe(auditPrivateValues.values),
};
export type LinkRow = Row<typeof LINK>;

/** Links of the chain after a position, in its order. */
export const linksAfter = statement(
  "audit_links_after",
  sql`
    select ${columns(LINK)}
    from ${auditSeals}
    left join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    left join ${auditPrivateValues} on ${auditPrivateValues.entryId} = ${auditLogs.id}
    where ${auditSeals.position} > ${p("after", "bigint")} and ${auditSeals.position} <= ${p("to", "bigint")}
    order by ${auditSeals.position} limit ${p("limit", "int")}`,
);

/** The end of the chain, and up to where in the log it reaches. */
export const HEAD = {
  position: auditHead.position,
  hash: auditHead.hash,
  xid: auditHead.xid,
  seq: auditHead.seq,
  restoredTo: auditHead.restoredTo,
  sealedAt: maybe(auditSeals.sealedAt),
};
export type HeadRow = Row<typeof HEAD>;

export const readHead = statement(
  "audit_head",
  sql`
    select ${columns(HEAD)}
    from ${auditHead} left join ${auditSeals} on ${auditSeals.position} = ${auditHead.position}`,
);

/** The entry of a link, or null when it is gone. */
export function entryOf(row: LinkRow): EntryRow | null {
  return found(ENTRY, row, "id");
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The head as it is answered; null while nothing is sealed. */
export function toChainHead(head: HeadRow): ChainHead | null {
  const hash = toHex(head.hash);
  if (hash === CHAIN_START) return null;
  const sealedAt = head.sealedAt ?? new Date(0).toISOString();
  return { position: Number(head.position), hash, sealedAt };
}
