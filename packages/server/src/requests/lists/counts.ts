import type {
  Caller,
  CountRequestsInput,
  RequestCount,
  RequestCounts,
  RequestFilters,
} from "@serviceflow/domain";
import type { Database } from "../../db/database.ts";
import { RecentlyUsed } from "../../db/recently-used.ts";
import { columns, json, sql } from "../../db/sql.ts";
import { type Statement, statement } from "../../db/statement.ts";
import { activityOf, viewLimit } from "../visibility.ts";
import { DEFAULT_SORT } from "./cursor.ts";
import { dimensionsOf } from "./dimensions.ts";
import { orderOf } from "./order.ts";
import { COUNT_LIMITS, planOf } from "./plan.ts";
import { countSql } from "./statement.ts";
import { timesOf } from "./times.ts";

/** Up to so many are counted one by one. */
const MAX_COUNT = 1_000;

/** Of how many requests that the caller may see each filter holds. All are counted in one statement. */
export async function countRequests(
  { heavy }: Pick<Database, "heavy">,
  { filters }: CountRequestsInput,
  caller: Caller,
): Promise<RequestCounts> {
  const named = Object.entries(filters);
  if (named.length === 0) return { counts: {} };
  if (viewLimit(caller) === "never") {
    const none = named.map(([name]) => [name, { count: 0, more: false }]);
    return { counts: Object.fromEntries(none) as RequestCounts["counts"] };
  }
  const parts = named.map(([name, filter], index) =>
    partOf(filter, caller, { prefix: `f${index}_`, pointer: `/filters/${name}` }),
  );
  const key = parts.map(({ shape }) => shape).join(" ");
  const query = compiledCounts.get(key, () => {
    const fields = parts.map(({ sql }, index) => [`f${index}`, json<Counted>(sql())]);
    return statement(null, sql`select ${columns(Object.fromEntries(fields))}`) as CountStatement;
  });
  const values = Object.assign({}, ...parts.map(({ values }) => values), { limit: MAX_COUNT + 1 });
  const [row] = await heavy.query(query, values);
  const counts = named.map(([name], index) => [name, toCount(row?.[`f${index}`])]);
  return { counts: Object.fromEntries(counts) as RequestCounts["counts"] };
}

interface Counted {
  count: number;
  isCut: boolean;
}

type CountStatement = Statement<Record<string, Counted>, object>;

const compiledCounts = new RecentlyUsed<CountStatement>(100);

function partOf(
  filter: RequestFilters,
  caller: Caller,
  { prefix, pointer }: { prefix: string; pointer: string },
) {
  const activity = activityOf(caller);
  const order = orderOf(DEFAULT_SORT, activity);
  const dimensions = dimensionsOf(filter, caller, prefix, pointer);
  const times = timesOf(filter, activity, prefix);
  const plan = planOf(order, { dimensions, times, activity }, false, COUNT_LIMITS);
  const conditions = [...dimensions, ...times];
  return {
    shape: ["count", ...conditions.map(({ shape }) => shape)].join("_"),
    sql: () => countSql(order, plan, prefix),
    values: Object.assign({}, ...conditions.map(({ values }) => values), {
      [`${prefix}budget`]: plan.limits.budget,
      few: plan.limits.few,
    }) as object,
  };
}

function toCount(counted: Counted | undefined): RequestCount {
  const { count = 0, isCut = false } = counted ?? {};
  return { count: Math.min(count, MAX_COUNT), more: isCut || count > MAX_COUNT };
}
