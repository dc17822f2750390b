import {
  type Caller,
  type Percentiles,
  type RequestStats,
  type RequestStatsInput,
  STATUSES,
  type Status,
  toPublicId,
  toUuid,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { type Statement, statement } from "../db/statement.ts";
import { earliestUuid } from "./list.ts";
import { VISIBLE, type ViewCondition, viewLimit } from "./visibility.ts";

const p = sql.placeholder;

const waited = (until: "started_at" | "closed_at") => sql`
  (select to_json(percentile_cont(array[0.5, 0.9]) within group (
    order by extract(epoch from ${sql.raw(until)} - created_at)::float8))
  from scope where ${sql.raw(until)} is not null)`;

const statsOf = (visible: SQL) =>
  statement(
    null,
    sql`
  with scope as materialized (
    select status, category, assignee_id, created_at, started_at, closed_at from requests r
    where ${visible}
      and (${p("createdFrom")}::uuid is null or id >= ${p("createdFrom")}::uuid)
      and (${p("createdTo")}::uuid is null or id < ${p("createdTo")}::uuid)
  )
  select
    (select json_object_agg(status, n) from
      (select status, count(*) as n from scope group by status) as s) as "byStatus",
    (select json_agg(json_build_object('category', category, 'count', n) order by n desc, category) from
      (select category, count(*) as n from scope group by category) as c) as "byCategory",
    (select json_agg(json_build_object('id', a.assignee_id, 'fullName', u.full_name, 'count', a.n)
        order by a.n desc, a.assignee_id) from
      (select assignee_id, count(*) as n from scope group by assignee_id) as a
      left join users u on u.id = a.assignee_id) as "byAssignee",
    ${waited("started_at")} as "timeToStart",
    ${waited("closed_at")} as "timeToClose"`,
  );

const STATS = {
  all: statsOf(sql`true`),
  participant: statsOf(sql`(${sql.join([...VISIBLE.participant], sql` or `)})`),
  never: statsOf(sql`false`),
} satisfies Record<ViewCondition | "all", Statement>;

interface StatsRow {
  byStatus: Partial<Record<Status, number>> | null;
  byCategory: { category: string; count: number }[] | null;
  byAssignee: { id: string | null; fullName: string | null; count: number }[] | null;
  timeToStart: [number, number] | null;
  timeToClose: [number, number] | null;
}

/** Counts and waiting times over the requests that the caller may see. */
export async function requestStats(
  db: Database,
  input: RequestStatsInput,
  caller: Caller,
): Promise<RequestStats> {
  const view = viewLimit(caller) ?? "all";
  const [row] = await db.query<StatsRow>(STATS[view], {
    caller: toUuid("user", caller.id),
    createdFrom: input.createdFrom === undefined ? null : earliestUuid(input.createdFrom),
    createdTo: input.createdTo === undefined ? null : earliestUuid(input.createdTo),
  });
  const counts = STATUSES.map((status) => [status, row?.byStatus?.[status] ?? 0]);
  return {
    byStatus: Object.fromEntries(counts) as Record<Status, number>,
    byCategory: row?.byCategory ?? [],
    byAssignee: (row?.byAssignee ?? []).map(({ id, fullName, count }) => ({
      assignee: id === null ? null : { id: toPublicId("user", id), fullName: fullName ?? "" },
      count,
    })),
    timeToStart: toPercentiles(row?.timeToStart ?? null),
    timeToClose: toPercentiles(row?.timeToClose ?? null),
  };
}

function toPercentiles(measured: [number, number] | null): Percentiles {
  return { p50: measured?.[0] ?? null, p90: measured?.[1] ?? null };
}
