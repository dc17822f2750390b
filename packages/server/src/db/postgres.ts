import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Logger } from "pino";
import type { Database } from "./database.ts";
import { describeFailure, isConflict, isUnavailable } from "./failure.ts";

export interface PostgresOptions {
  url: string;
  poolSize: number;
  /** Named statements cannot be used behind PgBouncer in transaction mode. */
  preparedStatements: boolean;
  log: Logger;
}

/** A pool on PostgreSQL. Nothing waits for ever: connecting and every statement have a limit. */
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

  // `pool.query` closes the connection after any error: for what a race ends in every day that is too dear.
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

  return {
    engine: "postgres",
    orm: drizzle(pool),
    async query<Row>(statement: Parameters<Database["query"]>[0], values = {}) {
      const query = {
        text: statement.text,
        values: statement.bind(values),
        ...(options.preparedStatements && statement.name ? { name: statement.name } : {}),
      };
      try {
        return (await run(query)) as Row[];
      } catch (error) {
        // A connection that died in the pool is replaced; what only reads can be asked again.
        if (!isUnavailable(error) || !/^\s*select\b/i.test(statement.text)) throw error;
        return (await run(query)) as Row[];
      }
    },
    close: () => pool.end(),
  };
}
