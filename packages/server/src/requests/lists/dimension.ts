import type { AnyColumn } from "drizzle-orm";
import type { Sql } from "../../db/sql.ts";

export type DimensionName =
  | "unread"
  | "participant"
  | "read"
  | "view"
  | "requester"
  | "assignee"
  | "category"
  | "status"
  | "priority";

/** The requests with one value in a column, or with one of the values of a source. */
export interface Range {
  column: AnyColumn;
  /** Null: those without a value. */
  value: Sql | null;
  /** An item of a FROM clause with the values. */
  source?: Sql;
  /** What else the range is limited to. */
  also?: Sql;
  /** How many index ranges it is, about. */
  count: number;
}

/** Ids of requests in an index of another table, which has them in order. */
export interface IdIndex {
  /** An item of a FROM clause. */
  from: Sql;
  id: AnyColumn;
  holds: Sql;
}

/** A filter by equality, with the values that its SQL takes. */
export interface Dimension {
  name: DimensionName;
  /** They exclude one another, so that a merge of them has each request once. Empty: no index has them. */
  ranges: readonly Range[];
  /** A list by id is read from it, when there is one. */
  ids?: IdIndex;
  /** The same about one request. */
  holds: Sql;
  /** Names the form of its SQL. */
  shape: string;
  values: Readonly<Record<string, unknown>>;
}
