import {
  type Caller,
  invalidField,
  type ListRequestsInput,
  type Page,
  type RequestField,
  type RequestInclude,
  type RequestSelection,
  type RequestSort,
  type RequestView,
  type ServiceRequest,
  type ServiceRequestSummary,
  selectedFields,
  toUuid,
} from "@serviceflow/domain";
import type { Gate } from "../../access/gate.ts";
import type { Database } from "../../db/database.ts";
import { limitOf } from "../../db/page.ts";
import { requests } from "../../db/schema.ts";
import { columns, type Sql, sql } from "../../db/sql.ts";
import type { Statement } from "../../db/statement.ts";
import { StatementForms } from "../../db/statement-forms.ts";
import {
  LISTED_MARKS,
  LISTED_PEOPLE,
  MARK,
  present,
  SUMMARY,
  toPersonal,
  toState,
} from "../columns.ts";
import { NONE_FOLLOWED } from "../follow-ups.ts";
import type { Selection } from "../search/limits.ts";
import { searchRequests } from "../search/search.ts";
import { activityOf, viewLimit } from "../visibility.ts";
import { cursorAfter, DEFAULT_SORT, readCursor } from "./cursor.ts";
import { dimensionsOf } from "./dimensions.ts";
import { includedColumns, includedJoins, includesOf } from "./included.ts";
import type { ListedRow } from "./listed-row.ts";
import { type Order, orderOf } from "./order.ts";
import { idsPassing, idsWithin } from "./passing.ts";
import { type Filtered, type Plan, planOf } from "./plan.ts";
import { type ListParams, pageSql } from "./statement.ts";
import { timesOf } from "./times.ts";

/** Who reads a list. */
interface Reader {
  caller: Caller;
  /** Null: the caller has just been judged. */
  gate: Gate | null;
}

/**
 * The requests that the caller may see and that match, in the order asked for.
 * @throws CallerUnproven
 */
export async function listRequests(
  db: Pick<Database, "replicated" | "heavy">,
  input: ListRequestsInput & RequestSelection,
  { caller, gate }: Reader,
): Promise<Page<ServiceRequestSummary>> {
  if (viewLimit(caller) === "never" || input.q !== undefined) gate?.requireProof();
  if (viewLimit(caller) === "never") return { items: [], nextCursor: null };
  const limit = limitOf(input);
  const { sort = DEFAULT_SORT } = input;
  const activity = activityOf(caller);
  const order = orderOf(sort, activity);
  const filtered = {
    dimensions: dimensionsOf(input, caller, "", ""),
    times: timesOf(input, activity, ""),
    activity,
  };
  if (input.q !== undefined) return search(db, { ...input, q: input.q }, filtered, caller);
  const position = readCursor(sort, order, input.cursor);
  const fields = selectedFields(input);
  const shape = {
    ...{ sort, order, filtered, isAfter: position !== null },
    includes: includesOf(fields),
    isGated: gate !== null,
    maxRows: MAX_ROWS.find((most) => limit < most) ?? limit + 1,
  };
  const { statement, limits } = compiled(shape);
  const reader = toUuid("user", caller.id);
  const values = { ...valuesOf(filtered), ...position, ...limits, limit: limit + 1, reader };
  const found = await db.replicated.query(statement, { ...values, ...gate?.values });
  const rows = gate ? gate.passed(found) : found;
  return toPage(rows, limit, {
    toItem: selecting(caller, fields),
    cursorOf: (row) => cursorAfter(sort, order, row),
  });
}

type Listed = Omit<ListedRow, "isEnd" | "isMatch">;

/** Makes a request with the fields that were asked for: its type says what those are when nothing is. */
function selecting(
  caller: Caller,
  fields: ReturnType<typeof selectedFields>,
): (row: Listed) => ServiceRequestSummary {
  let names: RequestField[] | undefined;
  return (row) => {
    const request: ServiceRequest = present(
      toState({ description: "", ...NONE_FOLLOWED, ...row }),
      caller,
      toPersonal({ followUps: [], ...row }),
    );
    if (fields.isDefault) return toSummary(request);
    names ??= (Object.keys(request) as RequestField[]).filter(fields.has);
    const item: Record<string, unknown> = {};
    for (const name of names) item[name] = request[name];
    return item as unknown as ServiceRequestSummary;
  };
}

/** Written out: a copy by names takes as long as all the rest of the item. */
function toSummary(request: ServiceRequest): ServiceRequestSummary {
  const summary: Omit<RequestView, RequestInclude> = {
    id: request.id,
    title: request.title,
    status: request.status,
    priority: request.priority,
    category: request.category,
    requester: request.requester,
    submitter: request.submitter,
    assignee: request.assignee,
    version: request.version,
    createdAt: request.createdAt,
    updatedAt: request.updatedAt,
    startedAt: request.startedAt,
    closedAt: request.closedAt,
    lastActivityAt: request.lastActivityAt,
    unread: request.unread,
    readUpTo: request.readUpTo,
    allowedActions: request.allowedActions,
  };
  return summary as ServiceRequestSummary;
}

/** What a search answers of each request. */
function selection(includes: readonly RequestInclude[]): Omit<Selection<Listed>, "values"> {
  const fields = { ...SUMMARY, ...MARK, ...includedColumns(includes) };
  return {
    name: ["found", ...includes].join("_"),
    rows: (source) =>
      sql`
        select ${columns(fields)} from (${source}) as ${requests}
        ${LISTED_PEOPLE} ${LISTED_MARKS} ${includedJoins(includes)}` as Sql<unknown, Listed>,
  };
}

/** @throws DomainError `validation_failed` for another order than that of the search */
async function search(
  db: Pick<Database, "heavy">,
  input: ListRequestsInput & RequestSelection & { q: string },
  { dimensions, times, activity }: Filtered,
  caller: Caller,
): Promise<Page<ServiceRequestSummary>> {
  const { q, cursor, sort = DEFAULT_SORT } = input;
  if (sort !== DEFAULT_SORT) {
    throw invalidField("/sort", "not_with_q", "What `q` finds is listed newest first.");
  }
  const filters = [
    ...dimensions
      .filter(({ name }) => name !== "view")
      .map((each) => ({ ...each, ids: idsPassing(each) })),
    ...times
      .filter(({ isAsked }) => isAsked)
      .map((each) => ({ ...each, ids: idsWithin(each, activity) })),
  ].map(({ shape, holds, values, ids }) => ({ name: shape, sql: holds, values, ids }));
  const fields = selectedFields(input);
  const { rows, nextCursor } = await searchRequests(
    db.heavy,
    { q, filters, caller, cursor, limit: limitOf(input) },
    {
      ...selection(includesOf(fields)),
      values: { reader: toUuid("user", caller.id) },
    },
  );
  return { items: rows.map(selecting(caller, fields)), nextCursor };
}

/** A page ends early where the budget did, so it can have a next page and yet be short. */
function toPage<Item>(
  rows: readonly ListedRow[],
  limit: number,
  of: { toItem(row: ListedRow): Item; cursorOf(row: ListedRow): string },
): Page<Item> {
  const end = rows.findIndex(({ isEnd }) => isEnd);
  const read = end === -1 ? rows : rows.slice(0, end + 1);
  const matches = read.filter(({ isMatch }) => isMatch);
  const shown = matches.slice(0, limit);
  const last = matches.length > limit ? shown.at(-1) : rows[end];
  return { items: shown.map(of.toItem), nextCursor: last ? of.cursorOf(last) : null };
}

function valuesOf({ dimensions, times }: Filtered): object {
  return Object.assign({}, ...[...dimensions, ...times].map(({ values }) => values));
}

interface Shape {
  sort: RequestSort;
  order: Order;
  filtered: Filtered;
  isAfter: boolean;
  includes: readonly RequestInclude[];
  isGated: boolean;
  maxRows: number;
}

/** One row more than the usual limits. */
const MAX_ROWS = [21, 51, 101, 501];

interface Compiled {
  statement: Statement<ListedRow, ListParams>;
  limits: Plan["limits"];
}

/** The filters have tens of thousands of combinations. */
const MAX_COMPILED = 200;

export const compiledLists = new StatementForms<ListedRow, ListParams>(MAX_COMPILED);

function compiled({ sort, order, filtered, isAfter, includes, isGated, maxRows }: Shape): Compiled {
  const plan = planOf(order, filtered, isAfter);
  const { dimensions, times } = filtered;
  const view = dimensions.find((each) => each.name === "view")?.shape ?? "all";
  const others = [...dimensions.filter((each) => each.name !== "view"), ...times].map(
    (each) => each.shape,
  );
  const marks = [...(isAfter ? ["after"] : []), ...(isGated ? ["gated"] : []), ...includes];
  const orderName = sort === "activity" ? `${filtered.activity}Activity` : sort;
  return {
    statement: compiledLists.get({
      name: ["requests", view, orderName, ...others, ...marks, maxRows].join("_"),
      // With checks, how much is worth reading depends on the values.
      hasOnePlan: plan.walk.checks.length === 0,
      build: () => pageSql(order, plan, { includes, isGated, maxRows }),
    }),
    limits: plan.limits,
  };
}
