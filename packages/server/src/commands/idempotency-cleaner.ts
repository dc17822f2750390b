import { alias } from "drizzle-orm/pg-core";
import { Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { Database } from "../db/database.ts";
import { inBatches } from "../db/in-batches.ts";
import { idempotencyKeys } from "../db/schema.ts";
import { columns, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";

const INTERVAL_MS = 10 * 60_000;
const BATCH_SIZE = 2_000;

const expired = alias(idempotencyKeys, "expired");

// Begins where the batch before it ended, since the index still holds what was removed. Skips what another replica is
// removing.
const removeExpired = statement(
  "idempotency_keys_remove",
  sql`
    with ${expired} as (
      select ${idempotencyKeys.userId}, ${idempotencyKeys.key}, ${idempotencyKeys.createdAt} from ${idempotencyKeys}
      where ${idempotencyKeys.createdAt} >= ${p("after", "timestamptz")}
        and ${idempotencyKeys.createdAt} < now() - interval '1 day'
      order by ${idempotencyKeys.createdAt} limit ${p("limit", "int")}
      for update skip locked
    ), removed as (
      delete from ${idempotencyKeys} using ${expired}
      where ${idempotencyKeys.userId} = ${expired.userId} and ${idempotencyKeys.key} = ${expired.key}
    )
    select ${columns({
      count: value("int", sql`count(*)`),
      last: value("timestamptz?", sql`max(${expired.createdAt})`),
    })}
    from ${expired}`,
);

/** Removes idempotency keys after a day, in batches. @throws the reason of `stop`, between two of them */
function removeExpiredKeys(db: Database, stop: AbortSignal): Promise<void> {
  return inBatches<Date | string>(async (after) => {
    const [removed] = await db.query(removeExpired, {
      after: after ?? "-infinity",
      limit: BATCH_SIZE,
    });
    return removed?.count === BATCH_SIZE ? removed.last : null;
  }, stop);
}

/** Replicas may remove idempotency keys at the same time. */
export function idempotencyCleaner({ db, log }: Pick<Services, "db" | "log">): Job {
  return new Job({
    log,
    name: "remove expired idempotency keys",
    everyMs: INTERVAL_MS,
    work: (stop) => removeExpiredKeys(db, stop),
  });
}
