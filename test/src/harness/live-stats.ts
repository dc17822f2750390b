import type { Percentiles, Priority, Status } from "@serviceflow/domain";
import { toPublicId } from "@serviceflow/domain";

/** All that statistics look at of a request. */
export interface CountedRow {
  id: string;
  status: Status;
  priority: Priority;
  category: string;
  assignee_id: string | null;
  requester_id: string;
  created_at: string;
  started_at: string | null;
  closed_at: string | null;
}

/** Times as text in ISO 8601: clients differ in what they make of them. */
export const COUNTED_ROWS = `
  select id, status, priority, category, assignee_id, requester_id, to_json(created_at) #>> '{}' as created_at,
    to_json(started_at) #>> '{}' as started_at, to_json(closed_at) #>> '{}' as closed_at
  from requests`;

interface Period {
  createdFrom?: string;
  createdTo?: string;
}

const filedAt = (id: string) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);

function within({ createdFrom, createdTo }: Period) {
  const from = createdFrom === undefined ? Number.NEGATIVE_INFINITY : Date.parse(createdFrom);
  const to = createdTo === undefined ? Number.POSITIVE_INFINITY : Date.parse(createdTo);
  return ({ id }: CountedRow) => filedAt(id) >= from && filedAt(id) < to;
}

/** What statistics must count of requests, one by one. Counts that are 0 are left out. */
export function liveCounts(all: readonly CountedRow[], period: Period = {}) {
  const rows = all.filter(within(period));
  const open = rows.filter(({ status }) => status === "NEW" || status === "IN_PROGRESS");
  return {
    byStatus: tally(rows.map(({ status }) => status)),
    byPriority: tally(rows.map(({ priority }) => priority)),
    byCategory: tally(rows.map(({ category }) => category)),
    byAssignee: tally(rows.map(personOf)),
    openByPriority: tally(open.map(({ priority }) => priority)),
    openByAssignee: tally(open.map(personOf)),
  };
}

const personOf = ({ assignee_id }: CountedRow) =>
  assignee_id === null ? "none" : toPublicId("user", assignee_id);

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

// biome-ignore lint/suspicious/noExplicitAny: the body of an answer
type Body = any;

/** The counts of an answer in the same shape. */
export function answeredCounts({ byStatus, byPriority, byCategory, byAssignee, open }: Body) {
  return {
    byStatus: positive(Object.entries(byStatus)),
    byPriority: positive(Object.entries(byPriority)),
    byCategory: positive(byCategory.map((each: Body) => [each.category, each.count])),
    byAssignee: positive(byAssignee.map(assigned)),
    openByPriority: positive(Object.entries(open.byPriority)),
    openByAssignee: positive(open.byAssignee.map(assigned)),
  };
}

const assigned = ({ assignee, count }: Body) => [assignee?.id ?? "none", count];

function positive(entries: [string, number][]): Record<string, number> {
  return Object.fromEntries(entries.filter(([, count]) => count !== 0));
}

/** As PostgreSQL's percentile_cont has them. */
export function livePercentiles(
  all: readonly CountedRow[],
  until: "started_at" | "closed_at",
  period: Period = {},
): Percentiles {
  const waits = all
    .filter(within(period))
    .flatMap((row) =>
      row[until] === null ? [] : [(Date.parse(row[until]) - Date.parse(row.created_at)) / 1000],
    )
    .sort((a, b) => a - b);
  const at = (share: number) => {
    const rank = share * (waits.length - 1);
    const [below, above] = [waits[Math.floor(rank)], waits[Math.ceil(rank)]];
    if (below === undefined || above === undefined) return null;
    return below + (above - below) * (rank - Math.floor(rank));
  };
  return { p50: at(0.5), p90: at(0.9) };
}

/** How many requests were filed and closed in each point of a series; the last one has no end. */
export function liveSeries(all: readonly CountedRow[], points: readonly { from: string }[]) {
  const starts = points.map(({ from }) => Date.parse(from));
  const series = points.map(() => ({ created: 0, closed: 0 }));
  const count = (moment: number, what: "created" | "closed") => {
    const point = series[starts.findLastIndex((from) => from <= moment)];
    if (point) point[what] += 1;
  };
  for (const { id, closed_at } of all) {
    count(filedAt(id), "created");
    if (closed_at !== null) count(Date.parse(closed_at), "closed");
  }
  return series;
}
