import { randomUUID } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, createLogger, type Database, openEmbedded } from "@serviceflow/server";
import { inject } from "vitest";
import { run, temporaryFolder } from "./child-process.ts";
import { keepLog } from "./kept-logs.ts";
import { onServer } from "./local-postgres.ts";
import { LONG } from "./long-run.ts";
import { databaseUrl } from "./postgres.ts";
import { workerPostgres } from "./worker-postgres.ts";

/** Says nothing on the terminal, and everything in a file that is looked through when all tests have run. */
export const testLog = createLogger("trace", false, {
  write: (line) => keepLog(line),
});

/** A fresh database of a test file's own. */
export interface TestDatabase {
  /** Null for the embedded engine. */
  url: string | null;
  db: Database;
  drop(): Promise<void>;
}

export const ENGINES = ["postgres", "embedded"] as const;
export type Engine = (typeof ENGINES)[number];
/** For what takes the embedded engine many seconds: there it runs in the long run only. */
export const ENGINES_IN_TIME: readonly Engine[] = LONG ? ENGINES : ["postgres"];

export function freshDatabase(engine: Engine): Promise<TestDatabase> {
  return engine === "postgres" ? freshPostgres() : freshEmbedded();
}

/** A copy of the migrated template. */
export async function freshPostgres(poolSize = 10): Promise<TestDatabase & { url: string }> {
  const { postgresUrl: server, templateDatabase } = workerPostgres();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, (client) =>
    client.query(`create database ${name} template ${templateDatabase}`),
  );
  const url = databaseUrl(server, name);
  const db = connectPostgres({ url, poolSize, preparedStatements: true, log: testLog });
  return {
    url,
    db,
    async drop() {
      await db.close();
      await onServer(server, (client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

/** A DATA_DIR with a migrated, empty database: a server's very first start would take several times as long. */
export async function freshDataDirectory(): Promise<string> {
  const directory = join(await temporaryFolder("data"), "data");
  await mkdir(directory);
  await run("tar", ["-xf", inject("embeddedDump"), "-C", directory]);
  return directory;
}

async function freshEmbedded(): Promise<TestDatabase> {
  const dump = new Blob([await readFile(inject("embeddedDump"))]);
  const db = await openEmbedded(null, { dump });
  return { url: null, db, drop: () => db.close() };
}
