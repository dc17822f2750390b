import type { EventFilters, ServiceFlowEvent } from "@serviceflow/domain";

/** What a listener asks for. */
export interface FeedFilter extends EventFilters {
  type?: string | string[] | undefined;
}

/** A filter as a listener applies it. */
export interface LocalFilter {
  matches(event: ServiceFlowEvent): boolean;
  /**
   * Identifies what only the server can decide: which category and assignee a request had after an event, and
   * whether it concerns the reader. Empty without such filters.
   */
  remote: string;
}

export function localFilter({ type, request, ...others }: FeedFilter): LocalFilter {
  const types = typesOf(type);
  const requestId = request?.toUpperCase();
  return {
    matches: (event) =>
      (!types || types.includes(event.type)) &&
      (requestId === undefined || event.serviceRequestId === requestId),
    remote: remoteOf(others),
  };
}

function typesOf(type: FeedFilter["type"]): string[] | undefined {
  return type === undefined ? undefined : [type].flat();
}

function remoteOf({ concerning, category, assignee }: EventFilters): string {
  const given = { concerning, category, assignee };
  const text = JSON.stringify(given);
  return text === "{}" ? "" : text;
}

/** The narrowest filter that one stream can have to serve all of these. */
export function commonFilter(filters: readonly FeedFilter[]): FeedFilter {
  const [{ type: _, ...first } = {}] = filters;
  const isCommon = filters.every(({ type: _, ...others }) => same(others, first));
  const types = new Set<string>();
  for (const { type } of filters) {
    const some = typesOf(type);
    if (!some) return isCommon ? first : {};
    for (const one of some) types.add(one);
  }
  return { ...(isCommon && first), type: [...types] };
}

export function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
