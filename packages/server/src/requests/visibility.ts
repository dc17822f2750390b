import { type Caller, conditionOf, seesInternalComments, toUuid } from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { requests } from "../db/schema.ts";
import { join, p, type Sql, sql } from "../db/sql.ts";

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
interface ViewRange {
  column: AnyColumn;
  value: Sql;
  /** Leaves out what another range has. */
  also?: Sql;
}

/**
 * The domain's conditions as index ranges over `requests`, held equal to them by a test. Of the alternatives at most
 * one holds for a request, so that a list can merge them.
 */
export const VIEW_RANGES: Readonly<Record<ViewCondition, readonly ViewRange[]>> = {
  participant: [
    { column: requests.requesterId, value: caller },
    {
      column: requests.submitterId,
      value: filer,
      also: sql`${requests.requesterId} <> ${requests.submitterId}`,
    },
  ],
  never: [],
};

/** The same as a condition on one request. */
export const VISIBLE: Readonly<Record<ViewCondition, Sql<ViewValues>>> = {
  participant: visible(VIEW_RANGES.participant),
  never: visible([]),
};

function visible(ranges: readonly ViewRange[]): Sql<ViewValues> {
  const alternatives = ranges.map(({ column, value, also }) =>
    also ? sql`(${column} = ${value} and ${also})` : sql`${column} = ${value}`,
  );
  return sql`(${join([...alternatives, sql`false`], " or ")})` as Sql<ViewValues>;
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
