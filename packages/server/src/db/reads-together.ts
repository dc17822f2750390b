import type pg from "pg";
import type { Statement } from "./statement.ts";

interface Read {
  statement: Statement;
  values: unknown[];
  resolve(rows: object[]): void;
  reject(error: unknown): void;
}

interface Connections {
  /** Runs work on a connection of the pool, which is closed when the work throws what may have harmed it. Notes what it throws. */
  withClient(work: (client: pg.PoolClient) => Promise<void>): Promise<void>;
  send(client: pg.PoolClient, statement: Statement, values: unknown[]): Promise<object[]>;
  /** Whether a failure leaves the connection as good as before. */
  isHarmless(error: unknown): boolean;
  /** Counts a failure of which `withClient` does not learn. */
  note(error: unknown): void;
}

/**
 * Sends short reads that are asked for at the same time as one message on one connection. Waking a process of
 * PostgreSQL for each costs more than the read. Each is a transaction of its own, and fails alone.
 * @param max so many share a connection at most: the last of them waits for all before it
 */
export function readsTogether(
  connections: Connections,
  max: number,
): (statement: Statement, values: unknown[]) => Promise<object[]> {
  let asked: Read[] = [];
  let underWay = 0;

  const sendAll = () => {
    const reads = asked;
    asked = [];
    for (let at = 0; at < reads.length; at += max) {
      const together = reads.slice(at, at + max);
      underWay += together.length;
      connections
        .withClient((client) => sendTogether(connections, client, together))
        .catch((error: unknown) => {
          // Nothing happens to those that have ended already.
          for (const { reject } of together) reject(error);
        })
        .finally(() => {
          underWay -= together.length;
        });
    }
  };

  return (statement, values) =>
    new Promise((resolve, reject) => {
      asked.push({ statement, values, resolve, reject });
      if (asked.length > 1) return;
      // After this turn of the event loop, which may have read the calls of many connections; a caller alone waits for nothing.
      if (underWay > 0) setImmediate(sendAll);
      else sendAll();
    });
}

async function sendTogether(
  { send, isHarmless, note }: Connections,
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
      if (harm[0] !== error) note(error);
    }
  });
  stream.uncork();
  await Promise.all(ends);
  if (harm.length > 0) throw harm[0];
}
