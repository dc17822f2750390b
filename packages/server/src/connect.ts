import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { requireWhole } from "./db/citus.ts";
import { holdsDatabase } from "./db/data-directory.ts";
import type { Database } from "./db/database.ts";
import { openEmbedded } from "./db/embedded.ts";
import { migrate, requireMigrated, requireSamePlace, requireSchema } from "./db/migrate.ts";
import { connectPostgres } from "./db/postgres.ts";
import { databaseUser, missingPrivileges } from "./db/privileges.ts";
import { withReadReplica } from "./db/read-replica.ts";
import { adoptRestoredLog, isLogToAdopt, requireAdoptedLog } from "./log/adopt-restored.ts";

/** Opens the configured database as it is, without its replica. */
export async function open(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl } = config;
  if (databaseUrl === null) return openEmbedded(config.dataDir, { log });
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

/** There is no embedded database in the configured directory. */
export class NoDatabase extends Error {
  override readonly name = "NoDatabase";
}

/**
 * Opens the configured database, which must have this build's schema, and changes nothing.
 * @throws NoDatabase, DataDirectoryInUse, OnCitusWorker, SchemaMismatch, LogNotAdopted
 */
export async function openMigrated(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl, databaseSchema, dataDir } = config;
  if (databaseUrl === null && !holdsDatabase(dataDir)) {
    throw new NoDatabase(
      `There is no database in ${dataDir}. Set DATABASE_URL or DATA_DIR; for a new installation, run \`serviceflow migrate\` or start the server.`,
    );
  }
  const db = await open(config, log);
  try {
    const whole = await requireWhole(db);
    await requireSchema(db, databaseSchema);
    await requireMigrated(db);
    await requireAdoptedLog(db);
    return whole;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** The database's user may not do what a server has to. */
export class MissingPrivileges extends Error {
  override readonly name = "MissingPrivileges";
}

export interface ConnectOptions {
  /** Called with the reason while another session holds a lock that a migration needs; by default it is logged. */
  onWait?: (why: string) => void;
  /** Grants the serving role what it needs although no migration is missing. */
  grantsAlways?: boolean;
}

/**
 * Opens the configured database and its replica, and migrates it to this build's schema.
 * @returns the database, the names of the migrations that it applied, and whether it adopted a restored log
 * @throws DataDirectoryInUse, OnCitusWorker, SchemaMismatch, MayNotMigrate, MigrationLocked, LogNotAdopted, MissingPrivileges, NotAReplica
 */
export async function connect(
  config: Config,
  log: Logger,
  options: ConnectOptions = {},
): Promise<{ db: Database; applied: string[]; adopted: boolean }> {
  // What takes long says so before it begins.
  if (config.databaseUrl === null && !holdsDatabase(config.dataDir)) {
    log.info({ dataDir: config.dataDir }, "creating the embedded database");
  }
  const db = await open(config, log);
  try {
    const whole = await requireWhole(db);
    const applied = await migrate(db, config.migrationUrl ?? config.databaseUrl, {
      onWait: (why) => log.warn(`waiting to migrate: ${why}`),
      onMissing: (migrations) => log.info({ migrations }, "migrating the database"),
      schema: config.databaseSchema,
      ...options,
    });
    const adopted = await adoptLog(db, config, log);
    if (adopted) {
      log.warn("adopted an audit log that was restored from another cluster");
    }
    await requirePrivileges(db);
    return { db: await withReplica(whole, config, log), applied, adopted };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * Opens the configured database, which another process of this server has migrated, and its replica.
 * @throws NotAReplica
 */
export async function openToServe(config: Config, log: Logger): Promise<Database> {
  const db = await open(config, log);
  try {
    return await withReplica(db, config, log);
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

async function adoptLog(db: Database, config: Config, log: Logger): Promise<boolean> {
  if (config.migrationUrl === null) return adoptRestoredLog(db, log);
  if (!(await isLogToAdopt(db))) return false;
  const owner = connectPostgres({
    url: config.migrationUrl,
    poolSize: 1,
    preparedStatements: false,
    log,
  });
  try {
    await requireSchema(owner, config.databaseSchema);
    await requireSamePlace(db, owner);
    return await adoptRestoredLog(owner, log);
  } finally {
    await owner.close();
  }
}

async function requirePrivileges(db: Database): Promise<void> {
  const missing = await missingPrivileges(db);
  if (missing.length === 0) return;
  const role = await databaseUser(db);
  throw new MissingPrivileges(
    `The database's user ${role} lacks ${missing.join(", ")}. Run the SQL that \`serviceflow grants --role ${role}\` prints, as the owner of the tables.`,
  );
}
