import { connectPostgres, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { type TestDatabase, testLog } from "./databases.ts";
import { type Interposition, interposed } from "./interposed.ts";
import { BOOTSTRAP_KEY } from "./test-app.ts";

/** Starts a server in this process, on its own port and with its own settings, on a database that others may share. */
export async function serveWith(
  database: TestDatabase & { url: string },
  settings: Readonly<Record<string, string>>,
  connectionLimits: Parameters<typeof serveOn>[3] = {},
  does: Interposition = {},
): Promise<RunningServer> {
  const connected = connectPostgres({
    url: database.url,
    poolSize: 4,
    preparedStatements: true,
    log: testLog,
  });
  const config = readConfig({ PORT: "0", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY, ...settings }, false);
  const server = await serveOn(interposed(connected, does), config, testLog, connectionLimits);
  server.becomeReady();
  return server;
}
