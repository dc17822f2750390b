import {
  type Caller,
  type Percentiles,
  type RequestStats,
  type RequestStatsInput,
  STATUSES,
  type Status,
  toPublicId,
} from "@serviceflow/domain";
import { type AnyPgColumn, alias } from "drizzle-orm/pg-core";
import type { HeavyReads } from "../db/database.ts";
import { requests, users } from "../db/schema.ts";
import { columns, json, p, type Sql, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { earliestUuid } from "./lists/times.ts";
import { VISIBLE, type ViewCondition, viewLimit, viewValues } from "./visibility.ts";

const scope = alias(requests, "scope");
const createdFrom = p("createdFrom", "uuid?");
const createdTo = p("createdTo", "uuid?");

const waited = (until: AnyPgColumn) =>
  json<[number, number] | null>(sql`
    (select to_json(percentile_cont(array[0.5, 0.9]) within group (
      order by extract(epoch from ${until} - ${scope.createdAt})::float8))
    from ${scope} where ${until} is not null)`);

const STATS = {
  byStatus: json<Partial<Record<Status, number>> | null>(sql`
    (select json_object_agg(${scope.status}, n) from
      (select ${scope.status}, count(*) as n from ${scope} group by ${scope.status}) as ${scope})`),
  byCategory: json<{ category: string; count: number }[] | null>(sql`
    (select json_agg(json_build_object('category', ${scope.category}, 'count', n)
        order by n desc, ${scope.category}) from
      (select ${scope.category}, count(*) as n from ${scope} group by ${scope.category}) as ${scope})`),
  byAssignee: json<{ id: string | null; fullName: string | null; count: number }[] | null>(sql`
    (select json_agg(json_build_object('id', ${scope.assigneeId}, 'fullName', ${users.fullName}, 'count', n)
        order by n desc, ${scope.assigneeId}) from
      (select ${scope.assigneeId}, count(*) as n from ${scope} group by ${scope.assigneeId}) as ${scope}
      left join ${users} on ${users.id} = ${scope.assigneeId})`),
  timeToStart: waited(scope.startedAt),
  timeToClose: waited(scope.closedAt),
};

const statsOf = <Params>(visible: Sql<Params>) =>
  statement(
    null,
    sql`
      with ${scope} as materialized (
        select ${requests.status}, ${requests.category}, ${requests.assigneeId}, ${requests.createdAt},
          ${requests.startedAt}, ${requests.closedAt}
        from ${requests}
        where ${visible} and (${createdFrom} is null or ${requests.id} >= ${createdFrom})
          and (${createdTo} is null or ${requests.id} < ${createdTo})
      )
      select ${columns(STATS)}`,
  );

const STATEMENTS = {
  all: statsOf(sql`true`),
  participant: statsOf(VISIBLE.participant),
  never: statsOf(sql`false`),
} satisfies Record<ViewCondition | "all", unknown>;

/** Counts and waiting times over the requests that the caller may see. */
export async function requestStats(
  { heavy }: HeavyReads,
  input: RequestStatsInput,
  caller: Caller,
): Promise<RequestStats> {
  const view = viewLimit(caller) ?? "all";
  const [row] = await heavy.query(STATEMENTS[view], {
    ...viewValues(caller),
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
