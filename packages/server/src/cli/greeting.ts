import { setImmediate as nextTurn } from "node:timers/promises";
import type { Config } from "../config.ts";
import type { Services } from "../context.ts";
import { hasAdminKey } from "../people/working-keys.ts";
import { type DemoKeys, isUnused, seedDemo } from "../seed/seed.ts";
import { VERSION } from "../version.ts";
import { configSummary } from "./config-summary.ts";
import type { Output } from "./output.ts";

const HIDDEN =
  "The demo's API keys are shown only on a terminal, or with SEED_DEMO=true on a first start.";
const ISSUE = "serviceflow keys issue --user agent@example.com --name Demo";

/**
 * Seeds the demo where it is wanted, warns of oversights, and says where the server answers. The port is open by now: the
 * demo's keys are shown once, and a failed start would lose them.
 */
export async function greet(
  output: Output,
  { services, config, url }: { services: Services; config: Config; url: string },
): Promise<void> {
  const { db } = services;
  const wantsDemo = config.seedDemo ?? (db.engine === "embedded" && (await isUnused(db)));
  if (wantsDemo) services.log.info("filling in the demo");
  const keys = wantsDemo ? await seedDemo(services) : null;
  await warnOfOversights(services, config);
  // Lines are logged turn by turn: these come before what the operator waits for.
  await nextTurn();
  // Elsewhere a log collector would receive an administrator's key.
  const isShown = config.seedDemo === true || process.stdout.isTTY === true;
  const demo = keys === null || isShown ? keys : "hidden";
  const said = {
    url,
    database: db.engine,
    version: VERSION,
    node: process.version,
    settings: configSummary(config),
    demoKeys: isShown ? keys : null,
    ...(demo === "hidden" ? { hint: `${HIDDEN} ${ISSUE}` } : {}),
  };
  // At any LOG_LEVEL: the address and the keys are said nowhere else.
  if (!output.json && !config.logPretty) output.line("started", said);
  else output.result(said, greeting(config, url, demo));
}

async function warnOfOversights(
  { db, log, clock }: Services,
  { ignoredDatabaseUrls }: Config,
): Promise<void> {
  if (ignoredDatabaseUrls.length > 0) {
    log.warn(
      { variables: ignoredDatabaseUrls },
      "DATABASE_URL is not set, so the embedded database is used; these variables look like it, but are not read",
    );
  }
  if (!(await hasAdminKey(db, clock()))) {
    log.warn(
      "no administrator has a working API key with the scope admin: run serviceflow admin create, or serviceflow keys issue",
    );
  }
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
    `  Version                 ${VERSION}, on Node ${process.versions.node}`,
    "",
  ];
  if (keys === "hidden") {
    lines.push(`  ${HIDDEN}`, "  To issue one, stop the server and run:", "", `  ${ISSUE}`, "");
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
