import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { sharedCheck } from "./shared-check.ts";

const ping = statement("health", sql`select 1 as "one"`);
const READY_TIMEOUT_MS = 2_000;
const READY_FRESH_MS = 1_000;

export interface HealthOptions {
  db: Database;
  /** Whether the server is stopping. */
  isDraining(): boolean;
  /** Writes an error as a problem document. */
  problem(error: DomainError, c: Context): Response;
}

/** `/live`: the process answers. `/ready`: the database does too, and the server is not stopping. */
export function healthRoutes({ db, isDraining, problem }: HealthOptions): Hono {
  const app = new Hono();
  // Anybody can call it: however many do, the database is asked once a second.
  const databaseAnswers = sharedCheck(() => db.query(ping), {
    timeoutMs: READY_TIMEOUT_MS,
    freshMs: READY_FRESH_MS,
  });
  app.get("/live", (c) => c.json({ status: "ok" }));
  for (const path of ["/", "/ready"]) {
    app.get(path, async (c) => {
      if (isDraining()) {
        return problem(new DomainError("unavailable", "The server is shutting down."), c);
      }
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
