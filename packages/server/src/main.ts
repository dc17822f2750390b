#!/usr/bin/env node
import type { Logger } from "pino";
import { type Config, InvalidConfig, readConfig } from "./config.ts";
import { connect } from "./db/connect.ts";
import type { Database } from "./db/database.ts";
import { DataDirectoryInUse } from "./db/embedded.ts";
import { describeFailure, rootCause } from "./db/failure.ts";
import { SchemaMismatch } from "./db/migrate.ts";
import { createLogger } from "./log.ts";
import { type DemoKeys, isUnused, seedDemo } from "./seed/seed.ts";
import { CannotListen, createServices, startServer } from "./server.ts";

const USAGE = `Usage: serviceflow [serve | migrate | seed]

  serve    connect, migrate and serve (the default)
  migrate  bring the database to this build's schema
  seed     fill an unused database with a demo, and show its keys
`;

async function main(command: string): Promise<void> {
  if (command !== "serve" && command !== "migrate" && command !== "seed") {
    process.stdout.write(USAGE);
    process.exitCode = command === "help" || command === "--help" ? 0 : 2;
    return;
  }
  const config = readConfig();
  const log = createLogger(config.logLevel, config.logPretty);
  if (command === "serve") return serve(config, log);
  const db = await connect(config, log);
  try {
    const done =
      command === "migrate" ? "The database has this build's schema." : await seed(db, config, log);
    process.stdout.write(`${done}\n`);
  } finally {
    await db.close();
  }
}

async function seed(db: Database, config: Config, log: Logger): Promise<string> {
  const keys = await seedDemo(db, createServices(db, log, config.bootstrapKey));
  return keys ? demoKeys(keys) : "There are users already: nothing was changed.";
}

async function serve(config: Config, log: Logger): Promise<void> {
  // The demo comes after the port: its keys are shown once, and a start that fails would show them to nobody.
  const server = await startServer(config, log);
  // From here on a signal waits for the greeting, for the same reason.
  const signal = nextSignal();
  const { db } = server;
  let keys: DemoKeys | null = null;
  try {
    const wantsDemo = config.seedDemo ?? (db.engine === "embedded" && (await isUnused(db)));
    if (wantsDemo) keys = await seedDemo(db, createServices(db, log, config.bootstrapKey));
  } catch (error) {
    await server.close();
    throw error;
  }
  process.stdout.write(greeting(config, server.url, keys));
  log.info({ signal: await signal }, "stopping");
  try {
    await server.close();
    log.info("stopped");
  } catch (error) {
    log.error({ err: error }, "could not stop cleanly");
    process.exitCode = 1;
  }
}

/** The first signal that asks the process to end; a second one ends it at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, resolve);
  });
}

function greeting(config: Config, url: string, keys: DemoKeys | null): string {
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
  if (keys) {
    lines.push(
      demoKeys(keys),
      "",
      "  Try it:",
      "",
      `  curl -H 'X-API-Key: ${keys.AGENT}' '${shown}/api/v1/requests?status=NEW&limit=3'`,
      "",
    );
  }
  return `${lines.join("\n")}\n`;
}

function demoKeys(keys: DemoKeys): string {
  return [
    "  Demo keys, shown this once:",
    "",
    ...Object.entries(keys).map(([role, key]) => `  ${role.padEnd(10)}${key}`),
  ].join("\n");
}

main(process.argv[2] ?? "serve").catch((error: unknown) => {
  const isExpected =
    error instanceof InvalidConfig ||
    error instanceof DataDirectoryInUse ||
    error instanceof SchemaMismatch ||
    error instanceof CannotListen;
  const text = isExpected ? (error as Error).message : startFailure(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});

/** Why it did not start, without what a driver's message might hold. */
function startFailure(error: unknown): string {
  const { kind, code } = describeFailure(error);
  if (code !== undefined) return `The database cannot be used: ${code} (${kind}).`;
  const root = rootCause(error);
  return `ServiceFlow could not start: ${root instanceof Error ? root.stack : kind}`;
}
