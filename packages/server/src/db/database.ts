import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Statement } from "./statement.ts";

/** Either engine behind one face. A statement is its own transaction, so there is nothing to hold open. */
export interface Database {
  readonly engine: "postgres" | "embedded";
  /** Runs one statement and returns its rows. */
  query<Row>(statement: Statement, values?: Readonly<Record<string, unknown>>): Promise<Row[]>;
  /** Drizzle on the same database, for migrations. */
  readonly orm: PgDatabase<PgQueryResultHKT>;
  close(): Promise<void>;
}
