import {
  type Caller,
  type RequestStats,
  type RequestStatsInput,
  seriesPoints,
} from "@serviceflow/domain";
import type { HeavyReads } from "../../db/database.ts";
import { NIL_UUID } from "../../db/ids.ts";
import { columns, sql } from "../../db/sql.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { viewLimit, viewValues } from "../visibility.ts";
import { NOTHING_COUNTED, type StatsRow, toStats } from "./answer.ts";
import {
  FLOWS_FROM_ALL_REQUESTS,
  FLOWS_FROM_COUNTS,
  FLOWS_FROM_OWN_REQUESTS,
  flowValues,
} from "./flows.ts";
import { periodOf } from "./period.ts";
import { FROM_ALL_REQUESTS, FROM_COUNTS, FROM_OWN_REQUESTS, MAX_OWN } from "./sums.ts";

const FLOWS = { ...FROM_COUNTS.columns, ...FLOWS_FROM_COUNTS };
const OWN_FLOWS = { ...FROM_OWN_REQUESTS.columns, ...FLOWS_FROM_OWN_REQUESTS };
const LIVE_FLOWS = { ...FROM_ALL_REQUESTS.columns, ...FLOWS_FROM_ALL_REQUESTS };

type SumValues = ReturnType<typeof viewValues> &
  ReturnType<typeof periodOf> & { most: number | null; first: string };

/** One source of statistics: the statement without a series, and with one. */
interface Source {
  sums: Statement<StatsRow, SumValues>;
  series: Statement<StatsRow, SumValues & ReturnType<typeof flowValues>>;
}

const counted: Source = {
  sums: statement(
    "stats_counted_sums",
    sql`with ${FROM_COUNTS.with} select ${columns(FROM_COUNTS.columns)}`,
  ),
  series: statement("stats_counted_series", sql`with ${FROM_COUNTS.with} select ${columns(FLOWS)}`),
};
// Planned each time: for somebody with few requests among many, a plan for everybody may read those of others.
const own: Source = {
  sums: statement(
    null,
    sql`with ${FROM_OWN_REQUESTS.with} select ${columns(FROM_OWN_REQUESTS.columns)}`,
  ),
  series: statement(null, sql`with ${FROM_OWN_REQUESTS.with} select ${columns(OWN_FLOWS)}`),
};
const live: Source = {
  sums: statement(
    null,
    sql`with ${FROM_ALL_REQUESTS.with} select ${columns(FROM_ALL_REQUESTS.columns)}`,
  ),
  series: statement(null, sql`with ${FROM_ALL_REQUESTS.with} select ${columns(LIVE_FLOWS)}`),
};

/**
 * Counts and waiting times over the requests that the caller may see.
 * @throws DomainError `validation_failed` for a series with too many points
 */
export async function requestStats(
  { heavy }: HeavyReads,
  input: RequestStatsInput,
  caller: Caller,
  now: Date,
): Promise<RequestStats> {
  const { interval } = input;
  const series = interval === undefined ? null : seriesPoints({ ...input, interval }, now);
  const view = viewLimit(caller);
  if (view === "never") return toStats(NOTHING_COUNTED, series);
  const values: SumValues = {
    ...viewValues(caller),
    ...periodOf(input),
    most: view === null ? null : MAX_OWN,
    first: NIL_UUID,
  };
  const ask = async ({ sums, series: flows }: Source) => {
    const [row] =
      series === null
        ? await heavy.query(sums, values)
        : await heavy.query(flows, { ...values, ...flowValues(series) });
    return row ?? NOTHING_COUNTED;
  };
  if (view === "participant") return toStats(await ask(own), series);
  const row = await ask(counted);
  // After an upgrade, until the requests that were there are counted.
  return toStats(row.isBuilt ? row : await ask(live), series);
}
