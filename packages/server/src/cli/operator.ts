import { randomBytes, randomUUID } from "node:crypto";
import { type Caller, SCOPES } from "@serviceflow/domain";
import type { Logger } from "pino";
import { type Config, readConfig } from "../config.ts";
import { type ConnectOptions, connect, openMigrated } from "../connect.ts";
import type { CommandContext } from "../context.ts";
import type { Database } from "../db/database.ts";
import { createLogger } from "../logger.ts";
import { VERSION } from "../version.ts";

/** The operator may do everything; the log names no actor for it. */
export const OPERATOR: Caller = {
  id: "operator",
  fullName: "Operator",
  role: "ADMIN",
  kind: "HUMAN",
  scopes: SCOPES,
  keyEndsAt: null,
};

/** A command that the operator gives at the machine. */
export function operatorContext({
  db,
  config,
}: Pick<OpenDatabase, "db" | "config">): CommandContext {
  const headers: Readonly<Record<string, string>> = {
    "user-agent": `serviceflow-cli/${VERSION}`,
  };
  return {
    db,
    clock: () => new Date(),
    random: (size) => randomBytes(size),
    keyBounds: config.keyBounds,
    sessionBounds: config.sessionBounds,
    defaultCategory: config.defaultCategory,
    actor: { kind: "operator", caller: OPERATOR },
    requestId: randomUUID(),
    clientAddress: null,
    header: (name) => headers[name] ?? null,
    responseHeaders: {},
  };
}

/** The configured database. */
export interface OpenDatabase {
  db: Database;
  config: Config;
  log: Logger;
}

/**
 * Runs a command on the configured database, and closes it.
 * @throws NoDatabase, SchemaMismatch, LogNotAdopted when it is not ready for this build: a command must not migrate, since
 * running servers of an older build could not start again
 */
export async function withDatabase<Result>(
  run: (open: OpenDatabase) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  const log = createLogger("silent", false);
  const db = await openMigrated(config, log);
  return closing(db, () => run({ db, config, log }));
}

/** What was done to a database before a command ran on it. */
interface Prepared {
  /** The names of the migrations that were missing. */
  applied: string[];
  /** Whether its log had been restored from another cluster. */
  adopted: boolean;
}

/** Migrates the configured database to this build's schema, runs a command on it, and closes it. */
export async function withMigratedDatabase<Result>(
  options: Pick<ConnectOptions, "grantsAlways">,
  run: (open: OpenDatabase, done: Prepared) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  // A large migration takes minutes.
  const log = process.stderr.isTTY
    ? createLogger("info", true, process.stderr)
    : createLogger("silent", false);
  const { db, ...done } = await connect(config, log, {
    ...options,
    onWait: (why) => process.stderr.write(`Waiting: ${why}\n`),
  });
  return closing(db, () => run({ db, config, log }, done));
}

async function closing<Result>(db: Database, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } finally {
    await db.close();
  }
}
