import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import type { Statement } from "./statement.ts";

/** Runs one statement and returns its rows. */
export type Query = <Row>(
  statement: Statement,
  values?: Readonly<Record<string, unknown>>,
) => Promise<Row[]>;

/** Either engine behind one face. */
export interface Database {
  readonly engine: "postgres" | "embedded";
  /** A statement that is its own transaction, as those of every call are: nothing is held open between two. */
  readonly query: Query;
  /** Several statements in one transaction, which is rolled back when `run` throws. */
  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /** Reclaims dead rows and updates statistics where nothing else does; null where autovacuum runs. */
  readonly vacuum: (() => Promise<void>) | null;
  /** Drizzle on the same database, for migrations. */
  readonly orm: PgDatabase<PgQueryResultHKT>;
  close(): Promise<void>;
}
