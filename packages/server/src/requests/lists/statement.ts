import type { RequestInclude } from "@serviceflow/domain";
import { GATE } from "../../access/gate.ts";
import { where } from "../../db/condition.ts";
import { requests } from "../../db/schema.ts";
import { columns, join, list, literal, p, type Sql, sql, unseen, value } from "../../db/sql.ts";
import { LISTED_MARKS, LISTED_PEOPLE, MARK, SUMMARY } from "../columns.ts";
import { includedColumns, includedJoins } from "./included.ts";
import type { ListedRow } from "./listed-row.ts";
import type { Order } from "./order.ts";
import type { Plan } from "./plan.ts";
import { merged } from "./scan.ts";

export interface ListParams {
  limit: number;
  /** UUID of the caller. */
  reader: string | null;
}

const LIMIT = p("limit", "int");
/** The planner takes it for a tenth of a range, however few rows it believes that has, and reads them in the index's order. */
const SOME = unseen(LIMIT);
/** How many requests an index range is read for at most. */
const budgetOf = (prefix: string) => p(`${prefix}budget`, "int");
/** How many requests are sorted rather than walked through in the order of the list. */
const FEW = p("few", "int");

/** What filters and orders look at. */
const EXAMINED = list([
  requests.id,
  requests.status,
  requests.priority,
  requests.category,
  requests.requesterId,
  requests.submitterId,
  requests.assigneeId,
  requests.updatedAt,
  requests.closedAt,
  requests.lastCommentAt,
  requests.lastPublicCommentAt,
]);

const MARKS = {
  isEnd: value("boolean", sql`page.is_end`),
  isMatch: value("boolean", sql`page.is_match`),
};

/** What a page is made of besides its order and filters. */
interface PageForm {
  includes: readonly RequestInclude[];
  isGated: boolean;
  /** Its limit is this or less. */
  maxRows: number;
}

/**
 * One page. How much each index range is read for is part of the statement: PostgreSQL takes a limit that it does not know
 * for a tenth of all rows, and would never keep a plan.
 */
export function pageSql(
  order: Order,
  plan: Plan,
  { includes, isGated, maxRows }: PageForm,
): Sql<ListParams, ListedRow> {
  const gate = isGated ? sql`where ${GATE}` : sql``;
  const fields = { ...SUMMARY, ...MARK, ...includedColumns(includes) };
  const joins = sql`${LISTED_PEOPLE} ${LISTED_MARKS} ${includedJoins(includes)}`;
  const { scans, checks } = plan.walk;
  if (checks.length === 0) {
    const marks = { isEnd: value("boolean", sql`false`), isMatch: value("boolean", sql`true`) };
    const most = literal(String(maxRows));
    const rows = merged(
      scans,
      (scan) =>
        sql`select ${requests}.* from (
          select ${requests}.* from ${scan.from(SOME)} ${where(scan.conditions)} ${scan.order} limit ${SOME}
        ) as ${requests} limit ${most}`,
    );
    return sql`
      select ${columns({ ...fields, ...marks })}
      from (
        select ${requests}.* from (${rows}) as ${requests} ${order.by} limit ${SOME}
      ) as ${requests} ${joins} ${gate} ${order.by}` as Sql<ListParams, ListedRow>;
  }
  return sql`
    select ${columns({ ...fields, ...MARKS })}
    from (${found(order, plan, "")}) as page join ${requests} on ${requests.id} = page.id ${joins}
    ${gate} ${order.by} limit ${LIMIT}` as Sql<ListParams, ListedRow>;
}

/** How many requests a filter holds for, up to the limit, and whether the budget ended before all were read. */
export function countSql(order: Order, plan: Plan, prefix: string): Sql {
  const { scans, checks } = plan.walk;
  const rows =
    checks.length === 0
      ? merged(
          scans,
          (scan) => sql`
            select ${requests.id}, false as is_end, true as is_match
            from ${scan.from(LIMIT)} ${where(scan.conditions)} ${scan.order} limit ${LIMIT}`,
        )
      : found(order, plan, prefix);
  return sql`(
    select json_build_object('count', count(*) filter (where page.is_match),
      'isCut', coalesce(bool_or(page.is_end), false))
    from (select counted.* from (${rows}) as counted limit ${LIMIT}) as page)`;
}

/** The ids of a page, and the marks of `ListedRow`. */
function found(order: Order, { walk, few }: Plan, prefix: string): Sql {
  const budget = budgetOf(prefix);
  const checks = join(walk.checks, " and ");
  const walked = (gate: readonly Sql[]) =>
    merged(
      walk.scans,
      (scan) => sql`
        select ${requests.id}, step = ${budget} as is_end, coalesce(${checks}, false) as is_match
        from (
          select ${requests}.*, row_number() over (${scan.order}) as step
          from (
            select ${EXAMINED} from ${scan.from(budget)} ${where([...gate, ...scan.conditions])} ${scan.order} limit ${budget}
          ) as ${requests}
        ) as ${requests}
        where ${checks} or step = ${budget} ${scan.order} limit ${LIMIT}`,
    );
  if (few === null) return walked([]);
  const read = merged(
    few.scans,
    (scan) =>
      sql`select ${EXAMINED} from ${scan.from(FEW)} ${where(scan.conditions)} ${scan.order} limit ${FEW}`,
  );
  const matching = sql`from few as ${requests} ${where(few.checks)}`;
  const isRead = sql`(select count(*) from few) < ${FEW}`;
  // In the order of the list, a page that is full needs no more.
  const isEnough = few.isInOrder
    ? sql`(${isRead} or (select count(*) ${matching}) >= ${LIMIT})`
    : isRead;
  return sql`
    with few as materialized (
      select ${requests}.* from (${read}) as ${requests} ${few.isInOrder ? order.by : sql``} limit ${FEW}),
    enough as materialized (select ${isEnough} as yes)
    (select ${requests.id}, false as is_end, true as is_match ${matching}
      and (select yes from enough) ${order.by} limit ${LIMIT})
    union all ${walked([sql`not (select yes from enough)`])}`;
}
