import type pg from "pg";
import type { Statement } from "./statement.ts";

/** So many reads share a connection at most: the last of them waits for all before it. */
const MAX_TOGETHER = 16;

interface Read {
  statement: Statement;
  values: unknown[];
  resolve(rows: object[]): void;
  reject(error: unknown): void;
}

interface Connections {
  /** Runs work on a connection of the pool, which is closed when the work throws what may have harmed it. */
  withClient(work: (client: pg.PoolClient) => Promise<void>): Promise<void>;
  send(client: pg.PoolClient, statement: Statement, values: unknown[]): Promise<object[]>;
  /** Whether a failure leaves the connection as good as before. */
  isHarmless(error: unknown): boolean;
}

/**
 * Sends reads of few rows that are asked for at the same time as one message on one connection. Waking a process of
 * PostgreSQL for each costs more than the read. Each is a transaction of its own, and fails alone.
 */
export function readsTogether(
  connections: Connections,
): (statement: Statement, values: unknown[]) => Promise<object[]> {
  let asked: Read[] = [];

  const sendAll = () => {
    const reads = asked;
    asked = [];
    for (let at = 0; at < reads.length; at += MAX_TOGETHER) {
      const together = reads.slice(at, at + MAX_TOGETHER);
      connections
        .withClient((client) => sendTogether(connections, client, together))
        .catch((error: unknown) => {
          // Nothing happens to those that have ended already.
          for (const { reject } of together) reject(error);
        });
    }
  };

  return (statement, values) =>
    new Promise((resolve, reject) => {
      // After this turn of the event loop, which may have read the calls of many connections.
      if (asked.length === 0) setImmediate(sendAll);
      asked.push({ statement, values, resolve, reject });
    });
}

async function sendTogether(
  { send, isHarmless }: Connections,
  client: pg.PoolClient,
  reads: readonly Read[],
): Promise<void> {
  const harm: unknown[] = [];
  const { stream } = (client as unknown as { connection: pg.Connection }).connection;
  stream.cork();
  const ends = reads.map(async ({ statement, values, resolve, reject }) => {
    try {
      resolve(await send(client, statement, values));
    } catch (error) {
      reject(error);
      if (!isHarmless(error)) harm.push(error);
    }
  });
  stream.uncork();
  await Promise.all(ends);
  if (harm.length > 0) throw harm[0];
}
