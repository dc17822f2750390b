import type { SeriesPoint } from "@serviceflow/domain";
import { requestDeltas, requestFlows, requests } from "../../db/schema.ts";
import { json, p, type Sql, sql } from "../../db/sql.ts";
import { earliestUuid } from "../lists/times.ts";
import { blocksOf, QUARTER_GRAINS } from "./blocks.ts";
import { quarterFiled, quarterOf } from "./counted.ts";
import { newestOwn } from "./sums.ts";

const QUARTER_MS = 900_000;

const bounds = p("bounds", "int[]");
const pointOf = <At extends Sql>(quarter: At) => sql`width_bucket(${quarter}, ${bounds})`;

/** The number of a point, from 1, and how many requests were created and closed in it. */
type Flow = [point: number, created: number, closed: number];

const flowsOf = <Parts extends Sql>(parts: Parts) => ({
  flows: json<Flow[] | null>(sql`
    (select json_agg(json_build_array(flow.point, flow.created, flow.closed)) from (
      select parts.point, coalesce(sum(parts.created), 0)::int as created, coalesce(sum(parts.closed), 0)::int as closed
      from (${parts}) as parts (point, created, closed)
      where parts.point between 1 and cardinality(${bounds}) - 1 group by 1) as flow)`),
});

const { requestId, wasStatus, status, wasClosedAt, closedAt } = requestDeltas;

/** From the counts, and what is not folded yet. */
export const FLOWS_FROM_COUNTS = flowsOf(sql`
  select blocks.point, block.created, block.closed
    from latest cross join unnest(
      ${p("points", "int[]")}, ${p("flowGrains", "int[]")}, ${p("flowsFrom", "int[]")}, ${p("flowsTo", "int[]")}
    ) as blocks (point, grain, low, high)
    cross join lateral (
      select sum(${requestFlows.created}), sum(${requestFlows.closed}) from ${requestFlows}
      where ${requestFlows.build} = latest.build and ${requestFlows.grain} = blocks.grain
        and ${requestFlows.block} >= blocks.low and ${requestFlows.block} < blocks.high
    ) as block (created, closed)
  union all select ${pointOf(quarterFiled(requestId))}, 1, 0 from ${requestDeltas} where ${wasStatus} is null
  union all select ${pointOf(quarterFiled(requestId))}, -1, 0 from ${requestDeltas} where ${status} is null
  union all select ${pointOf(quarterOf(wasClosedAt))}, 0, -1 from ${requestDeltas} where ${wasClosedAt} is not null
  union all select ${pointOf(quarterOf(closedAt))}, 0, 1 from ${requestDeltas} where ${closedAt} is not null`);

const seriesFrom = p("seriesFrom", "timestamptz");
const seriesTo = p("seriesTo", "timestamptz");
const seriesFromId = p("seriesFromId", "uuid");
const seriesToId = p("seriesToId", "uuid");

const CREATED = sql`${pointOf(quarterFiled(requests.id))}, 1, 0`;
const CLOSED = sql`${pointOf(quarterOf(requests.closedAt))}, 0, 1`;

/** While nothing is counted yet. */
export const FLOWS_FROM_ALL_REQUESTS = flowsOf(sql`
  select ${CREATED} from ${requests} where ${requests.id} >= ${seriesFromId} and ${requests.id} < ${seriesToId}
  union all
  select ${CLOSED} from ${requests} where ${requests.closedAt} >= ${seriesFrom} and ${requests.closedAt} < ${seriesTo}`);

/** For those who see only their own requests: what was filed earlier can be closed in the series as well. */
export const FLOWS_FROM_OWN_REQUESTS = flowsOf(sql`
  select own.point, own.created, own.closed from (${newestOwn(p("first", "uuid"), seriesToId)}) as ${requests}
  cross join lateral (values (${CREATED}), (${CLOSED})) as own (point, created, closed)`);

/** What the three of them take of a series. */
export function flowValues(points: readonly SeriesPoint[]) {
  const first = points[0]?.from ?? 0;
  const last = points.at(-1)?.to ?? first;
  const blocks = points.flatMap(({ from, to }, index) =>
    blocksOf(from / QUARTER_MS, to / QUARTER_MS, QUARTER_GRAINS).map((each) => ({
      ...each,
      point: index + 1,
    })),
  );
  return {
    bounds: [first, ...points.map(({ to }) => to)].map((time) => time / QUARTER_MS),
    points: blocks.map(({ point }) => point),
    flowGrains: blocks.map(({ grain }) => grain),
    flowsFrom: blocks.map(({ from }) => from),
    flowsTo: blocks.map(({ to }) => to),
    seriesFrom: new Date(first),
    seriesTo: new Date(last),
    seriesFromId: earliestUuid(new Date(first).toISOString()),
    seriesToId: earliestUuid(new Date(last).toISOString()),
  };
}
