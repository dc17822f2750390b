import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const ping = statement("health", sql`select 1 as "one"`);
const READY_TIMEOUT_MS = 2_000;

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
  app.get("/live", (c) => c.json({ status: "ok" }));
  for (const path of ["/", "/ready"]) {
    app.get(path, async (c) => {
      if (isDraining()) {
        return problem(new DomainError("unavailable", "The server is shutting down."), c);
      }
      const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
      const tooLate = new Promise<never>((_, reject) => {
        timeout.addEventListener("abort", () => reject(timeout.reason));
      });
      try {
        await Promise.race([db.query(ping), tooLate]);
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
