import {
  isOpen,
  type Percentiles,
  PRIORITIES,
  type Priority,
  type RequestStats,
  type SeriesPoint,
  STATUSES,
  type Status,
  toPublicId,
} from "@serviceflow/domain";
import type { Row } from "../../db/sql.ts";
import type { FLOWS_FROM_COUNTS } from "./flows.ts";
import type { Exact, FROM_COUNTS } from "./sums.ts";
import { percentilesOf } from "./waits.ts";

export type StatsRow = Row<typeof FROM_COUNTS.columns> & Partial<Row<typeof FLOWS_FROM_COUNTS>>;

export const NOTHING_COUNTED: StatsRow = {
  counts: null,
  assignees: null,
  isBuilt: true,
  isCut: false,
  start: null,
  close: null,
  exact: [null, null],
};

/** The sums of a statement as they are answered. */
export function toStats(row: StatsRow, points: readonly SeriesPoint[] | null): RequestStats {
  const byStatus = zeros(STATUSES);
  const byPriority = zeros(PRIORITIES);
  const openByPriority = zeros(PRIORITIES);
  const byCategory: RequestStats["byCategory"] = [];
  for (const [kind, key, count] of row.counts ?? []) {
    if (kind === "CATEGORY") byCategory.push({ category: key, count });
    else {
      const [status, priority] = key.split(" ") as [Status, Priority];
      byStatus[status] += count;
      byPriority[priority] += count;
      if (isOpen(status)) openByPriority[priority] += count;
    }
  }
  byCategory.sort((a, b) => b.count - a.count || compare(a.category, b.category));
  const assignees = row.assignees ?? [];
  return {
    byStatus,
    byPriority,
    byCategory,
    byAssignee: byAssignee(assignees),
    open: {
      byPriority: openByPriority,
      byAssignee: byAssignee(assignees.filter(([kind]) => kind === "OPEN")),
    },
    timeToStart: percentiles(row.exact, 0, row.start),
    timeToClose: percentiles(row.exact, 1, row.close),
    series: points && toSeries(points, row.flows ?? []),
    more: row.isCut,
  };
}

function zeros<Key extends string>(keys: readonly Key[]): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The most first, then by id, and last of those with as many what nobody is assigned to. */
function byAssignee(rows: NonNullable<StatsRow["assignees"]>): RequestStats["byAssignee"] {
  const people = new Map<string, { fullName: string | null; count: number }>();
  for (const [, id, fullName, count] of rows) {
    people.set(id, { fullName, count: count + (people.get(id)?.count ?? 0) });
  }
  return [...people]
    .map(([id, rest]) => ({ id, ...rest }))
    .sort(
      (a, b) =>
        b.count - a.count || Number(a.id === "") - Number(b.id === "") || compare(a.id, b.id),
    )
    .map(({ id, fullName, count }) => ({
      assignee: id === "" ? null : { id: toPublicId("user", id), fullName: fullName ?? "" },
      count,
    }));
}

function percentiles(exact: Exact | null, which: 0 | 1, buckets: StatsRow["start"]): Percentiles {
  if (exact === null) return percentilesOf(buckets ?? {});
  const [p50, p90] = exact[which] ?? [null, null];
  return { p50, p90 };
}

function toSeries(
  points: readonly SeriesPoint[],
  flows: NonNullable<StatsRow["flows"]>,
): NonNullable<RequestStats["series"]> {
  const series = points.map(({ date, from }) => ({
    date,
    from: new Date(from).toISOString(),
    created: 0,
    closed: 0,
  }));
  for (const [point, created, closed] of flows)
    Object.assign(series[point - 1] ?? {}, { created, closed });
  return series;
}
