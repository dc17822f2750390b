import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Logger } from "pino";
import { type Database, type Query, queryWith } from "./database.ts";
import { describeFailure, isConflict, isUnavailable } from "./failure.ts";
import type { Statement } from "./statement.ts";

export interface PostgresOptions {
  url: string;
  poolSize: number;
  /** Named statements cannot be used behind PgBouncer in transaction mode. */
  preparedStatements: boolean;
  log: Logger;
}

/** A pool on PostgreSQL. Connecting and every statement have a timeout. */
export function connectPostgres(options: PostgresOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
    query_timeout: 20_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    application_name: "serviceflow",
  });
  // Without listeners, a connection that dies while idle would end the process.
  const onError = (error: Error) => options.log.warn(describeFailure(error), "connection lost");
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", onError));

  // `pool.query` closes the connection after any error: too expensive for conflicts, which are routine.
  const run = async (query: pg.QueryConfig): Promise<unknown[]> => {
    const client = await pool.connect();
    try {
      const { rows } = await client.query(query);
      client.release();
      return rows;
    } catch (error) {
      client.release(isConflict(error) ? undefined : (error as Error));
      throw error;
    }
  };

  const toConfig = (statement: Statement, values: unknown[]) => ({
    text: statement.text,
    values,
    ...(options.preparedStatements && statement.name ? { name: statement.name } : {}),
  });

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
        if (!isUnavailable(error) || !/^\s*select\b/i.test(statement.text)) throw error;
        return run(query);
      }
    }),
    async transaction<Result>(work: (query: Query) => Promise<Result>) {
      const client = await pool.connect();
      try {
        await client.query("begin");
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
