import { setImmediate as nextTurn } from "node:timers/promises";
import type { Config } from "../config.ts";
import type { Services } from "../context.ts";
import { hasConsole } from "../http/console.ts";
import { hasAdminKey } from "../people/working-keys.ts";
import { type DemoKeys, isUnused, seedDemo } from "../seed/seed.ts";
import { VERSION } from "../version.ts";
import { configSummary } from "./config-summary.ts";
import { type DemoLinks, demoLinks } from "./demo-links.ts";
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
  const page = hasConsole() ? `${shownUrl(url)}/console/` : null;
  const links =
    keys !== null && isShown && page !== null ? await demoLinks({ db, config }, keys, page) : null;
  const said = {
    url,
    database: db.engine,
    version: VERSION,
    node: process.version,
    settings: configSummary(config),
    demoKeys: isShown ? keys : null,
    ...(links === null ? {} : { consoleLinks: links }),
    ...(demo === "hidden" ? { hint: `${HIDDEN} ${ISSUE}` } : {}),
  };
  // At any LOG_LEVEL: the address and the keys are said nowhere else.
  if (!output.json && !config.logPretty) output.line("started", said);
  else output.result(said, greeting(config, url, { keys: demo, links, page }));
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

function shownUrl(url: string): string {
  return url.replace("127.0.0.1", "localhost").replace("0.0.0.0", "localhost");
}

interface Demo {
  keys: DemoKeys | "hidden" | null;
  links: DemoLinks | null;
  /** The address of the console; null: it is not built. */
  page: string | null;
}

function greeting(config: Config, url: string, { keys, links, page }: Demo): string {
  const shown = shownUrl(url);
  const store = config.databaseUrl === null ? `embedded, in ${config.dataDir}` : "PostgreSQL";
  const lines = [
    "",
    `  ServiceFlow answers at  ${shown}`,
    ...(page === null ? [] : [`  Console                 ${page}`]),
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
      ...(links === null ? [] : [consoleLinks(links), ""]),
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

/** The links of the demo users, shown once. */
function consoleLinks(links: DemoLinks): string {
  return [
    "  Open the console as one of the demo's people; each link works once, within three days:",
    "",
    ...Object.entries(links).map(([role, link]) => `  ${role.padEnd(10)}${link}`),
  ].join("\n");
}

/** The API keys of the demo users, shown once. */
export function demoKeys(keys: DemoKeys): string {
  return [
    "  Demo keys, shown only once:",
    "",
    ...Object.entries(keys).map(([role, key]) => `  ${role.padEnd(10)}${key}`),
  ].join("\n");
}
