import { where } from "../../db/condition.ts";
import { requests } from "../../db/schema.ts";
import { type Sql, sql } from "../../db/sql.ts";
import type { Dimension } from "./dimension.ts";
import { merged, scanOf } from "./scan.ts";
import { type Activity, inOrder, type TimeBound } from "./times.ts";

/** Selects the ids of requests by an index, each range up to a limit. */
type Ids = (limit: Sql) => Sql;

/** Of those that pass a filter by equality; null: no index has them. */
export function idsPassing({ ranges }: Dimension): Ids | null {
  if (ranges.length === 0) return null;
  const order = { columns: [sql`${requests.id}`], direction: "desc" } as const;
  const scans = ranges.map((range) => scanOf([range], order, []));
  return (limit) => merged(scans, (scan) => idsOf(scan, limit));
}

/** Of those within a bound on a time. */
export function idsWithin({ field, bound }: TimeBound, activity: Activity): Ids {
  const order = { columns: inOrder(field, activity), direction: "desc" } as const;
  return (limit) => idsOf(scanOf([], order, [bound]), limit);
}

function idsOf({ conditions, order }: ReturnType<typeof scanOf>, limit: Sql): Sql {
  return sql`select ${requests.id} as id from ${requests} ${where(conditions)} ${order} limit ${limit}`;
}
