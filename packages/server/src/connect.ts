import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { openEmbedded } from "./db/embedded.ts";
import { migrate, missingMigrations, requireMigrated } from "./db/migrate.ts";
import { connectPostgres } from "./db/postgres.ts";
import { withReadReplica } from "./db/read-replica.ts";
import { adoptRestoredLog, requireAdoptedLog } from "./log/adopt-restored.ts";

/** Opens the configured database as it is, without its replica. */
export async function open(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl } = config;
  if (databaseUrl === null) return openEmbedded(config.dataDir);
  return postgresAt(databaseUrl, config, log);
}

/** A pool on a PostgreSQL with the configured limits. */
export function postgresAt(url: string, config: Config, log: Logger): Database {
  return connectPostgres({
    url,
    poolSize: config.databasePoolSize,
    heavyConnections: config.databaseHeavyConnections,
    limits: { heavy: config.databaseHeavyTimeoutMs },
    preparedStatements: config.preparedStatements,
    log,
  });
}

function isThere(dataDir: string): boolean {
  return existsSync(join(dataDir, "PG_VERSION"));
}

/** There is no embedded database in the configured directory. */
export class NoDatabase extends Error {
  override readonly name = "NoDatabase";
}

/**
 * Opens the configured database, which must have this build's schema, and changes nothing.
 * @throws NoDatabase, DataDirectoryInUse, SchemaMismatch, LogNotAdopted
 */
export async function openMigrated(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === null && !isThere(dataDir)) {
    throw new NoDatabase(
      `There is no database in ${dataDir}. Set DATABASE_URL or DATA_DIR; for a new installation, run \`serviceflow migrate\` or start the server.`,
    );
  }
  const db = await open(config, log);
  try {
    await requireMigrated(db);
    await requireAdoptedLog(db);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * Opens the configured database and its replica, and migrates it to this build's schema.
 * @returns the database, and the names of the migrations that it applied
 * @throws DataDirectoryInUse, SchemaMismatch, LogNotAdopted, NotAReplica
 */
export async function connect(
  config: Config,
  log: Logger,
): Promise<{ db: Database; applied: string[] }> {
  // What takes long says so before it begins.
  if (config.databaseUrl === null && !isThere(config.dataDir)) {
    log.info({ dataDir: config.dataDir }, "creating the embedded database");
  }
  const db = await open(config, log);
  try {
    const migrations = await missingMigrations(db);
    if (migrations.length > 0) log.info({ migrations }, "migrating the database");
    const applied = await migrate(db, config.databaseUrl, () =>
      log.warn("waiting to migrate: another session holds a lock on a table"),
    );
    if (await adoptRestoredLog(db, log)) {
      log.warn("adopted an audit log that was restored from another cluster");
    }
    return { db: await withReplica(db, config, log), applied };
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function withReplica(db: Database, config: Config, log: Logger): Promise<Database> {
  if (config.databaseReadUrl === null) return db;
  const replica = postgresAt(config.databaseReadUrl, config, log);
  try {
    return await withReadReplica(db, replica, { log });
  } catch (error) {
    await replica.close();
    throw error;
  }
}
