import { where } from "../../db/condition.ts";
import { requests } from "../../db/schema.ts";
import { type Expression, join, list, type Sql, sql } from "../../db/sql.ts";
import type { IdIndex, Range } from "./dimension.ts";
import type { Bound } from "./times.ts";

/** A scan of one index in order, or one for each row of its sources. */
export interface Scan {
  /** Items of a FROM clause. */
  sources: readonly Sql[];
  /** The first of its requests, up to the limit or more, as an item of a FROM clause named `requests`. */
  from(limit: Expression): Sql;
  conditions: readonly Sql[];
  order: Sql;
}

/** The order that an index has after its first columns. */
interface InOrder {
  columns: readonly Sql[];
  direction: "asc" | "desc";
}

/**
 * The requests of all the ranges, in order. A column is compared with its value by `>=` and `<=`, and sorted by: with
 * `=`, PostgreSQL may believe that the value is common, and walk through the whole table in the order of the id.
 */
export function scanOf(
  ranges: readonly Range[],
  { columns, direction }: InOrder,
  bounds: readonly Bound[],
): Scan {
  const keys = ranges.flatMap(({ column, value }) => (value === null ? [] : [{ column, value }]));
  const keyColumns = keys.map(({ column }) => sql`${column}`);
  const keyValues = keys.map(({ value }) => value);
  const all = keys.length === 0 ? [] : ([">=", "<="] as const);
  const sorted = [...ranges.map(({ column }) => sql`${column}`), ...columns];
  return {
    sources: ranges.flatMap(({ source }) => source ?? []),
    from: () => sql`${requests}`,
    conditions: [
      ...ranges.flatMap(({ column, value }) => (value === null ? sql`${column} is null` : [])),
      ...all.map((operator) => compared(keyColumns, operator, keyValues)),
      ...bounds.map(({ operator, values }) =>
        compared([...keyColumns, ...columns.slice(0, values.length)], operator, [
          ...keyValues,
          ...values,
        ]),
      ),
      ...ranges.flatMap(({ also }) => also ?? []),
    ],
    order: sql`order by ${list(
      sorted.map((each) => (direction === "asc" ? each : sql`${each} desc`)),
    )}`,
  };
}

/** The requests of an index of ids, in their order. */
export function scanOfIds(
  { from, id, holds }: IdIndex,
  direction: InOrder["direction"],
  bounds: readonly Bound[],
): Scan {
  const orderBy = (key: Sql) => sql`order by ${direction === "asc" ? key : sql`${key} desc`}`;
  const conditions = [
    holds,
    ...bounds.map(({ operator, values }) => compared([sql`${id}`], operator, values)),
  ];
  return {
    sources: [],
    from: (limit) => sql`(
      select ${requests}.* from (
        select ${id} from ${from} ${where(conditions)} ${orderBy(sql`${id}`)} limit ${limit}
      ) as indexed (id)
      cross join lateral (
        select ${requests}.* from ${requests}
        where (${requests.id}) >= (indexed.id) and (${requests.id}) <= (indexed.id) limit 1
      ) as ${requests}
    ) as ${requests}`,
    conditions: [],
    order: orderBy(sql`${requests.id}`),
  };
}

const OPERATORS = { "<": sql`<`, "<=": sql`<=`, ">": sql`>`, ">=": sql`>=` };

function compared(
  columns: readonly Sql[],
  operator: Bound["operator"],
  values: readonly Sql[],
): Sql {
  return sql`(${list(columns)}) ${OPERATORS[operator]} (${list(values)})`;
}

/**
 * The rows that `select` takes from each scan. An OR or IN over them would make PostgreSQL read the whole table
 * whenever few rows match.
 */
export function merged(scans: readonly Scan[], select: (scan: Scan) => Sql): Sql {
  const selects = scans.map((scan) => {
    const one = select(scan);
    if (scan.sources.length === 0) return sql`(${one})`;
    return sql`(select found.* from ${join(scan.sources, " cross join ")} cross join lateral (${one}) as found)`;
  });
  return join(selects, " union all ");
}
