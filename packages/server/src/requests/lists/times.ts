import type { RequestFilters } from "@serviceflow/domain";
import { requests } from "../../db/schema.ts";
import { p, type Sql, sql } from "../../db/sql.ts";
import { ACTIVITY } from "../columns.ts";

export type TimeField = "created" | "updated" | "closed" | "active";
/** Whose activity: `all` counts internal comments. */
export type Activity = keyof typeof ACTIVITY;

/** One bound of a range of times. */
export interface TimeBound {
  field: TimeField;
  bound: Bound;
  holds: Sql;
  /** Whether a filter asks for it; otherwise it follows from one, and ends a scan early. */
  isAsked: boolean;
  shape: string;
  values: Readonly<Record<string, unknown>>;
}

/** Where an index range begins or ends: what its columns are compared with, or the first of them. */
export interface Bound {
  operator: "<" | "<=" | ">" | ">=";
  values: readonly Sql[];
}

/** What an index has in order, after the columns of its ranges. */
export function inOrder(field: TimeField, activity: Activity): readonly [Sql, ...Sql[]] {
  const id = sql`${requests.id}`;
  switch (field) {
    case "created":
      return [id];
    case "updated":
      return [sql`${requests.updatedAt}`, id];
    case "closed":
      return [sql`${requests.closedAt}`, id];
    default:
      return [ACTIVITY[activity], id];
  }
}

/** How far two servers' clocks may differ, in milliseconds: one may file a request that the other closes. */
const SKEW = 86_400_000;

/** @param prefix of the names of their values */
export function timesOf(input: RequestFilters, activity: Activity, prefix: string): TimeBound[] {
  const { createdFrom, createdTo, updatedFrom, updatedTo } = input;
  const { activeFrom, activeTo, closedFrom, closedTo } = input;
  const asked: [TimeField, Side, string | undefined][] = [
    ["created", "From", createdFrom],
    ["created", "To", createdTo],
    ["updated", "From", updatedFrom],
    ["updated", "To", updatedTo],
    ["active", "From", activeFrom],
    ["active", "To", activeTo],
    ["closed", "From", closedFrom],
    ["closed", "To", closedTo],
  ];
  // A request is filed before it changes; closing it is a change, and a change is activity.
  const implied: [TimeField, Side, string | undefined][] = [
    ["created", "Before", shifted(earliest([updatedTo, activeTo, closedTo]), SKEW)],
    ["updated", "Since", shifted(latest([createdFrom, closedFrom]), -SKEW)],
    ["active", "Since", shifted(latest([createdFrom, closedFrom, updatedFrom]), -SKEW)],
  ];
  return [...asked, ...implied].flatMap(([field, side, moment]) =>
    moment === undefined ? [] : [bound(field, side, moment, activity, prefix)],
  );
}

type Side = "From" | "To" | "Since" | "Before";

function bound(
  field: TimeField,
  side: Side,
  moment: string,
  activity: Activity,
  prefix: string,
): TimeBound {
  const name = `${prefix}${field}${side}`;
  const isLower = side === "From" || side === "Since";
  const [key] = inOrder(field, activity);
  // Ids are in the order of creation, so a bound on the time is one on the id.
  const value = field === "created" ? p(name, "uuid") : p(name, "timestamptz");
  return {
    field,
    bound: { operator: isLower ? ">=" : "<", values: [sql`${value}`] },
    holds: isLower ? sql`${key} >= ${value}` : sql`${key} < ${value}`,
    isAsked: side === "From" || side === "To",
    shape: field === "active" ? `${activity}Activity${side}` : `${field}${side}`,
    values: { [name]: field === "created" ? earliestUuid(moment) : moment },
  };
}

function earliest(moments: readonly (string | undefined)[]): string | undefined {
  return moments.filter((moment) => moment !== undefined).sort()[0];
}

function latest(moments: readonly (string | undefined)[]): string | undefined {
  return moments
    .filter((moment) => moment !== undefined)
    .sort()
    .at(-1);
}

/** Times beyond the years that PostgreSQL and ISO 8601 agree on stay as they are. */
function shifted(moment: string | undefined, milliseconds: number): string | undefined {
  if (moment === undefined) return undefined;
  const time = Math.min(Math.max(Date.parse(moment) + milliseconds, MIN), MAX);
  return new Date(time).toISOString();
}
const MIN = Date.parse("0001-01-01T00:00:00Z");
const MAX = Date.parse("9999-12-31T23:59:59.999Z");

/** The lowest UUIDv7 of a millisecond. */
export function earliestUuid(moment: string): string {
  const milliseconds = Math.max(0, Date.parse(moment));
  const time = milliseconds.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
