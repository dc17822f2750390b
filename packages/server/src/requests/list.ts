import {
  type Caller,
  type ListRequestsInput,
  type Page,
  type ServiceRequest,
  toUuid,
} from "@serviceflow/domain";
import {
  type Condition,
  condition,
  conditionsOf,
  type Filters,
  valuesOf,
  where,
} from "../db/condition.ts";
import type { Database } from "../db/database.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { RecentlyUsed } from "../db/recently-used.ts";
import { requests } from "../db/schema.ts";
import { columns, join, p, type Sql, sql } from "../db/sql.ts";
import { type Statement, statement } from "../db/statement.ts";
import { ACTIVITY, present, REQUEST, REQUEST_PEOPLE, type RequestRow, toState } from "./columns.ts";
import { type Selection, searchRequests } from "./search.ts";
import { activityOf, VISIBLE, type ViewCondition, viewLimit, viewValues } from "./visibility.ts";

const ofCategory = condition("category", sql`${requests.category} = ${p("category", "text")}`);
const ofRequester = condition(
  "requester",
  sql`${requests.requesterId} = ${p("requester", "uuid?")}`,
);
const ofAssignee = condition("assignee", sql`${requests.assigneeId} = ${p("assignee", "uuid?")}`);
const unassigned = condition("unassigned", sql`${requests.assigneeId} is null`);
// Ids are in the order of creation, so a bound on the time is one on the id.
const createdFrom = condition("createdFrom", sql`${requests.id} >= ${p("createdFrom", "uuid")}`);
const createdTo = condition("createdTo", sql`${requests.id} < ${p("createdTo", "uuid")}`);
const updatedFrom = condition(
  "updatedFrom",
  sql`${requests.updatedAt} >= ${p("updatedFrom", "timestamptz")}`,
);
const updatedTo = condition(
  "updatedTo",
  sql`${requests.updatedAt} < ${p("updatedTo", "timestamptz")}`,
);
const ACTIVE = {
  all: {
    from: condition("activeFrom", sql`${ACTIVITY.all} >= ${p("activeFrom", "timestamptz")}`),
    to: condition("activeTo", sql`${ACTIVITY.all} < ${p("activeTo", "timestamptz")}`),
  },
  public: {
    from: condition("publicFrom", sql`${ACTIVITY.public} >= ${p("activeFrom", "timestamptz")}`),
    to: condition("publicTo", sql`${ACTIVITY.public} < ${p("activeTo", "timestamptz")}`),
  },
};
const CURSOR = "after";
const after = condition(CURSOR, sql`${requests.id} < ${p("after", "uuid")}`);

/** Filters that make an index range for each of their values. */
type RangeName = "status" | "priority";
type FilterName = Exclude<keyof ListRequestsInput, "limit" | "cursor" | "q" | RangeName>;

const FILTERS: Filters<ListRequestsInput, FilterName, [Caller]> = {
  category: (category) => ofCategory({ category }),
  requester: (word, caller) => ofRequester({ requester: userUuid(word, caller) }),
  assignee: (word, caller) =>
    word === "none" ? unassigned({}) : ofAssignee({ assignee: userUuid(word, caller) }),
  createdFrom: (time) => createdFrom({ createdFrom: earliestUuid(time) }),
  createdTo: (time) => createdTo({ createdTo: earliestUuid(time) }),
  updatedFrom: (time) => updatedFrom({ updatedFrom: time }),
  updatedTo: (time) => updatedTo({ updatedTo: time }),
  activeFrom: (time, caller) => ACTIVE[activityOf(caller)].from({ activeFrom: time }),
  activeTo: (time, caller) => ACTIVE[activityOf(caller)].to({ activeTo: time }),
};

/** With these, a page can take reading every request. The other filters have an index each. */
const HEAVY_FILTERS = [
  "updatedFrom",
  "updatedTo",
  "activeFrom",
  "activeTo",
] as const satisfies FilterName[];

/** The requests that the caller may see and that match, newest first. */
export async function listRequests(
  db: Database,
  input: ListRequestsInput,
  caller: Caller,
): Promise<Page<ServiceRequest>> {
  const limit = limitOf(input);
  const conditions = conditionsOf(input, FILTERS, caller);
  if (input.q !== undefined) return search(db, { ...input, q: input.q }, conditions, caller);
  const cursor = readUuidCursor(input.cursor);
  if (cursor !== null) conditions.push(after({ after: cursor }));
  const statuses = asList(input.status);
  const priorities = asList(input.priority);
  const view = viewLimit(caller);
  const shape = { conditions, statuses: statuses.length, priorities: priorities.length, view };
  const isHeavy = HEAVY_FILTERS.some((name) => input[name] !== undefined);
  const rows = await (isHeavy ? db.heavy : db).query(compiled(shape), {
    ...valuesOf(conditions),
    ...numbered("status", statuses),
    ...numbered("priority", priorities),
    ...(view === null ? {} : viewValues(caller)),
    limit: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => present(toState(row), caller),
    (row) => uuidCursor(row.uuid),
  );
}

const WHOLE: Selection<RequestRow> = {
  name: "whole",
  rows: (source) =>
    sql`select ${columns(REQUEST)} from (${source}) as ${requests} ${REQUEST_PEOPLE}`,
};

const ofStatuses = condition("statuses", sql`${requests.status} = any(${p("statuses", "text[]")})`);
const ofPriorities = condition(
  "priorities",
  sql`${requests.priority} = any(${p("priorities", "text[]")})`,
);

async function search(
  db: Database,
  input: ListRequestsInput & { q: string },
  conditions: readonly Condition[],
  caller: Caller,
): Promise<Page<ServiceRequest>> {
  const { q, cursor, status, priority } = input;
  const filters = [
    ...conditions,
    ...(status === undefined ? [] : [ofStatuses({ statuses: asList(status) })]),
    ...(priority === undefined ? [] : [ofPriorities({ priorities: asList(priority) })]),
  ];
  const { rows, nextCursor } = await searchRequests(
    db.heavy,
    { q, conditions: filters, caller, cursor, limit: limitOf(input) },
    WHOLE,
  );
  return { items: rows.map((row) => present(toState(row), caller)), nextCursor };
}

function numbered(name: string, values: readonly unknown[]): object {
  return Object.fromEntries(values.map((value, index) => [`${name}${index}`, value]));
}

interface Shape {
  conditions: readonly Condition[];
  statuses: number;
  priorities: number;
  view: ViewCondition | null;
}

type ListStatement = Statement<RequestRow, { limit: number }>;

/** The filters have tens of thousands of combinations. */
const MAX_COMPILED = 200;

export const compiledLists = new RecentlyUsed<ListStatement>(MAX_COMPILED);

function compiled(shape: Shape): ListStatement {
  const name = nameOf(shape);
  return compiledLists.get(name, () =>
    statement(isWorthAPlan(shape) ? name : null, listSql(shape)),
  );
}

function nameOf({ conditions, statuses, priorities, view }: Shape): string {
  const names = conditions.map(({ name }) => name);
  return ["requests", view ?? "all", statuses, priorities, ...names].join("_");
}

/** Every connection keeps the plan of each name for good: only lists with one kind of filter get one. */
function isWorthAPlan({ conditions, statuses, priorities }: Shape): boolean {
  const names = conditions.map(({ name }) => name).filter((name) => name !== CURSOR);
  const kinds = names.length + Math.sign(statuses) + Math.sign(priorities);
  return kinds <= 1;
}

/**
 * One index range for each status, priority and way of being a participant, merged: an OR or IN over them would make
 * PostgreSQL scan the whole table whenever few rows match.
 */
function listSql(shape: Shape): Sql<{ limit: number }, RequestRow> {
  const ranges = [
    shape.view === null ? [] : VISIBLE[shape.view],
    indexes(shape.statuses).map((i) => sql`${requests.status} = ${p(`status${i}`, "text")}`),
    indexes(shape.priorities).map((i) => sql`${requests.priority} = ${p(`priority${i}`, "text")}`),
  ]
    .filter((alternatives) => alternatives.length > 0)
    .reduce<Sql[][]>(
      (combined, alternatives) =>
        combined.flatMap((range) => alternatives.map((alternative) => [...range, alternative])),
      [[]],
    );
  const shared = shape.conditions.map((each) => each.sql);
  const newest = sql`order by ${requests.id} desc limit ${p("limit", "int")}`;
  const selects = ranges.map(
    (range) =>
      sql`(select ${requests}.* from ${requests} ${where([...range, ...shared])} ${newest})`,
  );
  return sql`
    select ${columns(REQUEST)} from (${join(selects, " union all ")}) as ${requests} ${REQUEST_PEOPLE}
    ${newest}`;
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function asList<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...new Set(value)] : [value];
}

function userUuid(word: string, caller: Caller): string | null {
  return toUuid("user", word === "me" ? caller.id : word);
}

/** The lowest UUIDv7 of a millisecond. */
export function earliestUuid(moment: string): string {
  const milliseconds = Math.max(0, Date.parse(moment));
  const time = milliseconds.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
