import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { connectPostgres, createLogger, dumpMigrated, migrate } from "@serviceflow/server";
import type { TestProject } from "vitest/node";
import { bundleServer } from "./bundled-server.ts";
import { temporaryFolder } from "./child-process.ts";
import { onServer, startLocalPostgres } from "./local-postgres.ts";
import { slimTar } from "./slim-tar.ts";
import { WORKERS } from "./workers.ts";

/** A PostgreSQL of one worker. */
export interface WorkerPostgres {
  /** URL of a server on which databases may be created. */
  postgresUrl: string;
  /** Name of a database that is migrated and empty, to copy. */
  templateDatabase: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    postgresServers: WorkerPostgres[];
    /** A file with a migrated, empty database for the embedded engine; with `.gz`, all of it as the engine dumped it. */
    embeddedDump: string;
  }
}

/**
 * Starts a PostgreSQL for each worker, or takes the one that TEST_DATABASE_URL names, and migrates a template there and one
 * for the embedded engine.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const [{ servers, close }] = await Promise.all([
    given === undefined ? startServers() : prepareServer(given),
    provideEmbedded(project),
    provideServer(),
  ]);
  project.provide("postgresServers", servers);
  return close;
}

async function provideEmbedded(project: TestProject): Promise<void> {
  const dump = Buffer.from(await (await dumpMigrated()).arrayBuffer());
  const file = join(await temporaryFolder("embedded"), "database.tar");
  await writeFile(`${file}.gz`, dump);
  // Every test file opens it several times.
  await writeFile(file, slimTar(gunzipSync(dump)));
  project.provide("embeddedDump", file);
  // Of test servers, in the workers and in the processes that they start.
  process.env.SERVICEFLOW_TEST_DATABASE = file;
}

async function provideServer(): Promise<void> {
  process.env.SERVICEFLOW_TEST_SERVER = await bundleServer();
}

interface Servers {
  servers: WorkerPostgres[];
  close(): Promise<void>;
}

async function prepareServer(postgresUrl: string): Promise<Servers> {
  const templateDatabase = await createTemplate(postgresUrl);
  return {
    servers: [{ postgresUrl, templateDatabase }],
    close: () =>
      onServer(postgresUrl, async (client) => {
        await client.query(`drop database ${templateDatabase} with (force)`);
      }),
  };
}

/** The others are copies of the first, template included. */
async function startServers(): Promise<Servers> {
  // A transaction of autovacuum would hold back the seals that a test counts.
  const settings = { autovacuum: "off" };
  const first = await startLocalPostgres(settings);
  const templateDatabase = await createTemplate(first.url);
  await first.halt("fast");
  const others = await Promise.all(
    Array.from({ length: WORKERS - 1 }, () => startLocalPostgres(settings, { copyOf: first })),
  );
  await first.start();
  const all = [first, ...others];
  return {
    servers: all.map(({ url }) => ({ postgresUrl: url, templateDatabase })),
    async close() {
      await Promise.all(all.map((local) => local.stop()));
    },
  };
}

async function createTemplate(url: string): Promise<string> {
  const template = `template_${randomUUID().replaceAll("-", "")}`;
  await onServer(url, (client) => client.query(`create database ${template}`));
  const templateUrl = databaseUrl(url, template);
  const db = connectPostgres({
    url: templateUrl,
    poolSize: 1,
    preparedStatements: false,
    log: createLogger("silent", false),
  });
  await migrate(db, templateUrl);
  await db.close();
  return template;
}

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
