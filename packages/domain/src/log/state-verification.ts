import type { SubjectType } from "./audit-policy.ts";

/** The subjects that are rows of a table, by the name of the table. */
export const STATE_TABLES = {
  request: "requests",
  comment: "comments",
  user: "users",
  api_key: "api_keys",
  code: "one_time_codes",
  category: "categories",
  webhook: "webhooks",
} as const satisfies Partial<Record<SubjectType, string>>;
export type StateSubject = keyof typeof STATE_TABLES;
export type StateTableName = (typeof STATE_TABLES)[StateSubject];

export function isStateSubject(type: string): type is StateSubject {
  return Object.hasOwn(STATE_TABLES, type);
}

export const STATE_PROBLEMS = ["field_differs", "row_missing", "row_unexplained"] as const;
/** `row_unexplained`: no entry created the row, or an entry deleted it. */
export type StateProblem = (typeof STATE_PROBLEMS)[number];

/** A field of a row that is not what the log says, or a row that one of the two does not know. */
export interface StateDifference {
  table: StateTableName;
  /** Public id of the row; the slug of a category. */
  id: string;
  /** Null: the whole row. */
  field: string | null;
  problem: StateProblem;
  /** The value by the log; null also when it is not known any more. */
  log: unknown;
  /** The value in the table. */
  state: unknown;
  /** `evt_...` of the last entry about the row. */
  lastEntryId: string | null;
}

/** The result of comparing the tables with the log. */
export interface StateVerification {
  /** Whether every row is what the log says. */
  matches: boolean;
  /** Number of entries that were folded. */
  entries: number;
  /** Number of rows that were compared. */
  rows: number;
  /** Number of differences. */
  differences: number;
  /** The first 100 of them. */
  found: StateDifference[];
}

/** Stands for a private value that is not shown. */
export const REDACTED = "[redacted]";
