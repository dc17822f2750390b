import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { sharedCheck } from "./shared-check.ts";

const ping = statement("health", sql`select 1 as "one"`);
const READY_TIMEOUT_MS = 2_000;
const READY_FRESH_MS = 1_000;

/** Where a server is between its start and its end. */
export type Phase = "starting" | "ready" | "stopping";

export interface HealthOptions {
  db: Database;
  phase(): Phase;
  /** Writes an error as a problem document. */
  problem(error: DomainError, c: Context): Response;
}

const NOT_READY = {
  starting: "The server is starting.",
  stopping: "The server is shutting down.",
} as const;

/** `/live`: the process answers. `/ready`: the server has started, is not stopping, and its database answers. */
export function healthRoutes({ db, phase, problem }: HealthOptions): Hono {
  const app = new Hono();
  // Anybody can call it: however many do, the database is asked once a second.
  const databaseAnswers = sharedCheck(() => db.query(ping), {
    timeoutMs: READY_TIMEOUT_MS,
    freshMs: READY_FRESH_MS,
  });
  app.get("/live", (c) => c.json({ status: "ok" }));
  for (const path of ["/", "/ready"]) {
    app.get(path, async (c) => {
      const now = phase();
      if (now !== "ready") return problem(new DomainError("unavailable", NOT_READY[now]), c);
      try {
        await databaseAnswers();
        return c.json({ status: "ok", database: db.engine });
      } catch (cause) {
        return problem(
          new DomainError("unavailable", "The database does not answer.", { cause }),
          c,
        );
      }
    });
  }
  return app;
}
