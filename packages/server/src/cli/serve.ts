import type { Logger } from "pino";
import { type Config, readConfig } from "../config.ts";
import { createLogger } from "../logger.ts";
import { hasAdminKey } from "../people/working-keys.ts";
import { type DemoKeys, isUnused, seedDemo } from "../seed/seed.ts";
import { type RunningServer, startServer } from "../server.ts";
import type { Output } from "./output.ts";

/** Connects, migrates and serves until a signal stops it. */
export async function serve(output: Output): Promise<void> {
  const config = readConfig();
  const log = createLogger(config.logLevel, config.logPretty);
  // The demo is seeded once the port is open: its keys are shown once, and a failed start would lose them.
  const server = await startServer(config, log);
  // From here on a signal waits for the greeting, for the same reason.
  const signal = nextSignal();
  const { db } = server;
  let keys: DemoKeys | null = null;
  try {
    const wantsDemo = config.seedDemo ?? (db.engine === "embedded" && (await isUnused(db)));
    if (wantsDemo) keys = await seedDemo(server.services);
    await warnOfOversights(server, config, log);
  } catch (error) {
    await server.close();
    throw error;
  }
  const database = db.engine;
  // Elsewhere a log collector would receive an administrator's key.
  const isShown = config.seedDemo === true || process.stdout.isTTY === true;
  const demo = keys === null || isShown ? keys : "hidden";
  output.result(
    { url: server.url, database, demoKeys: isShown ? keys : null },
    greeting(config, server.url, demo),
  );
  log.info({ signal: await signal }, "stopping");
  try {
    await server.close();
    log.info("stopped");
  } catch (error) {
    log.error({ err: error }, "could not stop cleanly");
    process.exitCode = 1;
  }
}

async function warnOfOversights(
  { db, services }: RunningServer,
  { ignoredDatabaseUrls }: Config,
  log: Logger,
): Promise<void> {
  if (ignoredDatabaseUrls.length > 0) {
    log.warn(
      { variables: ignoredDatabaseUrls },
      "DATABASE_URL is not set, so the embedded database is used; these variables look like it, but are not read",
    );
  }
  if (!(await hasAdminKey(db, services.clock()))) {
    log.warn(
      "no administrator has a working API key with the scope admin: run serviceflow admin create, or serviceflow keys issue",
    );
  }
}

/** The first stop signal; a second one ends the process at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

function greeting(config: Config, url: string, keys: DemoKeys | "hidden" | null): string {
  const shown = url.replace("127.0.0.1", "localhost").replace("0.0.0.0", "localhost");
  const store = config.databaseUrl === null ? `embedded, in ${config.dataDir}` : "PostgreSQL";
  const lines = [
    "",
    `  ServiceFlow answers at  ${shown}`,
    `  API documentation       ${shown}/docs`,
    `  OpenAPI document        ${shown}/openapi.json`,
    `  Database                ${store}`,
    "",
  ];
  if (keys === "hidden") {
    lines.push(
      "  The demo's API keys are shown only on a terminal, or with SEED_DEMO=true on a first start.",
      "  To issue one, stop the server and run:",
      "",
      "  serviceflow keys issue --user agent@example.com --name Demo",
      "",
    );
  } else if (keys) {
    lines.push(
      demoKeys(keys),
      "",
      "  Try it:",
      "",
      `  curl -H 'X-API-Key: ${keys.AGENT}' '${shown}/api/v1/requests?status=NEW&limit=3'`,
      "",
    );
  }
  return lines.join("\n");
}

/** The API keys of the demo users, shown once. */
export function demoKeys(keys: DemoKeys): string {
  return [
    "  Demo keys, shown only once:",
    "",
    ...Object.entries(keys).map(([role, key]) => `  ${role.padEnd(10)}${key}`),
  ].join("\n");
}
