import type { NodePgDatabase } from "drizzle-orm/node-postgres";
import type { PgliteDatabase } from "drizzle-orm/pglite";
import type { FailureClass } from "./failure-class.ts";
import type { Statement } from "./statement.ts";

/** Runs one statement and returns its rows. */
export interface Query {
  <Row, Params>(statement: Statement<Row, Params>, values: NoInfer<Params>): Promise<Row[]>;
  <Row>(statement: Statement<Row, unknown>): Promise<Row[]>;
}

/** @param run takes the values in the order of the placeholders */
export function queryWith(
  run: (statement: Statement, values: unknown[]) => Promise<unknown[]>,
): Query {
  return queryBy((statement, values) => run(statement, statement.bind(values)));
}

/** @param run takes the values by name */
export function queryBy(
  run: (statement: Statement<unknown, object>, values: object) => Promise<unknown[]>,
): Query {
  function query<Row, Params>(
    statement: Statement<Row, Params>,
    values: NoInfer<Params>,
  ): Promise<Row[]>;
  function query<Row>(statement: Statement<Row, unknown>): Promise<Row[]>;
  async function query(statement: Statement<unknown, object>, values = {}) {
    return run(statement, values);
  }
  return query;
}

/** Runs single statements, each in a transaction of its own: nothing is held open between two. */
export interface Reads {
  readonly query: Query;
}

/**
 * Reads whose cost grows with the data. They share a part of the connections, so that the others remain for light work
 * such as authentication, writes, readiness and sealing, and have a shorter limit.
 */
export interface HeavyReads {
  /** For one statement. @throws NoTurn when too many wait, or it would wait for too long */
  readonly heavy: Reads;
  /** For work in batches that has been admitted: each statement waits for its turn, so that others come in between. */
  readonly batches: Reads;
}

/** A count of reads since the start. */
export interface ReplicaReads {
  /** Answered by the replica. */
  replica: number;
  /** Answered by the primary, since the replica lagged or failed. */
  primary: number;
}

/** Hears what is sent on a channel of the database. */
export interface ChannelListener {
  heard(text: string): void;
  /** The session has ended: nothing is heard any more. */
  ended(): void;
}

/** A pooler gives no session of one's own, so nothing could be heard. */
export class NoSession extends Error {
  override readonly name = "NoSession";
}

/** How many connections there are, and how many statements wait for one. */
interface ConnectionUse {
  inUse: number;
  idle: number;
  max: number;
  waiting: number;
}

interface Common extends Reads, HeavyReads {
  /** For reads of few rows by their keys: those that are asked for at the same time share a connection. */
  readonly points: Reads;
  /** For light reads that a read replica may answer, as current as any other. */
  readonly replicated: Reads;
  /** How the reads that a replica may answer were answered; null: there is none. */
  replicaReads(): ReplicaReads | null;
  /** Several statements in one transaction, which is rolled back when `run` throws. */
  transaction<Result>(run: (query: Query) => Promise<Result>): Promise<Result>;
  /** Reclaims dead rows and updates statistics as needed; null where PostgreSQL does so itself. */
  readonly maintain: ((stop: AbortSignal) => Promise<void>) | null;
  /** Of the pool of this process; the embedded engine has one connection. */
  connections(): ConnectionUse;
  /**
   * Listens on a channel in a session of its own; null: no other process uses the database.
   * @returns ends the session
   * @throws NoSession
   */
  readonly listen:
    | ((channel: string, listener: ChannelListener) => Promise<() => Promise<void>>)
    | null;
  /** How often it has failed, by what an operator has to look at. */
  failures(): ReadonlyMap<FailureClass, number>;
  /** How many connections have been lost so far: the database may be another one since. */
  lostConnections(): number;
  /** Its tables can be on several machines: a statement that reads one would ask another machine for the next number. */
  readonly drawsApart?: boolean;
  close(): Promise<void>;
}

/** Either engine, behind one interface. `orm` is drizzle on the same database, for migrations. */
export type Database = Common &
  (
    | { readonly engine: "postgres"; readonly orm: NodePgDatabase }
    | { readonly engine: "embedded"; readonly orm: PgliteDatabase }
  );
