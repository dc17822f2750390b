import { randomUUID } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectPostgres, type Database, migrate, openEmbedded } from "@serviceflow/server";
import { temporaryFolder } from "./child-process.ts";
import { type Engine, type TestDatabase, testLog } from "./databases.ts";
import { databaseUrl, onServer } from "./postgres.ts";
import { workerPostgres } from "./worker-postgres.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations", import.meta.url));

interface Journal {
  entries: { tag: string }[];
}

/** A database as an older build left it: with the migrations before the one of that name. */
export async function oldDatabase(engine: Engine, before: string): Promise<TestDatabase> {
  const migrationsFolder = await migrationsBefore(before);
  if (engine === "embedded") {
    const db = await openEmbedded(null);
    await migrate(db, null, undefined, migrationsFolder);
    return { url: null, db, drop: () => db.close() };
  }
  const server = workerPostgres().postgresUrl;
  const name = `old_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, (client) => client.query(`create database ${name}`));
  const url = databaseUrl(server, name);
  const db: Database = connectPostgres({
    url,
    poolSize: 2,
    preparedStatements: true,
    log: testLog,
  });
  await migrate(db, url, undefined, migrationsFolder);
  return {
    url,
    db,
    async drop() {
      await db.close();
      await onServer(server, (client) => client.query(`drop database ${name}`));
    },
  };
}

async function migrationsBefore(name: string): Promise<string> {
  const folder = await temporaryFolder("migrations");
  await cp(MIGRATIONS, folder, { recursive: true });
  const file = join(folder, "meta/_journal.json");
  const journal = JSON.parse(await readFile(file, "utf8")) as Journal;
  const index = journal.entries.findIndex(({ tag }) => tag.replace(/^\d+_/, "") === name);
  if (index < 0) throw new Error(`There is no migration ${name}`);
  await writeFile(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, index) }));
  return folder;
}
