import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { describeFailure } from "../db/failure.ts";
import { statement } from "../db/statement.ts";

const INTERVAL_MS = 10 * 60_000;

const removeExpired = statement(
  null,
  sql`delete from idempotency_keys where created_at < now() - interval '1 day'`,
);

/** Forgets idempotency keys after a day, every ten minutes. Replicas may do so at the same time. */
export class IdempotencyCleaner {
  readonly #timer: NodeJS.Timeout;

  constructor(db: Database, log: Logger) {
    this.#timer = setInterval(() => {
      db.query(removeExpired).catch((error: unknown) => {
        log.warn(describeFailure(error), "could not remove expired idempotency keys");
      });
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
