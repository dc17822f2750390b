import { Job } from "../background.ts";
import type { Services } from "../context.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const INTERVAL_MS = 10 * 60_000;

const removeExpired = statement(
  null,
  sql`
    delete from ${idempotencyKeys}
    where ${idempotencyKeys.createdAt} < now() - interval '1 day'`,
);

/** Removes idempotency keys after a day. Replicas may do so at the same time. */
export function idempotencyCleaner({ db, log }: Pick<Services, "db" | "log">): Job {
  return new Job({
    log,
    name: "remove expired idempotency keys",
    everyMs: INTERVAL_MS,
    work: () => db.query(removeExpired),
  });
}
