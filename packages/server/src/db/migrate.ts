import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { applyMigrations, type Run } from "./apply-migrations.ts";
import { type Database, queryWith, type Reads } from "./database.ts";
import { isLockTimeout, rootCause } from "./failure.ts";
import { placeOf } from "./identity.ts";
import { lockMigrations, migrationClient } from "./migration-lock.ts";
import {
  CREATE_OWN_SCHEMA,
  existsIn,
  leadsTo,
  type OwnSchema,
  ownSchema,
  schemaNamed,
} from "./own-schema.ts";
import { isPooled } from "./pooler.ts";
import { databaseUser, grantsTo } from "./privileges.ts";
import { columns, identifier, sql, value } from "./sql.ts";
import { statement } from "./statement.ts";
import { pendingConstraints, validateConstraints } from "./validate-constraints.ts";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../../../migrations", import.meta.url));
const LOCK_WAIT_MS = 10 * 60_000;
const RETRY_MS = 2_000;
const NOT_PERMITTED = "42501";

/** The database lacks migrations of this build, or holds others than this build's. */
export class SchemaMismatch extends Error {
  override readonly name = "SchemaMismatch";
}

/** Migrations are missing, and the database's user may not apply them. */
export class MayNotMigrate extends Error {
  override readonly name = "MayNotMigrate";
}

export interface MigrationOptions {
  /** Called with the names of those that are missing, before they are applied. */
  onMissing?: (names: string[]) => void;
  /** Called while another session holds a lock that is needed, with the reason. */
  onWait?: (why: string) => void;
  folder?: string | undefined;
  /** Of the tables; null: what the connections name. */
  schema?: string | null;
  /** How long to wait for another session that migrates. */
  lockWaitMs?: number;
  /** Grants the serving role what it needs although no migration is missing. */
  grantsAlways?: boolean;
}

/**
 * Applies the migrations that are missing; replicas that start together wait for one another. When none is missing, it
 * takes no lock and runs no DDL.
 * @param url of PostgreSQL, for connections of its own, as the owner of the tables; null for the embedded engine. If the
 * user of `db` is another one, it is granted what a server needs
 * @returns the names of those that were missing
 * @throws SchemaMismatch, MayNotMigrate, MigrationLocked
 */
export async function migrate(
  db: Database,
  url: string | null,
  options: MigrationOptions = {},
): Promise<string[]> {
  const { folder = MIGRATIONS_FOLDER } = options;
  if (db.engine === "embedded") {
    const missing = await missingMigrations(db, folder);
    if (missing.length > 0) options.onMissing?.(missing);
    // It runs one statement at a time, so nothing is gained by building an index beside others.
    const run: Run = (text, values = []) =>
      db.query({ name: null, text: text.replace(" CONCURRENTLY ", " "), bind: () => [...values] });
    await applyMigrations(run, readMigrationFiles({ migrationsFolder: folder }), {
      count: missing.length,
      schema: schemaNamed("public"),
    });
    await validateConstraints(db.orm);
    return missing;
  }
  if (url === null) throw new TypeError("PostgreSQL is migrated over a connection of its own.");
  await requireSchema(db, options.schema);
  if (!options.grantsAlways && (await isComplete(db, folder))) return [];
  return migratePostgres(db, url, folder, options);
}

/**
 * Before anything is read or written: a pooler can drop the schema that a connection asks for.
 * @throws SchemaMismatch
 */
export async function requireSchema(db: Reads, schema: string | null = null): Promise<void> {
  if (schema === null) return;
  const found = (await leadsTo(db)) ?? "none";
  if (found === schema) return;
  throw new SchemaMismatch(
    `DATABASE_SCHEMA is ${schema}, but the connection is in the schema ${found}: a pooler in between drops the setting. Set it for the role, with ALTER ROLE ... SET search_path = ${schema}.`,
  );
}

/**
 * Of the two roles' connections, or another installation would be migrated.
 * @throws SchemaMismatch
 */
export async function requireSamePlace(db: Reads, owner: Reads): Promise<void> {
  const [served, migrated] = await Promise.all([placeOf(db), placeOf(owner)]);
  if (served.database !== migrated.database) {
    throw new SchemaMismatch(
      "DATABASE_MIGRATION_URL leads to another database than DATABASE_URL. Correct one of them.",
    );
  }
  // A role that has not been granted anything yet may not use the schema.
  if (served.schema === null) return;
  const target = await leadsTo(owner);
  if (served.schema === target) return;
  throw new SchemaMismatch(
    `DATABASE_URL leads to the schema ${served.schema}, but DATABASE_MIGRATION_URL to ${target ?? "none"}. Set DATABASE_SCHEMA, or the search_path of both roles.`,
  );
}

async function isComplete(db: Database, folder: string): Promise<boolean> {
  try {
    const missing = await missingMigrations(db, folder);
    return missing.length === 0 && (await pendingConstraints(db.orm)).length === 0;
  } catch (error) {
    // A user that may not even look has not been granted anything yet.
    if (!isNotPermitted(error)) throw error;
    return false;
  }
}

async function migratePostgres(
  db: Database,
  url: string,
  folder: string,
  { onMissing = () => {}, onWait = () => {}, lockWaitMs = LOCK_WAIT_MS, schema }: MigrationOptions,
): Promise<string[]> {
  const lock = await lockMigrations(url, lockWaitMs, onWait);
  const client = new pg.Client(migrationClient(url));
  client.on("error", () => {});
  try {
    await client.connect();
    const run: Run = async (text, values) => {
      lock.check();
      return client.query(text, values && [...values]);
    };
    const reads: Reads = {
      query: queryWith(async ({ text }, values) => (await client.query(text, values)).rows),
    };
    await requireSchema(reads, schema);
    await requireSamePlace(db, reads);
    const own = await requireOwnSchema(run, reads);
    const missing = await missingMigrations(reads, folder);
    const migrations = readMigrationFiles({ migrationsFolder: folder });
    if (missing.length > 0) onMissing(missing);
    await withoutLimits(client);
    await untilUnlocked(onWait, async () => {
      const { length } = await missingMigrations(reads, folder);
      await applyMigrations(run, migrations, { count: length, schema: own });
    });
    await validateConstraints(drizzle(client));
    await grantToServer(run, own, await databaseUser(db), await databaseUser(reads));
    return missing;
  } catch (error) {
    if (!isNotPermitted(error)) throw error;
    const user = await databaseUser(db);
    throw new MayNotMigrate(
      `The database lacks migrations of this build, and its user ${user} may not apply them. Run \`serviceflow migrate\` as the owner of its tables, with DATABASE_MIGRATION_URL.`,
      { cause: error },
    );
  } finally {
    await client.end();
    await lock.release();
  }
}

/** A user's own limits are for statements of a server. A pooler's session is shared: nothing of it may be set. */
async function withoutLimits(client: pg.Client): Promise<void> {
  if (await isPooled(client)) return;
  await client.query("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0");
}

async function requireOwnSchema(run: Run, reads: Reads): Promise<OwnSchema> {
  const found = await ownSchema(reads);
  if (found) return found;
  await run(CREATE_OWN_SCHEMA);
  const made = await ownSchema(reads);
  if (!made) throw new SchemaMismatch("The connection's search_path names no schema.");
  return made;
}

async function grantToServer(
  run: Run,
  schema: OwnSchema,
  server: string,
  owner: string,
): Promise<void> {
  if (server === owner) return;
  for (const text of ["begin", ...grantsTo(server, schema), "commit"]) await run(text);
}

function isNotPermitted(error: unknown): boolean {
  return (rootCause(error) as { code?: unknown }).code === NOT_PERMITTED;
}

/** A dump, for one, holds a lock on every table for as long as it runs. */
async function untilUnlocked(
  onWait: (why: string) => void,
  work: () => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
    }
    onWait("another session holds a lock on a table");
    await pause(RETRY_MS);
  }
}

const isThere = ({ history: { schema, table } }: OwnSchema) =>
  statement(null, sql`select ${columns({ exists: value("boolean", existsIn(schema, table)) })}`);
const applied = ({ history: { schema, table } }: OwnSchema) =>
  statement(
    null,
    sql`
      select ${columns({ hash: value("text", sql`hash`) })}
      from ${identifier(schema)}.${identifier(table)} order by created_at`,
  );

/**
 * The names of the migrations that the database lacks. The migrator compares times alone: an edited or foreign one
 * would pass it in silence.
 * @throws SchemaMismatch
 */
export async function missingMigrations(db: Reads, folder = MIGRATIONS_FOLDER): Promise<string[]> {
  const names = migrationNames(folder);
  const schema = await ownSchema(db);
  if (!schema) return names;
  const [found] = await db.query(isThere(schema));
  if (!found?.exists) return names;
  const rows = await db.query(applied(schema));
  const known = readMigrationFiles({ migrationsFolder: folder });
  for (const [index, { hash }] of rows.entries()) {
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
  return names.slice(rows.length);
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
