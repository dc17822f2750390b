import type { AuditAction } from "../log/audit-policy.ts";

/** An entry of the log, as far as it changes a row. */
export interface LoggedEntry {
  id: string;
  action: AuditAction;
  actorId: string | null;
  serviceRequestId: string | null;
  /** The old and the new value by field, with a commitment in place of each private value. */
  changes: unknown;
  occurredAt: string;
}

/** A value as the log has it: as it is, or a commitment to it. */
export type LoggedValue =
  | { value: unknown }
  | { commitment: string; entryId: string; pointer: string };
export type LoggedValues = Readonly<Record<string, LoggedValue>>;

/** What the log says of one row. */
export interface FoldedRow {
  created: boolean;
  deleted: boolean;
  /** The last entry about it. */
  lastEntryId: string | null;
  /** Only the fields that the log knows. */
  fields: LoggedValues;
}

/** A row of which nothing is known yet. */
export const UNKNOWN_ROW: FoldedRow = {
  created: false,
  deleted: false,
  lastEntryId: null,
  fields: {},
};
