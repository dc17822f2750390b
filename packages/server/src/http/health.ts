import { DomainError } from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import { statement } from "../db/statement.ts";
import type { ContextFactory } from "../rest/routes.ts";
import { problemResponse } from "./problem-response.ts";

const ping = statement("health", sql`select 1 as "one"`);
const READY_TIMEOUT_MS = 2_000;

/**
 * Live: the process answers. Ready: the database does too, and the server is not shutting down.
 * @param isDraining whether the server is about to stop
 */
export function healthRoutes(contextOf: ContextFactory, isDraining: () => boolean): Hono {
  const app = new Hono();
  app.get("/live", (c) => c.json({ status: "ok" }));
  for (const path of ["/", "/ready"]) {
    app.get(path, async (c) => {
      const ctx = contextOf(c.req.raw, c.env);
      if (isDraining()) {
        return problemResponse(new DomainError("unavailable", "The server is shutting down."), ctx);
      }
      const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
      const tooLate = new Promise<never>((_, reject) => {
        timeout.addEventListener("abort", () => reject(timeout.reason));
      });
      try {
        await Promise.race([ctx.db.query(ping), tooLate]);
        return c.json({ status: "ok", database: ctx.db.engine });
      } catch (cause) {
        const error = new DomainError("unavailable", "The database does not answer.", { cause });
        return problemResponse(error, ctx);
      }
    });
  }
  return app;
}
