import {
  type Caller,
  invalidField,
  PRIORITIES,
  type RequestFilters,
  STATUSES,
  toUuid,
  worksRequests,
} from "@serviceflow/domain";
import { requests } from "../../db/schema.ts";
import {
  type Expression,
  identifier,
  join,
  literal,
  p,
  type Sql,
  sql,
  unseen,
} from "../../db/sql.ts";
import { VIEW_RANGES, VISIBLE, viewLimit, viewValues } from "../visibility.ts";
import type { Dimension, DimensionName, Range } from "./dimension.ts";
import { participationOf } from "./participation.ts";
import { HAS_UNAVAILABLE_ASSIGNEE, UNAVAILABLE_ASSIGNEES } from "./unavailable.ts";

/** The values of an array as a source. PostgreSQL takes them for ten, and does not see how few there are. */
function each(values: Expression, name: string): Sql {
  return sql`unnest(${unseen(values)}) as ${identifier(name)} (value)`;
}

function inStatus(values: Expression, count: number): Range {
  const source = each(values, "in_status");
  return { column: requests.status, value: sql`in_status.value`, source, count };
}

export function inPriority(values: Expression, count: number): Range {
  const source = each(values, "in_priority");
  return { column: requests.priority, value: sql`in_priority.value`, source, count };
}

function arrayOf(values: readonly string[]): Expression {
  return sql`${literal(`{${values.join()}}`)}::text[]` as unknown as Expression;
}

/** Where a filter says nothing: few values, so that an index that begins with them serves as well. */
export const UNFILTERED: Readonly<Partial<Record<DimensionName, readonly Range[]>>> = {
  status: [inStatus(arrayOf(STATUSES), STATUSES.length)],
  priority: [inPriority(arrayOf(PRIORITIES), PRIORITIES.length)],
};

/**
 * The filters by equality, and what the caller may see.
 * @param prefix of the names of their values
 * @param pointer to the filters in the input
 * @throws DomainError `validation_failed` for `assignee=unavailable` of those who are not told who has left
 */
export function dimensionsOf(
  input: RequestFilters,
  caller: Caller,
  prefix: string,
  pointer: string,
): Dimension[] {
  const { requester, status, priority, category, assignee } = input;
  const dimensions: Dimension[] = [...ofView(caller), ...participationOf(input, caller)];
  if (requester !== undefined) dimensions.push(ofRequester(userUuid(requester, caller), prefix));
  if (assignee !== undefined) {
    const words = asList(assignee);
    if (words.includes("unavailable") && !worksRequests(caller.role)) {
      throw invalidField(
        `${pointer}/assignee`,
        "not_allowed",
        "Only those who work on requests may ask for `unavailable`.",
      );
    }
    dimensions.push(ofAssignee(words, caller, prefix));
  }
  if (category !== undefined) dimensions.push(ofCategory(asList(category), prefix));
  if (status !== undefined) dimensions.push(ofStatus(asList(status), prefix));
  if (priority !== undefined) dimensions.push(ofPriority(asList(priority), prefix));
  return dimensions;
}

function ofView(caller: Caller): Dimension[] {
  const view = viewLimit(caller);
  if (view === null) return [];
  return [
    {
      name: "view",
      ranges: VIEW_RANGES[view].map((range) => ({ ...range, count: 1 })),
      holds: VISIBLE[view],
      shape: view,
      values: { ...viewValues(caller) },
    },
  ];
}

function ofRequester(uuid: string | null, prefix: string): Dimension {
  const name = `${prefix}requester`;
  const column = requests.requesterId;
  const value = p(name, "uuid?");
  return {
    name: "requester",
    ranges: [{ column, value: sql`${value}`, count: 1 }],
    holds: sql`${column} = ${value}`,
    shape: "requester",
    values: { [name]: uuid },
  };
}

function ofCategory(slugs: readonly string[], prefix: string): Dimension {
  const name = `${prefix}categories`;
  const column = requests.category;
  const values = p(name, "text[]");
  const source = each(values, "in_category");
  return {
    name: "category",
    ranges: [{ column, value: sql`in_category.value`, source, count: slugs.length }],
    holds: sql`${column} = any(${values})`,
    shape: "category",
    values: { [name]: slugs },
  };
}

function ofStatus(statuses: readonly string[], prefix: string): Dimension {
  const name = `${prefix}statuses`;
  const values = p(name, "text[]");
  return {
    name: "status",
    ranges: [inStatus(values, statuses.length)],
    holds: sql`${requests.status} = any(${values})`,
    shape: "status",
    values: { [name]: statuses },
  };
}

function ofPriority(priorities: readonly string[], prefix: string): Dimension {
  const name = `${prefix}priorities`;
  const values = p(name, "text[]");
  return {
    name: "priority",
    ranges: [inPriority(values, priorities.length)],
    holds: sql`${requests.priority} = any(${values})`,
    shape: "priority",
    values: { [name]: priorities },
  };
}

/** How many people have left whose requests are found: nobody knows, and most services have lost a few. */
const LEAVERS = 20;

function ofAssignee(words: readonly string[], caller: Caller, prefix: string): Dimension {
  const name = `${prefix}assignees`;
  const column = requests.assigneeId;
  const ids = p(name, "uuid[]");
  const people = words.filter((word) => word !== "none" && word !== "unavailable");
  const uuids = new Set(people.map((word) => userUuid(word, caller)));
  const alternatives: { shape: string; range: Range; holds: Sql }[] = [];
  if (uuids.size > 0) {
    const source = each(ids, "in_assignee");
    const range = { column, value: sql`in_assignee.value`, source, count: uuids.size };
    alternatives.push({ shape: "ids", range, holds: sql`${column} = any(${ids})` });
  }
  if (words.includes("none")) {
    const range = { column, value: null, count: 1 };
    alternatives.push({ shape: "none", range, holds: sql`${column} is null` });
  }
  if (words.includes("unavailable")) {
    const value = sql`in_unavailable.value`;
    const source = UNAVAILABLE_ASSIGNEES;
    const range = { column, value, source, count: LEAVERS };
    const others = uuids.size > 0 ? { also: sql`${value} <> all(${ids})` } : {};
    alternatives.push({
      shape: "unavailable",
      range: { ...range, ...others },
      holds: HAS_UNAVAILABLE_ASSIGNEE,
    });
  }
  return {
    name: "assignee",
    ranges: alternatives.map(({ range }) => range),
    holds: sql`(${join(
      alternatives.map(({ holds }) => holds),
      " or ",
    )})`,
    shape: ["assignee", ...alternatives.map(({ shape }) => shape)].join("_"),
    values: uuids.size > 0 ? { [name]: [...uuids] } : {},
  };
}

function asList(value: string | string[]): string[] {
  return Array.isArray(value) ? [...new Set(value)] : [value];
}

function userUuid(word: string, caller: Caller): string | null {
  return toUuid("user", word === "me" ? caller.id : word);
}
