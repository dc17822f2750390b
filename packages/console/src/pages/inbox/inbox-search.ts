import {
  type ListRequestsInput,
  PRIORITIES,
  type Priority,
  type RequestFilters,
  STATUSES,
  type Status,
} from "@serviceflow/sdk";
import { VIEWS, type View } from "../../app/views.ts";

export const SORTS = ["newest", "oldest", "activity", "priority"] as const;
export type Sort = (typeof SORTS)[number];

/** As many requests as the list loads at once. */
export const PAGE = 50;

/** The address of the inbox is its state: view, filters, words, order and the row one is on. */
export interface InboxSearch {
  view?: View | "all";
  status?: Status[];
  priority?: Priority[];
  category?: string[];
  unread?: true;
  /** Filed within the last so many days. */
  days?: number;
  q?: string;
  sort?: Sort;
  /** The request that the preview shows. */
  row?: string;
}

/** Changes the filters that it names, and no other. */
export type ChangeSearch = (next: Partial<Record<keyof InboxSearch, unknown>>) => void;

/** The filters that a person chose, in the order in which they stand. */
export const CHOSEN = ["status", "priority", "category", "days", "unread"] as const;
export type Chosen = (typeof CHOSEN)[number];

/** A filter with the values that one can choose. */
export interface FilterOptions {
  id: Chosen;
  name: string;
  options: { id: string; label: string }[];
}

/** No filter but the view. */
export const NONE_CHOSEN = Object.fromEntries(
  [...CHOSEN, "q" as const].map((filter) => [filter, undefined]),
) as Record<Chosen | "q", undefined>;

/**
 * How many requests there would be without each of the filters, as `requests.counts` asks: by the name of the filter.
 * Nothing for a search, whose matches are not counted.
 */
export function relaxations(
  search: InboxSearch,
  today = new Date(),
): Record<string, RequestFilters> {
  if (search.q !== undefined) return {};
  const chosen = CHOSEN.filter((filter) => search[filter] !== undefined);
  return Object.fromEntries(
    chosen.map((filter) => {
      const { sort: _, ...filters } = listInput({ ...search, [filter]: undefined }, today);
      return [filter, filters];
    }),
  );
}

/** Reads an address; what it does not understand is left out. */
export function inboxSearch(search: Record<string, unknown>): InboxSearch {
  const view = search.view;
  const days = Number(search.days);
  const sort = SORTS.find((known) => known === search.sort);
  return {
    ...(view === "all" || (typeof view === "string" && Object.hasOwn(VIEWS, view))
      ? { view: view as View }
      : {}),
    ...some("status", known(search.status, STATUSES)),
    ...some("priority", known(search.priority, PRIORITIES)),
    ...some("category", texts(search.category)),
    ...(search.unread === true || search.unread === "true" ? { unread: true } : {}),
    ...(Number.isInteger(days) && days > 0 && days <= 3_650 ? { days } : {}),
    ...(typeof search.q === "string" && search.q.trim() !== "" ? { q: search.q } : {}),
    ...(sort === undefined ? {} : { sort }),
    ...(typeof search.row === "string" ? { row: search.row } : {}),
  };
}

/** The filters of a list call. Times are to the day, so that the same address is the same query. */
export function listInput(search: InboxSearch, today = new Date()): ListRequestsInput {
  const { view = "unassigned", status, priority, category, unread, days, q, sort } = search;
  const from = new Date(today);
  from.setHours(0, 0, 0, 0);
  if (days !== undefined) from.setDate(from.getDate() - days);
  const { status: viewStatus = undefined, ...viewFilters } =
    view === "all" ? {} : (VIEWS[view] as { status?: readonly Status[]; assignee?: string });
  const statuses = status ?? viewStatus;
  return {
    ...viewFilters,
    ...(statuses === undefined ? {} : { status: [...statuses] }),
    ...(priority === undefined ? {} : { priority }),
    ...(category === undefined ? {} : { category }),
    ...(unread === undefined ? {} : { unread }),
    ...(days === undefined ? {} : { createdFrom: from.toISOString() }),
    ...(q === undefined ? {} : { q }),
    ...(sort === undefined || sort === "newest" || q !== undefined ? {} : { sort }),
  };
}

function known<Value extends string>(input: unknown, values: readonly Value[]): Value[] {
  return values.filter((value) => texts(input).includes(value));
}

function texts(input: unknown): string[] {
  const list = Array.isArray(input) ? input : [input];
  return list.filter((value): value is string => typeof value === "string" && value !== "");
}

function some<Name extends string, Value>(name: Name, values: Value[]) {
  return values.length === 0 ? {} : ({ [name]: values } as Record<Name, Value[]>);
}
