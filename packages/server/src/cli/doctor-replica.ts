import type { Config } from "../config.ts";
import { postgresAt } from "../connect.ts";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { lagOf, NotAReplica, requireReplica } from "../db/read-replica.ts";
import { createLogger } from "../logger.ts";
import type { Check } from "./check.ts";

const LAG_WARN_SECONDS = 5;

/** Checks the read replica, if there is one. */
export async function checkReplica(db: Database, config: Config): Promise<Check[]> {
  if (config.databaseReadUrl === null) return [];
  const name = "read replica";
  const replica = postgresAt(config.databaseReadUrl, config, createLogger("silent", false));
  try {
    await requireReplica(db, replica);
    const lag = await lagOf(replica);
    if (lag === null) {
      const advice = "Point DATABASE_READ_URL to a standby of DATABASE_URL; this one was promoted.";
      return [{ name, status: "warn", finding: "not in recovery, so not used", advice }];
    }
    const finding = `replayed what was committed ${Math.round(lag)} s ago`;
    const advice = "Find what holds it up: reads go to the primary until it has caught up.";
    return lag > LAG_WARN_SECONDS
      ? [{ name, status: "warn", finding, advice }]
      : [{ name, status: "ok", finding: "up to date", advice: null }];
  } catch (error) {
    if (error instanceof NotAReplica) {
      const advice = "Correct DATABASE_READ_URL: the server does not start with it.";
      return [{ name, status: "fail", finding: "of another cluster, database or schema", advice }];
    }
    const { code, kind } = describeFailure(error);
    const advice = "Start it, or correct DATABASE_READ_URL; the primary answers until then.";
    return [{ name, status: "warn", finding: `unusable: ${code ?? kind}`, advice }];
  } finally {
    await replica.close();
  }
}
