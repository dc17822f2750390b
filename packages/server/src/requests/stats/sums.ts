import { requestCounts, requestDeltas, requests, statsBuilds, users } from "../../db/schema.ts";
import {
  type Chunk,
  join,
  json,
  list,
  literal,
  name,
  p,
  type Sql,
  sql,
  value,
} from "../../db/sql.ts";
import { VIEW_RANGES } from "../visibility.ts";
import {
  AFTER,
  BEFORE,
  COUNTED_UNDER,
  COUNTED_UNDER_BUT_WAITS,
  FACTS,
  facts,
  factsIn,
} from "./counted.ts";
import type { Buckets } from "./waits.ts";

/** Percentiles of so few requests are read from the requests themselves. */
const FEW = literal("1000");
/** Of those who see only their own requests, so many are counted. */
export const MAX_OWN = 10_000;

const periodFrom = p("periodFrom", "uuid");
const periodTo = p("periodTo", "uuid");
const IN_PERIOD = sql`${requests.id} >= ${periodFrom} and ${requests.id} < ${periodTo}`;
const IN_WHOLE_DAYS = sql`
  ${requestDeltas.requestId} >= ${p("wholeFrom", "uuid")} and ${requestDeltas.requestId} < ${p("wholeTo", "uuid")}`;

/** The counts that statistics are read from. */
const BUILD = sql`
  latest as (
    select max(${statsBuilds.build}) as build from ${statsBuilds} where ${statsBuilds.complete}
  )`;

const under = <Keys extends Sql>(keys: Keys) => sql`
  select counted.kind, counted.key, facts.times from ${facts} cross join lateral ${keys}
  where counted.key is not null`;

const summed = <C extends Sql>(parts: C) => sql`
  summed as materialized (
    select parts.kind, parts.key, sum(parts.times)::int as times
    from (${parts}) as parts (kind, key, times) group by 1, 2 having sum(parts.times) <> 0
  )`;

const WAITS = sql`
  json_build_array(
    percentile_cont(array[0.5, 0.9]) within group (
      order by extract(epoch from ${requests.startedAt} - ${requests.createdAt})::float8),
    percentile_cont(array[0.5, 0.9]) within group (
      order by extract(epoch from ${requests.closedAt} - ${requests.createdAt})::float8))`;

export type Exact = [[number, number] | null, [number, number] | null];

const ofKind = (...kinds: string[]) => sql`summed.kind in (${list(kinds.map(literal))})`;
const IS_HELD = ofKind("OPEN", "CLOSED");

const buckets = (kind: string) =>
  json<Buckets | null>(sql`
    (select json_object_agg(summed.key, summed.times) from summed where ${ofKind(kind)})`);

const SUMS = {
  counts: json<[kind: string, key: string, count: number][] | null>(sql`
    (select json_agg(json_build_array(summed.kind, summed.key, summed.times))
     from summed where ${ofKind("STATE", "CATEGORY")})`),
  assignees: json<[kind: string, id: string, fullName: string | null, count: number][] | null>(sql`
    (select json_agg(json_build_array(summed.kind, summed.key, ${users.fullName}, summed.times))
     from summed left join ${users}
       on ${users.id} = case when ${IS_HELD} then nullif(summed.key, '')::uuid end
     where ${IS_HELD})`),
};

// Without OFFSET, the planner may join all counts to the blocks by a hash.
/** The sums of a period from the counts, what is not folded yet, and the requests of the two days that it cuts. */
export const FROM_COUNTS = {
  with: sql`
    ${BUILD},
    ${facts} (times, ${FACTS}) as (
      select -1, ${BEFORE} from ${requestDeltas}
        where ${requestDeltas.wasStatus} is not null and ${IN_WHOLE_DAYS}
      union all select 1, ${AFTER} from ${requestDeltas}
        where ${requestDeltas.status} is not null and ${IN_WHOLE_DAYS}
      union all select 1, ${list(factsIn(requests))}
        from unnest(${p("cutFrom", "uuid[]")}, ${p("cutTo", "uuid[]")}) as cut (low, high)
        cross join lateral (
          select ${requests}.* from ${requests} where ${requests.id} >= cut.low and ${requests.id} < cut.high
          offset 0
        ) as ${requests}
    ),
    ${summed(sql`
      select ${requestCounts.kind}, ${requestCounts.key}, ${requestCounts.count}
        from latest cross join unnest(
          ${p("grains", "int[]")}, ${p("blocksFrom", "int[]")}, ${p("blocksTo", "int[]")}) as blocks (grain, low, high)
        cross join lateral (
          select ${requestCounts}.* from ${requestCounts}
          where ${requestCounts.build} = latest.build and ${requestCounts.grain} = blocks.grain
            and ${requestCounts.block} >= blocks.low and ${requestCounts.block} < blocks.high
          offset 0
        ) as ${requestCounts}
      union all ${under(COUNTED_UNDER)}`)}`,
  columns: {
    ...SUMS,
    isBuilt: value("boolean", sql`select latest.build is not null from latest`),
    isCut: value("boolean", sql`false`),
    start: buckets("START"),
    close: buckets("CLOSE"),
    exact: json<Exact | null>(sql`
      case when (select coalesce(sum(summed.times), 0) from summed where ${ofKind("STATE")}) <= ${FEW}::int
        then (select ${WAITS} from ${requests} where ${IN_PERIOD}) end`),
  },
};

/** What requests are counted under, but for their waiting times: those alike are counted together. */
const ALIKE = [requests.status, requests.priority, requests.category, requests.assigneeId];

/** The same from the requests of a scope. */
const fromRequests = <Scope extends Sql>(scope: Scope) => ({
  with: sql`
    scope as materialized (${scope}),
    newest as materialized (
      select ${list(factsIn(requests))} from scope as ${requests}
      order by ${requests.id} desc limit ${p("most", "int?")}
    ),
    ${facts} (times, ${list(ALIKE.map(name))}) as (
      select count(*), ${list(ALIKE)} from newest as ${requests} group by ${list(ALIKE)}
    ),
    ${summed(under(COUNTED_UNDER_BUT_WAITS))}`,
  columns: {
    ...SUMS,
    isBuilt: value("boolean", sql`true`),
    isCut: value(
      "boolean",
      sql`select coalesce(count(*) > ${p("most", "int?")}, false) from scope`,
    ),
    start: json<null>(sql`null`),
    close: json<null>(sql`null`),
    exact: json<Exact | null>(sql`(select ${WAITS} from newest as ${requests})`),
  },
});

/** While nothing is counted yet. */
export const FROM_ALL_REQUESTS = fromRequests(
  sql`select ${list(factsIn(requests))} from ${requests} where ${IN_PERIOD}`,
);
/** For those who see only their own requests: the newest of them, from the index of each column that makes them theirs. */
export const FROM_OWN_REQUESTS = fromRequests(newestOwn(periodFrom, periodTo));

export function newestOwn<From extends Chunk, To extends Chunk>(from: From, to: To) {
  const ranges = VIEW_RANGES.participant.map(
    ({ column, value: of, also }) => sql`
      (select ${list(factsIn(requests))} from ${requests}
       where ${column} = ${of} ${also ? sql`and ${also}` : sql``}
         and ${requests.id} >= ${from} and ${requests.id} < ${to}
       order by ${requests.id} desc limit ${p("most", "int?")} + 1)`,
  );
  return sql`${join(ranges, " union all ")}`;
}
