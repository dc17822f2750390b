import type { Changes } from "../log/audit-entry.ts";

/** Filters of the feed. All that are set must match, and events that belong to no request match none of them. */
export interface EventFilters {
  /** `me`: only events of requests that you filed, that were filed for you, that you hold or held, or commented on. */
  concerning?: "me" | undefined;
  /** Only events of this request, "SF-1042". */
  request?: string | undefined;
  /** Only events after which their request is in this category, or in any of these, by slug. */
  category?: string | string[] | undefined;
  /** Only events after which their request is assigned to this user, or to any of these: an id, `me` or `none`. */
  assignee?: string | string[] | undefined;
}

/** Where an event left its request. */
export interface RequestPlace {
  category: string;
  /** Public id; null: nobody. */
  assigneeId: string | null;
}

/** What the filters decide by. */
export interface EventTraits extends RequestPlace {
  requestId: string;
  /** Whether the reader filed, holds, held or commented on the request. */
  concernsReader: boolean;
}

/** The filters of one reader, with `me` as their id. */
export interface EventFilter {
  concerning: boolean;
  requestId: string | null;
  /** Null: any. */
  categories: ReadonlySet<string> | null;
  assigneeIds: ReadonlySet<string | null> | null;
}

/** The filter that an input sets, or null when it sets none. */
export function eventFilter(input: EventFilters, readerId: string): EventFilter | null {
  const { concerning, request, category, assignee } = input;
  if ([concerning, request, category, assignee].every((each) => each === undefined)) return null;
  const toId = (word: string) => (word === "none" ? null : word === "me" ? readerId : word);
  return {
    concerning: concerning !== undefined,
    requestId: request?.toUpperCase() ?? null,
    categories: category === undefined ? null : new Set([category].flat()),
    assigneeIds: assignee === undefined ? null : new Set([assignee].flat().map(toId)),
  };
}

/** @param traits of an event; null: it belongs to no request */
export function matchesFilter(filter: EventFilter, traits: EventTraits | null): boolean {
  if (traits === null) return false;
  return (
    (!filter.concerning || traits.concernsReader) &&
    (filter.requestId === null || filter.requestId === traits.requestId) &&
    (filter.categories?.has(traits.category) ?? true) &&
    (filter.assigneeIds?.has(traits.assigneeId) ?? true)
  );
}

/** Where an event leaves its request. */
export function placeAfter(before: RequestPlace, { category, assigneeId }: Changes): RequestPlace {
  return {
    category: category ? (category.to as string) : before.category,
    assigneeId: assigneeId ? (assigneeId.to as string | null) : before.assigneeId,
  };
}
