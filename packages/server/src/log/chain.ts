import {
  CHAIN_START,
  type ChainHead,
  type Changes,
  type PrivateValues,
  type SealedEntry,
  type SubjectType,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import { statement } from "../db/statement.ts";

/** What the transaction of a restored entry is set to: older than any of a running cluster. */
export const RESTORED_XID = "3";

/** The columns of an entry that the chain binds; the log is `a`, the request it belongs to `r`. */
export const ENTRY_COLUMNS = sql`
  a.seq::text as "seq", a.xid::text as "xid", a.id, a.actor_id as "actorId", a.api_key_id as "apiKeyId", a.action,
  a.subject_type as "subjectType", a.subject_id as "subjectId", r.number as "requestNumber", a.changes,
  a.reason_commitment as "reason", a.internal, a.request_id as "requestId",
  a.client_address_commitment as "clientAddress", a.user_agent_commitment as "userAgent",
  a.occurred_at as "occurredAt"`;

export interface EntryRow {
  seq: string;
  xid: string;
  id: string;
  actorId: string | null;
  apiKeyId: string | null;
  action: string;
  subjectType: SubjectType;
  subjectId: string;
  requestNumber: number | null;
  changes: Changes;
  reason: string | null;
  internal: boolean;
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
  occurredAt: Date;
}

/** The entry as the chain binds it. A field that comes later must be left out where it is null. */
export function toSealedEntry(row: EntryRow): SealedEntry {
  return {
    id: toPublicId("auditEntry", row.id),
    action: row.action,
    actorId: row.actorId === null ? null : toPublicId("user", row.actorId),
    apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
    subject: { type: row.subjectType, id: row.subjectId },
    serviceRequestId: row.requestNumber === null ? null : toRequestId(row.requestNumber),
    changes: row.changes,
    ...toConcealed(row),
    internal: row.internal,
    requestId: row.requestId,
    occurredAt: toMoment(row.occurredAt),
  };
}

/** A time as ISO 8601. One that JavaScript does not have, as only tampering puts there, stays as it is. */
export function toMoment(time: Date): string {
  return Number.isFinite(time.valueOf()) && time instanceof Date
    ? time.toISOString()
    : String(time);
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

/** A seal with its entry, if that is there. */
export type LinkRow = { [Column in keyof EntryRow]: EntryRow[Column] | null } & {
  position: string;
  entrySeq: string;
  transaction: string;
  sealedAt: Date;
  hash: Uint8Array;
  values: PrivateValues | null;
};

/** Links of the chain from a position on, in its order. */
export const linksAfter = statement(
  "audit_links_after",
  sql`
    select s.position::text as "position", s.entry_seq::text as "entrySeq", s.transaction::text as "transaction",
      s.sealed_at as "sealedAt", s.hash, ${ENTRY_COLUMNS}, v.values
    from audit_seals s
    left join audit_logs a on a.seq = s.entry_seq
    left join requests r on r.id = a.service_request_id
    left join audit_private_values v on v.entry_id = a.id
    where s.position > ${sql.placeholder("after")}::bigint and s.position <= ${sql.placeholder("to")}::bigint
    order by s.position limit ${sql.placeholder("limit")}::int`,
);

/** The end of the chain, and up to where in the log it reaches. */
export interface HeadRow {
  position: string;
  hash: Uint8Array;
  xid: string;
  seq: string;
  restoredTo: string;
  sealedAt: Date | null;
}

export const readHead = statement(
  "audit_head",
  sql`
    select h.position::text as "position", h.hash, h.xid::text as "xid", h.seq::text as "seq",
      h.restored_to::text as "restoredTo", s.sealed_at as "sealedAt"
    from audit_head h left join audit_seals s on s.position = h.position`,
);

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The head as it is answered; null while nothing is sealed. */
export function toChainHead(head: HeadRow): ChainHead | null {
  const hash = toHex(head.hash);
  if (hash === CHAIN_START) return null;
  const sealedAt = toMoment(head.sealedAt ?? new Date(0));
  return { position: Number(head.position), hash, sealedAt };
}
