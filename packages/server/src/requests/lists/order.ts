import { PRIORITIES, type Priority, type RequestSort } from "@serviceflow/domain";
import { requests } from "../../db/schema.ts";
import { literal, p, type Sql, sql } from "../../db/sql.ts";
import type { DimensionName, Range } from "./dimension.ts";
import { inPriority } from "./dimensions.ts";
import type { ListedRow } from "./listed-row.ts";
import { type Activity, type Bound, inOrder, type TimeField } from "./times.ts";

/** How a list is ordered. Every order ends with the id, so that no two requests are at one place. */
export interface Order {
  /** Of the whole list. */
  by: Sql;
  direction: "asc" | "desc";
  /** What each index range has in order. */
  columns: readonly Sql[];
  /** Whether a request comes after the last one of the page before. */
  after: Sql;
  /** The same about an index range, or the ranges that it is. */
  rangeAfter: Bound | { of: DimensionName; ranges: readonly (Range & { after?: Bound })[] };
  /** The time by which each index range can be bounded as well. */
  time: TimeField;
  /** What its indexes begin with, one for each. */
  indexes: readonly (readonly DimensionName[])[];
  /** The part of a cursor before the id. */
  keyOf(row: ListedRow): string;
  /** Whether a text can be such a part. */
  isKey(key: string): boolean;
  /** The values of `after` besides the id. */
  valuesOf(key: string): object;
}

const AFTER = sql`${p("after", "uuid")}`;

const BY_ID = {
  columns: inOrder("created", "all"),
  time: "created",
  indexes: [
    [],
    ["view"],
    ["requester"],
    ["assignee"],
    ["category"],
    ["status"],
    ["priority"],
    ["status", "priority"],
    ["assignee", "status", "priority"],
  ],
  keyOf: () => "",
  isKey: (key) => key === "",
  valuesOf: () => ({}),
} as const satisfies Partial<Order>;

const AFTER_TIME = sql`${p("afterTime", "timestamptz")}`;

const rank = sql`array_position(${literal(`{${PRIORITIES.join()}}`)}::text[], ${requests.priority})`;
const AFTER_PRIORITY = sql`${p("afterPriority", "text")}`;
const LESS_URGENT = p("lessUrgent", "text[]");

function lessUrgentThan(key: string): readonly string[] {
  return PRIORITIES.slice(0, PRIORITIES.indexOf(key as Priority));
}

const FIRST_TIME = Date.parse("0001-01-01T00:00:00.000Z");
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

/** Whether it is a time as a cursor has it: no request has one that its column or ISO 8601 could not. */
function isTime(key: string): boolean {
  const time = Number(key);
  return String(time) === key && Number.isInteger(time) && time >= FIRST_TIME && time <= LAST_TIME;
}

/** By a time that an index has in order with the id. */
function latestFirst(time: TimeField, activity: Activity, of: (row: ListedRow) => string): Order {
  const columns = inOrder(time, activity);
  const [key] = columns;
  return {
    by: sql`order by ${key} desc, ${requests.id} desc`,
    direction: "desc",
    columns,
    after: sql`(${key}, ${requests.id}) < (${AFTER_TIME}, ${AFTER})`,
    rangeAfter: { operator: "<", values: [AFTER_TIME, AFTER] },
    time,
    indexes: [[]],
    keyOf: (row) => String(Date.parse(of(row))),
    isKey: isTime,
    valuesOf: (key) => ({ afterTime: new Date(Number(key)).toISOString() }),
  };
}

function later(one: string, other: string | null): string {
  return other !== null && other > one ? other : one;
}

const ORDERS: Readonly<Record<Exclude<RequestSort, "activity">, Order>> = {
  newest: {
    ...BY_ID,
    by: sql`order by ${requests.id} desc`,
    direction: "desc",
    after: sql`${requests.id} < ${AFTER}`,
    rangeAfter: { operator: "<", values: [AFTER] },
  },
  oldest: {
    ...BY_ID,
    by: sql`order by ${requests.id}`,
    direction: "asc",
    after: sql`${requests.id} > ${AFTER}`,
    rangeAfter: { operator: ">", values: [AFTER] },
  },
  updated: latestFirst("updated", "all", (row) => row.updatedAt),
  priority: {
    by: sql`order by ${rank} desc, ${requests.id} desc`,
    direction: "desc",
    columns: BY_ID.columns,
    after: sql`
      (${requests.priority} = any(${LESS_URGENT})
        or ${requests.priority} = ${AFTER_PRIORITY} and ${requests.id} < ${AFTER})`,
    rangeAfter: {
      of: "priority",
      ranges: [
        {
          column: requests.priority,
          value: AFTER_PRIORITY,
          after: { operator: "<", values: [AFTER] },
          count: 1,
        },
        inPriority(LESS_URGENT, PRIORITIES.length - 1),
      ],
    },
    time: "created",
    indexes: [["priority"], ["status", "priority"], ["assignee", "status", "priority"]],
    keyOf: (row) => row.priority,
    isKey: (key) => PRIORITIES.some((priority) => priority === key),
    valuesOf: (key) => ({ afterPriority: key, lessUrgent: lessUrgentThan(key) }),
  },
};

const BY_ACTIVITY: Readonly<Record<Activity, Order>> = {
  all: latestFirst("active", "all", (row) => later(row.updatedAt, row.lastCommentAt)),
  public: latestFirst("active", "public", (row) => later(row.updatedAt, row.lastPublicCommentAt)),
};

/** @param activity that the caller sees */
export function orderOf(sort: RequestSort, activity: Activity): Order {
  return sort === "activity" ? BY_ACTIVITY[activity] : ORDERS[sort];
}
