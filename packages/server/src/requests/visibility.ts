import { type Caller, conditionOf, ROLES, seesInternalComments, toUuid } from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { requests } from "../db/schema.ts";
import { type Chunk, join, literal, p, type Sql, sql } from "../db/sql.ts";

/** The conditions under which a role may see a request, where it does not see all of them. */
export type ViewCondition = Exclude<ReturnType<typeof conditionOf<"request.view">>, "always">;

const caller = sql`${p("caller", "uuid?")}`;
/** The same for a service account; null for a person. */
const filer = sql`${p("filer", "uuid?")}`;

interface ViewValues {
  caller: string | null;
  filer: string | null;
}

/** Requests with one value in a column, which an index has in order. */
interface ViewRange<C extends Chunk = AnyColumn> {
  column: C;
  value: Sql;
  /** Leaves out what another range has. */
  also?: Sql;
}

/** The columns that decide who may see a request, of `requests` or an alias of it. */
type Viewed<C extends Chunk = AnyColumn> = Readonly<Record<"requesterId" | "submitterId", C>>;

/**
 * The domain's conditions as index ranges over `requests`, held equal to them by a test. Of the alternatives at most
 * one holds for a request, so that a list can merge them.
 */
export const VIEW_RANGES = rangesOf<AnyColumn>(requests, { caller, filer });

function rangesOf<C extends Chunk>(
  { requesterId, submitterId }: Viewed<C>,
  me: { caller: Sql; filer: Sql },
): Readonly<Record<ViewCondition, readonly ViewRange<C>[]>> {
  return {
    participant: [
      { column: requesterId, value: me.caller },
      { column: submitterId, value: me.filer, also: sql`${requesterId} <> ${submitterId}` },
    ],
    never: [],
  };
}

/** The same as a condition on one request. */
export const VISIBLE = {
  participant: visible(VIEW_RANGES.participant) as Sql<ViewValues>,
  never: visible([]) as Sql<ViewValues>,
} as const satisfies Record<ViewCondition, Sql>;

function visible(ranges: readonly ViewRange<Chunk>[]): Sql {
  const alternatives = ranges.map(({ column, value, also }) =>
    also ? sql`(${column} = ${value} and ${also})` : sql`${column} = ${value}`,
  );
  return sql`(${join([...alternatives, sql`false`], " or ")})`;
}

/** Whether a user may see a request, where a statement reads both. */
export function sees(
  { id, kind, role }: Readonly<Record<"id" | "kind" | "role", AnyColumn>>,
  request: Viewed<Chunk>,
): Sql {
  const me = { caller: sql`${id}`, filer: sql`case when ${kind} = 'BOT' then ${id} end` };
  const ranges = rangesOf<Chunk>(request, me);
  const cases = ROLES.map((each) => {
    const limit = viewLimit({ role: each });
    const holds = limit === null ? sql`true` : visible(ranges[limit]);
    return sql`when ${literal(each)} then ${holds}`;
  });
  return sql`case ${role} ${join(cases, " ")} else false end`;
}

const VISIBLE_IDS: Readonly<Record<ViewCondition, Sql<ViewValues>>> = {
  participant: idsOf(VIEW_RANGES.participant),
  never: idsOf([]),
};

function idsOf(ranges: readonly ViewRange[]): Sql<ViewValues> {
  const ids = sql`select ${requests.id} from ${requests} where`;
  const each = ranges.map(
    ({ column, value, also }) =>
      sql`
      (${ids} ${column} = ${value} ${also ? sql`and ${also}` : sql``} order by ${requests.id} desc)`,
  );
  return sql`${join(each.length === 0 ? [sql`${ids} false`] : each, " union all ")}` as Sql<ViewValues>;
}

/** A SELECT of the ids of the requests that the caller may see, by an index; null when they see every one. */
export function visibleRequests(
  caller: Caller,
): { name: string; ids: Sql<ViewValues>; holds: Sql<ViewValues>; values: ViewValues } | null {
  const view = viewLimit(caller);
  if (view === null) return null;
  const values = viewValues(caller);
  return { name: view, ids: VISIBLE_IDS[view], holds: VISIBLE[view], values };
}

/** The values of `VISIBLE`. */
export function viewValues({ id, kind }: Pick<Caller, "id" | "kind">): ViewValues {
  const uuid = toUuid("user", id);
  return { caller: uuid, filer: kind === "BOT" ? uuid : null };
}

/** What limits the requests that the caller may see; null when they see every one. */
export function viewLimit({ role }: Pick<Caller, "role">): ViewCondition | null {
  const condition = conditionOf("request.view", role);
  return condition === "always" ? null : condition;
}

/** Which activity the caller sees: internal comments are none for those who do not see them. */
export function activityOf(caller: Pick<Caller, "role">): "all" | "public" {
  return seesInternalComments(caller) ? "all" : "public";
}
