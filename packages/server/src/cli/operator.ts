import { randomUUID } from "node:crypto";
import { type Caller, SCOPES } from "@serviceflow/domain";
import type { Logger } from "pino";
import { readConfig } from "../config.ts";
import { connect } from "../connect.ts";
import type { BootstrapContext } from "../context.ts";
import type { Database } from "../db/database.ts";
import { createLogger } from "../logger.ts";
import { createServices } from "../server.ts";
import { VERSION } from "../version.ts";

/** Whoever has the server's environment may do everything; the log names nobody for it. */
export const OPERATOR: Caller = {
  id: "operator",
  fullName: "Operator",
  role: "ADMIN",
  kind: "HUMAN",
  scopes: SCOPES,
};

/** A call that the operator makes at the machine. */
export function operatorContext(db: Database, log: Logger): BootstrapContext {
  const headers: Readonly<Record<string, string>> = {
    "user-agent": `serviceflow-cli/${VERSION}`,
  };
  return {
    ...createServices(db, log, null),
    principal: null,
    bootstrapSecret: "",
    transport: "trpc",
    requestId: randomUUID(),
    path: "serviceflow",
    clientAddress: null,
    header: (name) => headers[name] ?? null,
    responseHeaders: {},
  };
}

/** Runs something on the configured database, brought to this build's schema, and closes it. */
export async function withDatabase<Result>(
  run: (db: Database, log: Logger) => Promise<Result>,
): Promise<Result> {
  const config = readConfig();
  const log = createLogger("silent", false);
  const db = await connect(config, log);
  try {
    return await run(db, log);
  } finally {
    await db.close();
  }
}
