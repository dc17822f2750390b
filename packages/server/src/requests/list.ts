import {
  type Caller,
  type ListRequestsInput,
  type Page,
  type ServiceRequest,
  toUuid,
} from "@serviceflow/domain";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { type Statement, statement } from "../db/statement.ts";
import { present, REQUEST_COLUMNS, REQUEST_PEOPLE, type RequestRow, toState } from "./row.ts";
import { VISIBLE, type ViewCondition, viewLimit } from "./visibility.ts";

const p = sql.placeholder;

/**
 * Each condition by name. A list is the conditions that apply, compiled once for each combination. Since ids are
 * ordered by the time of filing, `createdFrom` and `createdTo` are bounds on the id.
 */
const CONDITIONS = {
  category: sql`r.category = ${p("category")}`,
  requester: sql`r.requester_id = ${p("requester")}::uuid`,
  assignee: sql`r.assignee_id = ${p("assignee")}::uuid`,
  unassigned: sql`r.assignee_id is null`,
  createdFrom: sql`r.id >= ${p("createdFrom")}::uuid`,
  createdTo: sql`r.id < ${p("createdTo")}::uuid`,
  updatedFrom: sql`r.updated_at >= ${p("updatedFrom")}::timestamptz`,
  updatedTo: sql`r.updated_at < ${p("updatedTo")}::timestamptz`,
  // Stems, or the words themselves when all are stop words. Not both at once: what one excludes the other would let in.
  q: sql`r.search @@ case when numnode(websearch_to_tsquery('russian', ${p("q")})) > 0
    then websearch_to_tsquery('russian', ${p("q")}) else websearch_to_tsquery('simple', ${p("q")}) end`,
  after: sql`r.id < ${p("after")}::uuid`,
} satisfies Record<string, SQL>;
type ConditionName = keyof typeof CONDITIONS;

/** More combinations than a planner's cache should hold come from the rarer filters: those are planned each time. */
const MOST_FILTERS_NAMED = 3;

/** The requests that the caller may see and that match, newest first. */
export async function listRequests(
  db: Database,
  input: ListRequestsInput,
  caller: Caller,
): Promise<Page<ServiceRequest>> {
  const limit = limitOf(input);
  const after = readUuidCursor(input.cursor);
  const statuses = asList(input.status);
  const priorities = asList(input.priority);
  const values: Record<string, unknown> = { limit: limit + 1 };
  const conditions: ConditionName[] = [];
  const add = (name: ConditionName, value?: unknown) => {
    conditions.push(name);
    if (value !== undefined) values[name] = value;
  };

  if (input.category !== undefined) add("category", input.category);
  if (input.requester !== undefined) add("requester", userUuid(input.requester, caller));
  if (input.assignee === "none") add("unassigned");
  else if (input.assignee !== undefined) add("assignee", userUuid(input.assignee, caller));
  if (input.createdFrom !== undefined) add("createdFrom", earliestUuid(input.createdFrom));
  if (input.createdTo !== undefined) add("createdTo", earliestUuid(input.createdTo));
  if (input.updatedFrom !== undefined) add("updatedFrom", input.updatedFrom);
  if (input.updatedTo !== undefined) add("updatedTo", input.updatedTo);
  if (input.q !== undefined) add("q", input.q);
  if (after !== null) add("after", after);
  statuses.forEach((status, index) => {
    values[`status${index}`] = status;
  });
  priorities.forEach((priority, index) => {
    values[`priority${index}`] = priority;
  });

  const view = viewLimit(caller);
  if (view !== null) values.caller = toUuid("user", caller.id);
  const shape = { conditions, statuses: statuses.length, priorities: priorities.length, view };
  const rows = await db.query<RequestRow>(compiled(shape), values);
  return toPage(
    rows,
    limit,
    (row) => present(toState(row), caller),
    (row) => uuidCursor(row.uuid),
  );
}

interface Shape {
  conditions: ConditionName[];
  statuses: number;
  priorities: number;
  view: ViewCondition | null;
}

const statements = new Map<string, Statement>();

function compiled(shape: Shape): Statement {
  const key = `requests_${shape.view ?? "all"}_${shape.statuses}_${shape.priorities}_${shape.conditions.join("_")}`;
  let found = statements.get(key);
  if (!found) {
    const filters = shape.conditions.length + shape.statuses + shape.priorities;
    // The plan of a search depends on how common its words are, so it is never kept.
    const named = filters <= MOST_FILTERS_NAMED && !shape.conditions.includes("q");
    found = statement(named ? `requests_list_${statements.size}` : null, listSql(shape));
    statements.set(key, found);
  }
  return found;
}

/**
 * One index range for each status, priority and way of being a participant, merged: an OR or IN over them would make
 * PostgreSQL walk the whole table whenever few rows match.
 */
function listSql(shape: Shape): SQL {
  const branches = [
    shape.view === null ? [] : VISIBLE[shape.view],
    Array.from({ length: shape.statuses }, (_, i) => sql`r.status = ${p(`status${i}`)}`),
    Array.from({ length: shape.priorities }, (_, i) => sql`r.priority = ${p(`priority${i}`)}`),
  ]
    .filter((alternatives) => alternatives.length > 0)
    .reduce<SQL[][]>(
      (combined, alternatives) =>
        combined.flatMap((branch) => alternatives.map((alternative) => [...branch, alternative])),
      [[]],
    );
  const shared = shape.conditions.map((name) => CONDITIONS[name]);
  const selects = branches.map((branch) => {
    const all = [...branch, ...shared];
    const where = all.length > 0 ? sql`where ${sql.join(all, sql` and `)}` : sql``;
    return sql`(select r.* from requests r ${where} order by r.id desc limit ${p("limit")}::int)`;
  });
  const picked = selects.length === 1 ? selects[0] : sql`(${sql.join(selects, sql` union all `)})`;
  return sql`
    select ${REQUEST_COLUMNS} from ${picked} as r ${REQUEST_PEOPLE}
    order by r.id desc limit ${p("limit")}::int`;
}

function asList<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? [...new Set(value)] : [value];
}

function userUuid(word: string, caller: Caller): string | null {
  return toUuid("user", word === "me" ? caller.id : word);
}

/** The least UUIDv7 of a millisecond. Moments before 1970 or after the year 10000 bound nothing that exists. */
export function earliestUuid(moment: string): string {
  const milliseconds = Math.max(0, Date.parse(moment));
  const time = milliseconds.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
