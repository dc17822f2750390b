import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, createLogger, dumpMigrated, migrate } from "@serviceflow/server";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { temporaryFolder } from "./child-process.ts";
import { type LocalPostgres, startLocalPostgres } from "./local-postgres.ts";
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
    /** A file with a migrated, empty database for the embedded engine. */
    embeddedDump: string;
  }
}

/**
 * Starts a PostgreSQL for each worker, or takes the one that TEST_DATABASE_URL names, and migrates a template there and one
 * for the embedded engine.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dump = await dumpMigrated();
  const embeddedDump = join(await temporaryFolder("embedded"), "database.tar.gz");
  await writeFile(embeddedDump, new Uint8Array(await dump.arrayBuffer()));
  project.provide("embeddedDump", embeddedDump);
  const opened = await Promise.all(Array.from({ length: WORKERS }, openServer));
  project.provide(
    "postgresServers",
    opened.map(({ server }) => server),
  );
  return async () => {
    await Promise.all(opened.map(({ close }) => close()));
  };
}

async function openServer(): Promise<{ server: WorkerPostgres; close(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL;
  // A transaction of autovacuum would hold back the seals that a test counts.
  const local: LocalPostgres | null = given
    ? null
    : await startLocalPostgres({ autovacuum: "off" });
  const url = given ?? (local as LocalPostgres).url;
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
  return {
    server: { postgresUrl: url, templateDatabase: template },
    async close() {
      await onServer(url, (client) => client.query(`drop database ${template} with (force)`));
      await local?.stop();
    },
  };
}

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

export async function onServer<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}
