import { codeExpired, toPublicId } from "@serviceflow/domain";
import { Job } from "../../background.ts";
import type { Services } from "../../context.ts";
import { oneTimeCodes } from "../../db/schema.ts";
import { columns, p, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { auditedBy, entriesValues, systemOrigin } from "../../log/append.ts";

const INTERVAL_MS = 10 * 60_000;
const BATCH_SIZE = 200;

const now = p("now", "timestamptz");

const expired = statement(
  "one_time_codes_expired",
  sql`
    select ${columns({ id: oneTimeCodes.id })} from ${oneTimeCodes}
    where ${oneTimeCodes.expiresAt} <= ${now} order by ${oneTimeCodes.expiresAt} limit ${p("limit", "int")}`,
);

// With its entry only if no other replica was first.
const remove = statement(
  "one_time_code_expire",
  sql`
    with changed as (
      delete from ${oneTimeCodes}
      where ${oneTimeCodes.id} = ${p("id", "uuid")} and ${oneTimeCodes.expiresAt} <= ${now}
      returning ${oneTimeCodes.id}
    ), ${auditedBy(sql`changed`, 1)}
    select ${columns({ count: value("int", sql`count(*)`) })} from changed`,
);

/** Removes codes that nobody redeemed in time, in batches. */
export function codeSweeper({
  db,
  log,
  clock,
  random,
}: Pick<Services, "db" | "log" | "clock" | "random">): Job {
  return new Job({
    log,
    name: "remove expired one-time codes",
    everyMs: INTERVAL_MS,
    async work(stop) {
      const at = clock().toISOString();
      const codes = await db.query(expired, { now: at, limit: BATCH_SIZE });
      for (const { id } of codes) {
        stop.throwIfAborted();
        const entry = codeExpired(toPublicId("code", id));
        const entries = entriesValues(systemOrigin(), [entry], null, at, random);
        await db.query(remove, { id, now: at, ...entries });
      }
      return codes.length === BATCH_SIZE;
    },
  });
}
