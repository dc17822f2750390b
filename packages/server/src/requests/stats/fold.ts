import { alias } from "drizzle-orm/pg-core";
import type { Database, Query } from "../../db/database.ts";
import { LAST_UUID } from "../../db/ids.ts";
import {
  requestCounts,
  requestDeltas,
  requestFlows,
  requests,
  statsBuilds,
} from "../../db/schema.ts";
import { schemaLock } from "../../db/schema-lock.ts";
import { columns, list, literal, name, p, type Sql, sql, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { insertFrom, set } from "../../db/write.ts";
import { DAY_GRAINS, QUARTER_GRAINS } from "./blocks.ts";
import {
  AFTER,
  BEFORE,
  COUNTED_UNDER,
  dayFiled,
  FACTS,
  facts,
  factsIn,
  quarterFiled,
  quarterOf,
} from "./counted.ts";

/** A step folds so many deltas at most, or counts so many requests: less than a second. */
const DELTAS_AT_ONCE = 5_000;
const REQUESTS_AT_ONCE = 5_000;
const OLD_AT_ONCE = 20_000;
/** Of the transactions that fold: one replica at a time. */
const FOLD_LOCK = "7322031458106001";

const tryLock = statement(
  "stats_lock",
  sql`
    select ${columns({ isLocked: value("boolean", sql`pg_try_advisory_xact_lock(${schemaLock(FOLD_LOCK)})`) })}`,
);

const grainsOf = (grains: readonly number[]) =>
  sql`unnest(array[${list(grains.map((grain) => literal(String(grain))))}]::int[]) as each_one (grain)`;

const excludedCount = alias(requestCounts, "excluded");
const excludedFlow = alias(requestFlows, "excluded");
const building = alias(statsBuilds, "building");
const batchSize = p("batch", "int");

const conflict = (columns: readonly Parameters<typeof name>[0][]) =>
  sql`on conflict (${list(columns.map(name))}) do update`;

const COUNTED = sql`
  daily as (
    select facts.build, ${dayFiled(facts.id)} as filed_on, counted.kind, counted.key, sum(facts.times)::int as times
    from ${facts} cross join lateral ${COUNTED_UNDER}
    where counted.key is not null group by 1, 2, 3, 4
  ),
  counts as (${insertFrom(
    requestCounts,
    {
      build: sql`daily.build`,
      grain: sql`each_one.grain`,
      block: sql`daily.filed_on >> each_one.grain`,
      kind: sql`daily.kind`,
      key: sql`daily.key`,
      count: sql`sum(daily.times)`,
    },
    sql`
      daily cross join ${grainsOf(DAY_GRAINS)}
      group by 1, 2, 3, 4, 5 having sum(daily.times) <> 0 order by 1, 2, 3, 4, 5`,
  )}
  ${conflict([requestCounts.build, requestCounts.grain, requestCounts.block, requestCounts.kind, requestCounts.key])}
    set ${set(requestCounts, { count: sql`${requestCounts.count} + ${excludedCount.count}` })}
  )`;

const FLOWED = sql`
  quarterly as (
    select each_one.build, each_one.at, sum(each_one.filed)::int as filed, sum(each_one.done)::int as done
    from (
      select facts.build, ${quarterFiled(facts.id)}, facts.times, 0 from ${facts}
      union all
      select facts.build, ${quarterOf(facts.closedAt)}, 0, facts.times from ${facts}
        where ${facts.closedAt} is not null
    ) as each_one (build, at, filed, done)
    group by 1, 2 having sum(each_one.filed) <> 0 or sum(each_one.done) <> 0
  ),
  flows as (${insertFrom(
    requestFlows,
    {
      build: sql`quarterly.build`,
      grain: sql`each_one.grain`,
      block: sql`quarterly.at >> each_one.grain`,
      created: sql`sum(quarterly.filed)`,
      closed: sql`sum(quarterly.done)`,
    },
    sql`quarterly cross join ${grainsOf(QUARTER_GRAINS)} group by 1, 2, 3 order by 1, 2, 3`,
  )}
  ${conflict([requestFlows.build, requestFlows.grain, requestFlows.block])} set ${set(
    requestFlows,
    {
      created: sql`${requestFlows.created} + ${excludedFlow.created}`,
      closed: sql`${requestFlows.closed} + ${excludedFlow.closed}`,
    },
  )}
  )`;

/** Deltas of requests that a build has not come to are dropped: it will count them as they are, deltas included. */
const ofBuilds = <S extends Sql>(times: string, side: S, when: Sql) => sql`
  select ${statsBuilds.build}, ${literal(times)}::int, ${side}
  from taken as ${requestDeltas}
  join ${statsBuilds} on ${requestDeltas.requestId} <= ${statsBuilds.place} where ${when}`;

const taken = <Rows extends Sql>(rows: Rows) => sql`
  taken as (delete from ${requestDeltas} ${rows} returning ${requestDeltas}.*)`;
const SOME_DELTAS = sql`
  where ctid = any(array(select ctid from ${requestDeltas} limit ${p("limit", "int")}))`;
const OF_DELTAS = sql`
  ${ofBuilds("-1", BEFORE, sql`${requestDeltas.wasStatus} is not null`)}
  union all ${ofBuilds("1", AFTER, sql`${requestDeltas.status} is not null`)}`;

const fold = statement(
  "stats_fold",
  sql`
    with ${taken(SOME_DELTAS)}, ${facts} (build, times, ${FACTS}) as (${OF_DELTAS}), ${COUNTED}, ${FLOWED}
    select ${columns({ taken: value("int", sql`count(*)`) })} from taken`,
);

// One statement, so that one snapshot decides: what it sees of a request it counts, and the delta of what it does not see
// is still there for the next one. So it must take every delta.
const countBatch = statement(
  "stats_count_batch",
  sql`
    with ${taken(sql``)},
    ${building} as (
      select ${statsBuilds}.* from ${statsBuilds} where not ${statsBuilds.complete}
      order by ${statsBuilds.build} desc limit 1
    ),
    batch as materialized (
      select ${building.build} as build, ${requests}.* from ${building} cross join lateral (
        select ${requests}.* from ${requests} where ${requests.id} > ${building.place}
        order by ${requests.id} limit ${batchSize}) as ${requests}
    ),
    ${facts} (build, times, ${FACTS}) as (
      ${OF_DELTAS}
      union all select ${requests}.build, 1, ${list(factsIn(requests))} from batch as ${requests}
    ),
    ${COUNTED},
    ${FLOWED},
    last as (select ${requests.id} from batch as ${requests} order by ${requests.id} desc limit 1),
    progress as (select count(*) < ${batchSize} as is_complete from batch),
    moved as (
      update ${statsBuilds} set ${set(statsBuilds, {
        place: sql`case when progress.is_complete then ${literal(LAST_UUID)}::uuid else (select last.id from last) end`,
        complete: sql`progress.is_complete`,
      })}
      from ${building}, progress where ${statsBuilds.build} = ${building.build}
      returning ${list([statsBuilds.build, statsBuilds.complete])}
    ),
    replaced as (
      delete from ${statsBuilds} using moved as ${building}
      where ${statsBuilds.build} < ${building.build} and ${building.complete}
    )
    select ${columns({ counted: value("int", sql`count(*)`) })} from batch`,
);

const removeOld = statement(
  "stats_remove_old",
  sql`
    with oldest as (select min(${statsBuilds.build}) as build from ${statsBuilds}),
    old_flows as (
      delete from ${requestFlows} where ${requestFlows.build} < (select oldest.build from oldest)
    ),
    old_counts as (
      delete from ${requestCounts} where ctid = any(array(
        select ctid from ${requestCounts} where ${requestCounts.build} < (select oldest.build from oldest)
        limit ${p("limit", "int")}))
      returning 1
    )
    select ${columns({ removed: value("int", sql`select count(*) from old_counts`) })}`,
);

const due = statement(
  "stats_due",
  sql`
    select ${columns({
      deltas: value("boolean", sql`exists (select from ${requestDeltas})`),
      building: value(
        "boolean",
        sql`exists (select from ${statsBuilds} where not ${statsBuilds.complete})`,
      ),
      old: value(
        "boolean",
        sql`exists (select from ${requestCounts}
          where ${requestCounts.build} < (select min(${statsBuilds.build}) from ${statsBuilds}))`,
      ),
    })}`,
);

const vacuum = statement(null, sql`vacuum ${requestDeltas}`);
const MANY_DELTAS = 1_000;

/** What a step did, and whether nothing is left to do; or that another replica is at it. */
export type Folded = { isDone: boolean; folded: number; counted: number } | "busy";

/**
 * Adds deltas to the counts, and counts a batch of requests for a build in progress. One replica does at a time.
 * @param requestsAtOnce how many are counted
 */
export async function foldStats(
  db: Pick<Database, "query" | "transaction" | "maintain">,
  requestsAtOnce: number = REQUESTS_AT_ONCE,
): Promise<Folded> {
  const [found] = await db.query(due);
  if (!found || (!found.deltas && !found.building && !found.old)) {
    return { isDone: true, folded: 0, counted: 0 };
  }
  const done = await db.transaction((query) => step(query, found.building ? requestsAtOnce : 0));
  // Each read of statistics reads what was deleted, and where nothing else reclaims it, the next vacuum is far.
  if (db.maintain !== null && done !== "busy" && done.folded >= MANY_DELTAS) await db.query(vacuum);
  return done;
}

// The lock comes first, in a statement of its own, so that the next one sees what its last holder has committed.
async function step(query: Query, requestsAtOnce: number): Promise<Folded> {
  const [lock] = await query(tryLock);
  if (!lock?.isLocked) return "busy";
  const [found] = await query(fold, { limit: DELTAS_AT_ONCE });
  const folded = found?.taken ?? 0;
  if (folded === DELTAS_AT_ONCE) return { isDone: false, folded, counted: 0 };
  if (requestsAtOnce === 0) {
    const [old] = await query(removeOld, { limit: OLD_AT_ONCE });
    return { isDone: old?.removed !== OLD_AT_ONCE, folded, counted: 0 };
  }
  const [built] = await query(countBatch, { batch: requestsAtOnce });
  return { isDone: false, folded, counted: built?.counted ?? 0 };
}
