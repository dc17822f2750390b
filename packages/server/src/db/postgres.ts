import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Logger } from "pino";
import { listenTo } from "./channel.ts";
import { type Database, type Query, queryWith } from "./database.ts";
import { DescribedQuery } from "./described-query.ts";
import { describeFailure, isConflict, isConnectionLost } from "./failure.ts";
import { Failures } from "./failure-class.ts";
import { heavyReads, QUEUE_LIMITS } from "./heavy-reads.ts";
import { PARSERS } from "./parse-moment.ts";
import { processOf } from "./pooler.ts";
import { readsTogether } from "./reads-together.ts";
import type { Statement } from "./statement.ts";
import { Turns } from "./turns.ts";

/** In milliseconds. */
interface Limits {
  /** Of waiting for a connection: for a free one, for a place in the pool and for the server together. */
  connect: number;
  /** Of a statement. */
  statement: number;
  /** Of a statement's wait for a lock; 0: none of its own. It sees what was committed when it began, and must begin again. */
  lock: number;
  /** Of a transaction in which nothing runs. */
  idle: number;
  /** Of a statement of a heavy read. */
  heavy: number;
  /** Of waiting for a connection for one. */
  heavyWait: number;
  /** What a server that does not answer at all gets on top, until the client gives up. */
  grace: number;
}

const LIMITS: Limits = {
  connect: 5_000,
  statement: 15_000,
  lock: 1_000,
  idle: 10_000,
  heavy: 10_000,
  heavyWait: QUEUE_LIMITS.maxWaitMs,
  grace: 2_000,
};

/** So many reads of few rows are sent at once on a connection at most: 16 take PostgreSQL about a millisecond. */
const POINTS_TOGETHER = 16;
/** And so many of pages. */
const PAGES_TOGETHER = 4;

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

/**
 * A pool on PostgreSQL. Connecting, every statement and every wait for a lock have a timeout: without any answer, a
 * statement fails after `connect`, `statement` and `grace` together.
 */
export function connectPostgres(options: PostgresOptions): Database {
  const { poolSize } = options;
  const limits = { ...LIMITS, ...options.limits };
  const pool = new pg.Pool({
    connectionString: options.url,
    max: poolSize,
    // After the limit of `connected`, which holds for both of the pool's waits together.
    connectionTimeoutMillis: limits.connect + limits.grace,
    idleTimeoutMillis: 30_000,
    query_timeout: limits.statement + limits.grace,
    keepAlive: true,
    application_name: "serviceflow",
    pipeline: true,
    types: PARSERS,
  });
  // Without listeners, a connection that dies while idle would end the process.
  let lost = 0;
  const onError = (error: Error) => {
    lost += 1;
    options.log.warn(describeFailure(error), "connection lost");
  };
  pool.on("error", onError);
  pool.on("connect", (client) => {
    client.on("error", onError);
    limitSession(client, limits);
  });

  const failures = new Failures(options.log);

  // `pool.query` closes the connection after any error: too expensive for conflicts, which are routine.
  const withClient = async <Result>(
    work: (client: pg.PoolClient) => Promise<Result>,
    connectMs = limits.connect,
  ): Promise<Result> => {
    const client = await connected(pool, connectMs).catch((error: unknown) => {
      failures.note(error);
      throw error;
    });
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      if (isConnectionLost(error)) lost += 1;
      failures.note(error);
      client.release(isConflict(error) ? undefined : (error as Error));
      throw error;
    }
  };
  const named = ({ name }: Statement) =>
    options.preparedStatements && name !== null ? name : undefined;
  const send = (client: pg.PoolClient, statement: Statement, values: unknown[]) =>
    sent(client, { text: statement.text, name: named(statement), values });
  const run = (statement: Statement, values: unknown[], connectMs?: number) =>
    withClient((client) => send(client, statement, values), connectMs);

  /**
   * A limit of its own, also where a pooler gives each transaction another session: sent at once, in one round trip. Compiling
   * a statement takes longer than running it.
   */
  const runHeavy = (statement: Statement, values: unknown[]) =>
    withClient(async (client) => {
      const limit = limits.heavy + limits.grace;
      const begin = `begin read only; set local statement_timeout = ${limits.heavy}; set local jit = off`;
      const [, rows] = await Promise.all([
        client.query(withTimeout({ text: begin }, limit)),
        sent(client, { text: statement.text, name: named(statement), values }, limit),
        client.query(withTimeout({ text: "commit" }, limit)),
      ]);
      return rows;
    });
  const sessions = new Set<() => Promise<void>>();
  const heavyConnections = options.heavyConnections ?? Math.max(1, Math.floor(poolSize / 3));

  const queryThrough = (first: (statement: Statement, values: unknown[]) => Promise<object[]>) =>
    queryWith(async (statement, values) => {
      const began = performance.now();
      try {
        return await first(statement, values);
      } catch (error) {
        // A connection that died in the pool is replaced; a statement that only reads can run again.
        if (!isConnectionLost(error) || !/^\s*select\b/i.test(statement.text)) throw error;
        const left = limits.connect - (performance.now() - began);
        if (left <= 0) throw error;
        return run(statement, values, left);
      }
    });
  const query = queryThrough((statement, values) => run(statement, values));
  const connections = { withClient, send, isHarmless: isConflict, note: failures.note };
  const together = (max: number) => ({ query: queryThrough(readsTogether(connections, max)) });

  return {
    engine: "postgres",
    maintain: null,
    orm: drizzle(pool),
    query,
    points: together(POINTS_TOGETHER),
    replicated: together(PAGES_TOGETHER),
    replicaReads: () => null,
    async listen(channel, listener) {
      const end = await listenTo(options.url, channel, listener, limits.connect);
      sessions.add(end);
      return () => {
        sessions.delete(end);
        return end();
      };
    },
    ...heavyReads(new Turns(heavyConnections), runHeavy, {
      ...QUEUE_LIMITS,
      maxWaitMs: limits.heavyWait,
    }),
    async transaction<Result>(work: (query: Query) => Promise<Result>) {
      const client = await connected(pool, limits.connect);
      try {
        // A start that adopts a restored log, or waits for one that does, may take long.
        await client.query("begin; set local lock_timeout = 0");
        const result = await work(
          queryWith((statement, values) => send(client, statement, values)),
        );
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        failures.note(error);
        // Closing the connection rolls back even when the connection is broken.
        client.release(error as Error);
        throw error;
      }
    },
    failures: () => failures.counts,
    lostConnections: () => lost,
    connections: () => ({
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      max: poolSize,
      waiting: pool.waitingCount,
    }),
    async close() {
      await Promise.all([...sessions].map((end) => end()));
      await pool.end();
    },
  };
}

/**
 * Takes a connection in time. The pool itself would wait once for a place and once more for the server.
 * @throws Error that counts as unavailable
 */
async function connected(pool: pg.Pool, limitMs: number): Promise<pg.PoolClient> {
  if (pool.idleCount > pool.waitingCount) return pool.connect();
  const connecting = pool.connect();
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Error("timeout exceeded when trying to connect"));
    }, limitMs);
  });
  connecting.then(
    (client) => isLate && client.release(),
    () => {},
  );
  try {
    return await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}

const LIMIT_SESSION = `
  select set_config('statement_timeout', $2, false), set_config('lock_timeout', $3, false),
    set_config('idle_in_transaction_session_timeout', $4, false)
  where pg_backend_pid() = $1`;

/**
 * Sent together with the first statement, and not when connecting: poolers refuse that. Through one, which makes up the
 * process of a connection, nothing is set, because the session is shared; there the role has the limits.
 */
function limitSession(client: pg.PoolClient, { statement, lock, idle }: Limits): void {
  const values = [processOf(client), ...[statement, lock, idle].map(String)];
  // If this fails, so does the first statement.
  client.query({ text: LIMIT_SESSION, values }).catch(() => {});
}

/** @param timeoutMs other than that of all queries */
function sent(
  client: pg.PoolClient,
  query: { text: string; name: string | undefined; values: unknown[] },
  timeoutMs?: number,
): Promise<object[]> {
  return new Promise((resolve, reject) => {
    const described = new DescribedQuery(query, (error, rows = []) =>
      error ? reject(error) : resolve(rows),
    );
    client.query(timeoutMs === undefined ? described : withTimeout(described, timeoutMs));
  });
}

function withTimeout<Query extends object>(query: Query, timeoutMs: number): Query {
  return Object.assign(query, { query_timeout: timeoutMs });
}
