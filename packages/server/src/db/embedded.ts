import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Logger } from "pino";
import type { Database, Query } from "./database.ts";
import { describeFailure } from "./failure.ts";
import type { Statement } from "./statement.ts";

const UPKEEP_INTERVAL_MS = 10 * 60_000;

/** Another process has the data directory open. */
export class DataDirectoryInUse extends Error {
  override readonly name = "DataDirectoryInUse";
}

/**
 * PostgreSQL inside this process (PGlite).
 * @param dataDir null: in memory, gone when closed
 * @param dump of another embedded database, to begin with
 * @throws DataDirectoryInUse
 */
export async function openEmbedded(
  dataDir: string | null,
  log: Logger,
  dump?: Blob,
): Promise<Database> {
  const lock = dataDir === null ? null : await lockDataDirectory(dataDir);
  const client = await PGlite.create({
    ...(dataDir === null ? {} : { dataDir }),
    ...(dump ? { loadDataDir: dump } : {}),
  });
  return embeddedOn(client, log, () => lock?.release());
}

/** A database on an engine that runs. */
export function embeddedOn(client: PGlite, log: Logger, release = () => {}): Database {
  // There is no autovacuum inside PGlite.
  const upkeep = setInterval(() => {
    client
      .exec("VACUUM ANALYZE; CHECKPOINT;")
      .catch((error: unknown) => log.warn(describeFailure(error), "upkeep failed"));
  }, UPKEEP_INTERVAL_MS);
  upkeep.unref();

  return {
    engine: "embedded",
    orm: drizzle(client),
    query: queryOn(client),
    transaction: (run) => client.transaction((open) => run(queryOn(open))),
    async close() {
      clearInterval(upkeep);
      await client.close();
      release();
    },
  };
}

function queryOn(client: Pick<PGlite, "query">): Query {
  return async <Row>(statement: Statement, values = {}) =>
    (await client.query(statement.text, statement.bind(values))).rows as Row[];
}

/** PGlite takes no lock itself, and two processes on one directory lose data: an SQLite lock ends with its process. */
async function lockDataDirectory(dataDir: string): Promise<{ release(): void }> {
  const { DatabaseSync } = await import("node:sqlite");
  const path = `${resolve(dataDir)}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new DataDirectoryInUse(
      `The data directory ${dataDir} is in use by another process. Stop it, or choose another DATA_DIR.`,
      { cause },
    );
  }
  return { release: () => lock.close() };
}
