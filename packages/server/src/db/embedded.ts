import { fork } from "node:child_process";
import { once } from "node:events";
import { dirname, extname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Logger } from "pino";
import { holdsDatabase, lockDataDirectory } from "./data-directory.ts";
import { type Database, queryWith } from "./database.ts";
import { maintain } from "./embedded-maintenance.ts";
import { compileSparingly, START_PARAMS } from "./embedded-memory.ts";
import { type Connection, EmbeddedStatements } from "./embedded-statements.ts";
import { Failures } from "./failure-class.ts";
import { heavyReads } from "./heavy-reads.ts";
import { parseMoment, TIMESTAMPTZ } from "./parse-moment.ts";
import type { Statement } from "./statement.ts";
import { Turns } from "./turns.ts";

/**
 * PostgreSQL inside this process (PGlite).
 * @param dataDir null: in memory, gone when closed
 * @param dump of another embedded database, to begin with
 * @throws DataDirectoryInUse, DataDirectoryUnusable
 */
export async function openEmbedded(
  dataDir: string | null,
  { dump, log = null }: { dump?: Blob | undefined; log?: Logger | null } = {},
): Promise<Database> {
  const lock = dataDir === null ? null : await lockDataDirectory(dataDir);
  if (dataDir !== null) {
    compileSparingly();
    await createDataDirectory(dataDir);
  }
  const client = await PGlite.create({
    startParams: START_PARAMS,
    ...(dataDir === null ? {} : { dataDir }),
    ...(dump ? { loadDataDir: dump } : {}),
    parsers: { [TIMESTAMPTZ]: parseMoment },
    serializers: { [BYTEA]: hexOf },
  });
  return embeddedOn(client, { release: () => lock?.release(), log });
}

const BYTEA = 17;

/** The engine's own asks for a class, of which there are several where a test has a DOM. */
function hexOf(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes).toString("hex")}`;
}

/** The engine makes it in this process otherwise, and says what is wrong with it. */
async function createDataDirectory(dataDir: string): Promise<void> {
  if (holdsDatabase(dataDir)) return;
  const own = fileURLToPath(import.meta.url);
  const script = join(dirname(own), `create-data-directory${extname(own)}`);
  const child = fork(script, [dataDir], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  await once(child, "exit");
}

/** A database on an engine that runs. */
export function embeddedOn(
  client: PGlite,
  { release = () => {}, log = null }: { release?: () => void; log?: Logger | null } = {},
): Database {
  const failures = new Failures(log);
  const statements = new EmbeddedStatements(client);
  // One statement runs at a time, and none amid somebody else's transaction.
  const engine = new Turns(1);
  const run = (on: Connection, statement: Statement, values: unknown[]) =>
    statements.run(on, statement, values).catch((error: unknown) => {
      failures.note(error);
      throw error;
    });
  const runAlone = (statement: Statement, values: unknown[]) =>
    engine.run(() => run(client, statement, values));
  const query = queryWith(runAlone);
  return {
    engine: "embedded",
    maintain: (stop) => maintain(query, stop),
    orm: drizzle(client),
    query,
    points: { query },
    replicated: { query },
    replicaReads: () => null,
    listen: null,
    // The engine runs in this thread: what has arrived in between comes first.
    ...heavyReads(new Turns(1), async (statement, values) => {
      await nextTurn();
      return runAlone(statement, values);
    }),
    failures: () => failures.counts,
    lostConnections: () => 0,
    connections: () => ({ inUse: 1, idle: 0, max: 1, waiting: 0 }),
    transaction: (work) =>
      engine.run(() =>
        client.transaction((open) =>
          work(queryWith((statement, values) => run(open, statement, values))),
        ),
      ),
    async close() {
      await client.close();
      release();
    },
  };
}
