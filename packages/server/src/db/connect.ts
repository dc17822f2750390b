import type { Logger } from "pino";
import { adoptRestoredLog } from "../audit/restored.ts";
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
    if (await adoptRestoredLog(db, new Date())) {
      log.warn("the audit log was restored from another cluster: it was adopted");
    }
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
