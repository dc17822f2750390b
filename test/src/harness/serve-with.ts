import { connectPostgres, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { type TestDatabase, testLog } from "./databases.ts";
import { BOOTSTRAP_KEY } from "./test-app.ts";

/** A server in this process, on a port and with settings of its own, over a database that others may use too. */
export function serveWith(
  database: TestDatabase & { url: string },
  settings: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const db = connectPostgres({
    url: database.url,
    poolSize: 4,
    preparedStatements: true,
    log: testLog,
  });
  const config = readConfig({ PORT: "0", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY, ...settings }, false);
  return serveOn(db, config, testLog);
}
