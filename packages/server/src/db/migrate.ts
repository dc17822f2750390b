import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle as drizzlePostgres } from "drizzle-orm/node-postgres";
import { migrate as migratePostgres } from "drizzle-orm/node-postgres/migrator";
import { migrate as migrateEmbedded } from "drizzle-orm/pglite/migrator";
import pg from "pg";
import type { Database } from "./database.ts";
import { isLockTimeout } from "./failure.ts";
import { columns, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../../../migrations", import.meta.url));
// Arbitrary, but the same in every replica.
const MIGRATION_LOCK = 7_251_964;
/** While one statement waits for a table's lock, those of running replicas queue up, and wait a second themselves. */
const LOCK_TIMEOUT = "500ms";
const RETRY_MS = 2_000;

/** The database holds migrations that this build does not know, or other ones than this build's. */
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
): Promise<string[]> {
  if (db.engine === "embedded") {
    const missing = await missingMigrations(db);
    await migrateEmbedded(db.orm, { migrationsFolder: MIGRATIONS_FOLDER });
    return missing;
  }
  if (url === null) throw new TypeError("PostgreSQL is migrated over a connection of its own.");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const missing = await missingMigrations(db);
    // The migrator creates its schema first, which a role that owns nothing may not.
    if (missing.length === 0) return missing;
    await client.query("select set_config('lock_timeout', $1, false)", [LOCK_TIMEOUT]);
    await migrateOnceUnlocked(client, onWait);
    return missing;
  } finally {
    await client.end();
  }
}

/** All in one transaction. A dump, for one, holds a lock on every table for as long as it runs. */
async function migrateOnceUnlocked(client: pg.Client, onWait: () => void): Promise<void> {
  for (;;) {
    try {
      return await migratePostgres(drizzlePostgres(client), {
        migrationsFolder: MIGRATIONS_FOLDER,
      });
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
export async function missingMigrations(db: Database): Promise<string[]> {
  const names = migrationNames();
  const [found] = await db.query(historyExists);
  if (!found?.exists) return names;
  const applied = await db.query(history);
  const known = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER });
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

function migrationNames(): string[] {
  const journal = JSON.parse(readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, "utf8")) as {
    entries: { tag: string }[];
  };
  return journal.entries.map(({ tag }) => tag);
}
