import { setTimeout as pause } from "node:timers/promises";
import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { Phase } from "./readiness.ts";
import { sharedCheck } from "./shared-check.ts";

const ping = statement("health", sql`select 1 as "one"`);
const CHECK_TIMEOUT_MS = 2_000;
const CHECK_FRESH_MS = 1_000;
/** Probes wait for a second only. */
const READY_WAIT_MS = 500;

export interface HealthOptions {
  db: Database;
  phase(): Phase;
  /** For how long the database may be away before the server is not ready. */
  graceMs: number;
  /** Writes an error as a problem document. */
  problem(error: DomainError, c: Context): Response;
}

const AWAY = "The database does not answer.";
const NOT_READY = {
  starting: "The server is starting.",
  stopping: "The server is shutting down.",
} as const;

/**
 * `/live`: the process answers. `/ready`: the server has started, is not stopping, and its database has not been away for
 * long. `/`: the database answers now.
 */
export function healthRoutes({ db, phase, graceMs, problem }: HealthOptions): Hono {
  const app = new Hono();
  /** Null while it answers. */
  let awaySince: number | null = null;
  // Anybody can call it: however many do, the database is asked once a second.
  const databaseAnswers = sharedCheck(() => db.query(ping), {
    timeoutMs: CHECK_TIMEOUT_MS,
    freshMs: CHECK_FRESH_MS,
  });
  const check = () =>
    databaseAnswers().then(
      () => {
        awaySince = null;
        return null;
      },
      (cause: unknown) => {
        awaySince ??= performance.now();
        return new DomainError("unavailable", AWAY, { cause });
      },
    );
  const whenReady = async (c: Context, failure: () => Promise<DomainError | null>) => {
    const now = phase();
    const error =
      now === "ready" ? await failure() : new DomainError("unavailable", NOT_READY[now]);
    return error ? problem(error, c) : c.json({ status: "ok", database: db.engine });
  };
  const isAwayForLong = () => awaySince !== null && performance.now() - awaySince >= graceMs;
  app.get("/live", (c) => c.json({ status: "ok" }));
  app.get("/", (c) => whenReady(c, check));
  app.get("/ready", (c) =>
    whenReady(c, async () => {
      const failed = await Promise.race([check(), pause(READY_WAIT_MS, null, { ref: false })]);
      return isAwayForLong() ? (failed ?? new DomainError("unavailable", AWAY)) : null;
    }),
  );
  return app;
}
