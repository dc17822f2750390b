import type { Logger } from "pino";
import type { Config } from "../config.ts";
import type { Database } from "./database.ts";
import { openEmbedded } from "./embedded.ts";
import { migrate } from "./migrate.ts";
import { connectPostgres } from "./postgres.ts";

/** Opens the database that the configuration names, and brings it to this build's schema. */
export async function connect(config: Config, log: Logger): Promise<Database> {
  const { databaseUrl } = config;
  const db =
    databaseUrl === null
      ? await openEmbedded(config.dataDir, log)
      : connectPostgres({
          url: databaseUrl,
          poolSize: config.databasePoolSize,
          preparedStatements: config.preparedStatements,
          log,
        });
  try {
    await migrate(db, databaseUrl);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
