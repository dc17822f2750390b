import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { openEmbedded } from "./db/embedded.ts";
import { migrate } from "./db/migrate.ts";
import { connectPostgres } from "./db/postgres.ts";
import { adoptRestoredLog } from "./log/adopt-restored.ts";

/** Opens the database that the configuration names, as it is. */
export async function open(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl } = config;
  if (databaseUrl === null) return openEmbedded(config.dataDir, log);
  return connectPostgres({
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    preparedStatements: config.preparedStatements,
    log,
  });
}

/**
 * Opens the database that the configuration names, and brings it to this build's schema.
 * @param onMigrated told which migrations were applied
 * @throws DataDirectoryInUse, SchemaMismatch, LogNotAdopted
 */
export async function connect(
  config: Config,
  log: Logger,
  onMigrated: (names: string[]) => void = () => {},
): Promise<Database> {
  const db = await open(config, log);
  try {
    onMigrated(await migrate(db, config.databaseUrl));
    if (await adoptRestoredLog(db, new Date())) {
      log.warn("the audit log was restored from another cluster: it was adopted");
    }
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
