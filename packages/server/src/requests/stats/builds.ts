import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { Job } from "../../background.ts";
import type { Database } from "../../db/database.ts";
import { NIL_UUID } from "../../db/ids.ts";
import { requestCounts, requests, statsBuilds } from "../../db/schema.ts";
import { columns, literal, p, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { insertFrom } from "../../db/write.ts";
import { DAY_GRAINS } from "./blocks.ts";
import { foldStats } from "./fold.ts";

const INTERVAL_MS = 2_000;
/** What is left to others between two steps, as a part of the time that one takes. */
const REST = 0.25;
const BUSY_MS = 50;

type Databases = Pick<Database, "query" | "transaction" | "maintain">;

/** Adds what writes have changed to the counts that statistics are read from, and counts older requests for them. */
export function statsJob({ db, log }: { db: Databases; log: Logger }): Job {
  return new Job({
    log,
    name: "count requests for the statistics",
    everyMs: INTERVAL_MS,
    atStart: true,
    async work(stop) {
      stop.throwIfAborted();
      const startedAt = performance.now();
      const folded = await foldStats(db);
      if (folded === "busy" || folded.isDone) return false;
      await pause((performance.now() - startedAt) * REST, undefined, { ref: false, signal: stop });
      return true;
    },
  });
}

interface RebuildOptions {
  requestsAtOnce?: number;
  /** @param done of `total` requests are counted, of those that were there at first */
  onProgress?: (done: number, total: number) => void;
}

const begin = statement(
  "stats_build_begin",
  sql`
    with dropped as (delete from ${statsBuilds} where not ${statsBuilds.complete})
    ${insertFrom(statsBuilds, { place: sql`${p("place", "uuid")}`, complete: sql`false` })}`,
);

const totalOf = statement(
  "stats_total",
  sql`select ${columns({ total: value("int", sql`count(*)`) })} from ${requests}`,
);

const counted = statement(
  "stats_counted",
  sql`
    select ${columns({
      requests: value("int", sql`coalesce(sum(${requestCounts.count}), 0)`),
    })} from ${requestCounts}
    where ${requestCounts.build} = (select max(${statsBuilds.build}) from ${statsBuilds})
      and ${requestCounts.grain} = ${literal(String(DAY_GRAINS.at(-1)))}::int and ${requestCounts.kind} = 'STATE'`,
);

/**
 * Counts every request again while others write and read: statistics are read from the counts before until it is done.
 * @returns how many requests were counted
 */
export async function rebuildStats(
  db: Databases,
  { requestsAtOnce, onProgress }: RebuildOptions = {},
): Promise<number> {
  const [all] = onProgress ? await db.query(totalOf) : [];
  const total = all?.total ?? 0;
  await db.query(begin, { place: NIL_UUID });
  let done = 0;
  while (true) {
    const folded = await foldStats(db, requestsAtOnce);
    if (folded === "busy") {
      await pause(BUSY_MS);
      continue;
    }
    if (folded.isDone) break;
    done += folded.counted;
    onProgress?.(Math.min(done, total), total);
  }
  const [row] = await db.query(counted);
  return row?.requests ?? 0;
}
