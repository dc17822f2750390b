import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { applyMigrations, type Run } from "./apply-migrations.ts";
import type { Database } from "./database.ts";
import { isLockTimeout } from "./failure.ts";
import { columns, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";
import { validateConstraints } from "./validate-constraints.ts";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../../../migrations", import.meta.url));
// Arbitrary, but the same in every replica.
const MIGRATION_LOCK = 7_251_964;
const LOCK_POLL_MS = 200;
const RETRY_MS = 2_000;

/** The database lacks migrations of this build, or holds others than this build's. */
export class SchemaMismatch extends Error {
  override readonly name = "SchemaMismatch";
}

/**
 * Applies the migrations that are missing; replicas that start together wait for one another.
 * @param url of PostgreSQL, for a connection of its own; null for the embedded engine
 * @param onWait called while another session holds a lock on a table
 * @returns the names of those that were missing
 * @throws SchemaMismatch
 */
export async function migrate(
  db: Database,
  url: string | null,
  onWait: () => void = () => {},
  folder = MIGRATIONS_FOLDER,
): Promise<string[]> {
  if (db.engine === "embedded") {
    const missing = await missingMigrations(db, folder);
    // It runs one statement at a time, so nothing is gained by building an index beside others.
    const run: Run = (text, values = []) =>
      db.query({ name: null, text: text.replace(" CONCURRENTLY ", " "), bind: () => [...values] });
    await applyMigrations(run, readMigrationFiles({ migrationsFolder: folder }), missing.length);
    await validateConstraints(db.orm);
    return missing;
  }
  if (url === null) throw new TypeError("PostgreSQL is migrated over a connection of its own.");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await takeLock(client);
    const missing = await missingMigrations(db, folder);
    const run: Run = (text, values) => client.query(text, values && [...values]);
    const migrations = readMigrationFiles({ migrationsFolder: folder });
    await untilUnlocked(onWait, async () => {
      const { length } = await missingMigrations(db, folder);
      await applyMigrations(run, migrations, length);
    });
    await validateConstraints(drizzle(client));
    return missing;
  } finally {
    await client.end();
  }
}

// A statement that waited for the lock would hold a snapshot, for whose end an index that is built concurrently waits.
async function takeLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query("select pg_try_advisory_lock($1) as taken", [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.taken) return;
    await pause(LOCK_POLL_MS);
  }
}

/** A dump, for one, holds a lock on every table for as long as it runs. */
async function untilUnlocked(onWait: () => void, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
    }
    onWait();
    await pause(RETRY_MS);
  }
}

const historyExists = statement(
  null,
  sql`select ${columns({
    exists: value("boolean", sql`to_regclass('drizzle.__drizzle_migrations') is not null`),
  })}`,
);
const history = statement(
  null,
  sql`
    select ${columns({ hash: value("text", sql`hash`) })} from drizzle.__drizzle_migrations
    order by created_at`,
);

/**
 * The names of the migrations that the database lacks. The migrator compares times alone: an edited or foreign one
 * would pass it in silence.
 * @throws SchemaMismatch
 */
export async function missingMigrations(
  db: Database,
  folder = MIGRATIONS_FOLDER,
): Promise<string[]> {
  const names = migrationNames(folder);
  const [found] = await db.query(historyExists);
  if (!found?.exists) return names;
  const applied = await db.query(history);
  const known = readMigrationFiles({ migrationsFolder: folder });
  for (const [index, { hash }] of applied.entries()) {
    const migration = known[index];
    if (!migration) {
      throw new SchemaMismatch(
        "The database has a newer schema than this build of ServiceFlow knows. Start a build at least as new.",
      );
    }
    if (migration.hash !== hash) {
      throw new SchemaMismatch(
        `Migration ${index} in the database is not the one of this build: the file was edited, or the database belongs to something else.`,
      );
    }
  }
  return names.slice(applied.length);
}

/** @throws SchemaMismatch unless the database has the schema of this build */
export async function requireMigrated(db: Database): Promise<void> {
  const missing = await missingMigrations(db);
  if (missing.length === 0) return;
  if (missing.length === migrationNames(MIGRATIONS_FOLDER).length) {
    throw new SchemaMismatch(
      "The database holds no ServiceFlow. Check DATABASE_URL, or DATA_DIR; for a new installation, run `serviceflow migrate` or start the server.",
    );
  }
  throw new SchemaMismatch(
    `The database has an older schema than this build of ServiceFlow: it lacks ${missing.join(", ")}. Use the build that serves it, or run \`serviceflow migrate\`, after which older builds no longer start.`,
  );
}

function migrationNames(folder: string): string[] {
  const journal = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, "utf8")) as {
    entries: { tag: string }[];
  };
  return journal.entries.map(({ tag }) => tag);
}
