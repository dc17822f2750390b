import { randomUUID } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectPostgres, type Database, migrate } from "@serviceflow/server";
import { temporaryFolder } from "./child-process.ts";
import { type Engine, freshDatabase, type TestDatabase, testLog } from "./databases.ts";
import { onServer } from "./local-postgres.ts";
import { databaseUrl } from "./postgres.ts";
import { runSql } from "./raw-sql.ts";
import { workerPostgres } from "./worker-postgres.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations", import.meta.url));

interface Journal {
  entries: { tag: string }[];
}

/** A database as an older build left it: with the migrations before the one of that name. */
export async function oldDatabase(engine: Engine, before: string): Promise<TestDatabase> {
  const migrationsFolder = await migrationsBefore(before);
  if (engine === "embedded") {
    const database = await freshDatabase(engine);
    await emptied(database.db);
    await migrate(database.db, null, { folder: migrationsFolder });
    return database;
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
  await migrate(db, url, { folder: migrationsFolder });
  return {
    url,
    db,
    async drop() {
      await db.close();
      await onServer(server, (client) => client.query(`drop database ${name}`));
    },
  };
}

/** The engine takes many times as long to make a database from nothing. */
async function emptied(db: Database): Promise<void> {
  for (const sql of [
    "drop schema drizzle cascade",
    "drop schema public cascade",
    "create schema public",
  ]) {
    await runSql(db, sql);
  }
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
