import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Logger } from "pino";
import { type Database, type Query, queryWith } from "./database.ts";
import { describeFailure, isConflict, isConnectionLost } from "./failure.ts";
import { heavyReads, QUEUE_LIMITS } from "./heavy-reads.ts";
import { PARSERS } from "./parse-moment.ts";
import type { Statement } from "./statement.ts";
import { Turns } from "./turns.ts";

/** In milliseconds. */
interface Limits {
  /** Of a statement. */
  statement: number;
  /** Of a statement's wait for a lock; 0: none of its own. It sees what was committed when it began, and must begin again. */
  lock: number;
  /** Of a statement of a heavy read. */
  heavy: number;
  /** Of waiting for a connection for one. */
  heavyWait: number;
  /** What a server that does not answer at all gets on top, until the client gives up. */
  grace: number;
}

const LIMITS: Limits = {
  statement: 15_000,
  lock: 1_000,
  heavy: 10_000,
  heavyWait: QUEUE_LIMITS.maxWaitMs,
  grace: 5_000,
};

export interface PostgresOptions {
  url: string;
  poolSize: number;
  /** How many connections of the pool heavy reads can occupy; by default a third, and one at least. */
  heavyConnections?: number | null;
  /** Named statements cannot be used behind PgBouncer in transaction mode. */
  preparedStatements: boolean;
  log: Logger;
  limits?: Partial<Limits>;
}

/** A pool on PostgreSQL. Connecting, every statement and every wait for a lock have a timeout. */
export function connectPostgres(options: PostgresOptions): Database {
  const { poolSize } = options;
  const limits = { ...LIMITS, ...options.limits };
  const pool = new pg.Pool({
    connectionString: options.url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    query_timeout: limits.statement + limits.grace,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    application_name: "serviceflow",
    pipeline: true,
    types: PARSERS,
  });
  // Without listeners, a connection that dies while idle would end the process.
  const onError = (error: Error) => options.log.warn(describeFailure(error), "connection lost");
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", onError));

  // `pool.query` closes the connection after any error: too expensive for conflicts, which are routine.
  const withClient = async (
    work: (client: pg.PoolClient) => Promise<pg.QueryResult>,
  ): Promise<unknown[]> => {
    const client = await pool.connect();
    try {
      const { rows } = await work(client);
      client.release();
      return rows;
    } catch (error) {
      client.release(isConflict(error) ? undefined : (error as Error));
      throw error;
    }
  };
  // From a config of an object, `pg` would make a copy with all its property descriptors.
  const run = ({ text, name, values }: ReturnType<typeof toConfig>) =>
    withClient(
      (client) =>
        new Promise((resolve, reject) => {
          const query = new pg.Query(text, values);
          client.query(
            Object.assign(query, {
              name,
              callback: (error: Error | null, result: pg.QueryResult) =>
                error ? reject(error) : resolve(result),
            }),
          );
        }),
    );

  const toConfig = (statement: Statement, values: unknown[]) => ({
    text: statement.text,
    values,
    name: options.preparedStatements && statement.name !== null ? statement.name : undefined,
  });

  /**
   * A limit of its own, also where a pooler gives each transaction another session: sent at once, in one round trip. Compiling
   * a statement takes longer than running it.
   */
  const runHeavy = (statement: Statement, values: unknown[]) =>
    withClient(async (client) => {
      const send = (query: pg.QueryConfig) => {
        const limit = { query_timeout: limits.heavy + limits.grace };
        return client.query(Object.assign(query, limit));
      };
      const [, result] = await Promise.all([
        send({
          text: `begin read only; set local statement_timeout = ${limits.heavy}; set local jit = off`,
        }),
        send(toConfig(statement, values)),
        send({ text: "commit" }),
      ]);
      return result;
    });
  const heavyConnections = options.heavyConnections ?? Math.max(1, Math.floor(poolSize / 3));

  return {
    engine: "postgres",
    vacuum: null,
    orm: drizzle(pool),
    query: queryWith(async (statement, values) => {
      const query = toConfig(statement, values);
      try {
        return await run(query);
      } catch (error) {
        // A connection that died in the pool is replaced; a statement that only reads can run again.
        if (!isConnectionLost(error) || !/^\s*select\b/i.test(statement.text)) throw error;
        return run(query);
      }
    }),
    ...heavyReads(new Turns(heavyConnections), runHeavy, {
      ...QUEUE_LIMITS,
      maxWaitMs: limits.heavyWait,
    }),
    async transaction<Result>(work: (query: Query) => Promise<Result>) {
      const client = await pool.connect();
      try {
        // A start that adopts a restored log, or waits for one that does, may take long.
        await client.query("begin; set local lock_timeout = 0");
        const result = await work(
          queryWith(
            async (statement, values) => (await client.query(toConfig(statement, values))).rows,
          ),
        );
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back even when the connection is broken.
        client.release(error as Error);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
