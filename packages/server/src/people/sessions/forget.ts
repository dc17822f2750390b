import { ENDED_SESSION_DAYS } from "@serviceflow/domain";
import { type AnyPgColumn, alias } from "drizzle-orm/pg-core";
import { Job } from "../../background.ts";
import type { Services } from "../../context.ts";
import { inBatches } from "../../db/in-batches.ts";
import { apiKeys } from "../../db/schema.ts";
import { columns, literal, p, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";

const INTERVAL_MS = 10 * 60_000;
const BATCH_SIZE = 2_000;

const ended = alias(apiKeys, "ended");

/** Written as the index on it has it. */
const endOf = ({ revokedAt, expiresAt }: Record<"revokedAt" | "expiresAt", AnyPgColumn>) =>
  sql`coalesce(least(${revokedAt}, ${expiresAt}), 'infinity')`;
const END = endOf(apiKeys);

// Begins where the batch before it ended, since the index still holds what was removed. Skips what another replica is
// removing, and what is written at this moment.
const removeEnded = statement(
  "sessions_forget",
  sql`
    with ${ended} as (
      select ${apiKeys.id}, ${apiKeys.revokedAt}, ${apiKeys.expiresAt} from ${apiKeys}
      where ${apiKeys.sessionFrom} is not null and ${END} >= ${p("after", "timestamptz")}
        and ${END} < now() - ${literal(`${ENDED_SESSION_DAYS} days`)}::interval
      order by ${END} limit ${p("limit", "int")}
      for update skip locked
    ), removed as (
      delete from ${apiKeys} using ${ended} where ${apiKeys.id} = ${ended.id}
    )
    select ${columns({
      count: value("int", sql`count(*)`),
      last: value("timestamptz?", sql`max(${endOf(ended)})`),
    })}
    from ${ended}`,
);

/** Removes sessions a month after they have expired or been revoked, in batches; replicas may do so at the same time. */
export function sessionCleaner({ db, log }: Pick<Services, "db" | "log">): Job {
  return new Job({
    log,
    name: "remove sessions that ended long ago",
    everyMs: INTERVAL_MS,
    work: (stop) =>
      inBatches<Date | string>(async (after) => {
        const values = { after: after ?? "-infinity", limit: BATCH_SIZE };
        const [removed] = await db.query(removeEnded, values);
        return removed?.count === BATCH_SIZE ? removed.last : null;
      }, stop),
  });
}
