import type { Page } from "@serviceflow/sdk";
import { type InfiniteData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { queryClient } from "./client.ts";

/** As many rows as one call lists at most. */
const PAGE = 100;
/** As many pages are held; those that one scrolls away from are loaded again when one comes back. */
const KEPT = 5;

/** Where a page begins. */
export interface PageStart {
  cursor: string | null;
  /** How many rows come before it. */
  index: number;
  before: PageStart | null;
}

const FIRST: PageStart = { cursor: null, index: 0, before: null };

/** A part of a long list: what one sees, and what is near it. */
export interface LongList<Item> {
  /** Undefined: nothing is loaded yet. */
  rows: readonly Item[] | undefined;
  /** How many come before `rows`. */
  start: number;
  /** How many there are as far as one has scrolled yet. */
  count: number;
  /** Whether there are more than `count`. */
  more: boolean;
  isLoadingMore: boolean;
  error: unknown;
  retry: () => void;
  loadMore: () => void;
  /** Loads what is to be seen, from a row to a row, where it is not held. */
  show: (from: number, to: number) => void;
}

/**
 * A list that is loaded page by page as one scrolls. However far one scrolls, it holds no more than a few pages, and an event
 * loads no more than those again.
 */
export function usePages<Item>({
  queryKey,
  list,
  ...options
}: {
  queryKey: QueryKey;
  list: (
    page: { limit: number; cursor?: string },
    options: { signal: AbortSignal },
  ) => PromiseLike<Page<Item>>;
  enabled?: boolean;
  refetchInterval?: number;
}): LongList<Item> {
  const name = JSON.stringify(queryKey);
  const query = useInfiniteQuery<
    Page<Item>,
    Error,
    InfiniteData<Page<Item>, PageStart>,
    QueryKey,
    PageStart
  >({
    ...options,
    queryKey,
    queryFn: async ({ signal, pageParam: { cursor } }) =>
      list({ limit: PAGE, ...(cursor === null ? {} : { cursor }) }, { signal }),
    initialPageParam: FIRST,
    getNextPageParam: ({ items, nextCursor }, _, at): PageStart | null =>
      nextCursor === null
        ? null
        : { cursor: nextCursor, index: at.index + items.length, before: at },
    getPreviousPageParam: (_, __, { before }) => before,
    maxPages: KEPT,
  });
  const { data, hasNextPage, hasPreviousPage, isFetching } = query;
  const { fetchNextPage, fetchPreviousPage, isFetchNextPageError, isFetchPreviousPageError } =
    query;
  const rows = data?.pages.flatMap(({ items }) => items);
  const first = data?.pageParams[0] ?? FIRST;
  const last = data?.pageParams.at(-1) ?? FIRST;
  const end = first.index + (rows?.length ?? 0);
  // Knows the starts of all pages up to its own.
  const furthest = useRef({ name, at: last, end });
  if (furthest.current.name !== name || end >= furthest.current.end || !hasNextPage) {
    furthest.current = { name, at: last, end };
  }
  const count = Math.max(end, furthest.current.end);
  const isAtEnd = end === count;

  const show = (from: number, to: number) => {
    if (rows === undefined || isFetching || query.isError) return;
    if (to < first.index || (from >= end && !isAtEnd)) {
      let at = furthest.current.at;
      while (at.index > from && at.before !== null) at = at.before;
      queryClient.setQueryData(queryKey, {
        // That there is more is known; where it begins follows.
        pages: [{ items: [], nextCursor: "" }],
        pageParams: [at],
      });
      void query.refetch();
    } else if (from < first.index && hasPreviousPage) void fetchPreviousPage();
    else if (to >= end && hasNextPage) void fetchNextPage();
  };
  const shown = useRef(show);
  shown.current = show;

  return {
    rows,
    start: first.index,
    count,
    more: hasNextPage && isAtEnd,
    isLoadingMore: query.isFetchingNextPage,
    error:
      isFetchNextPageError || isFetchPreviousPageError || (rows?.length ?? 0) === 0
        ? query.error
        : null,
    retry: () => {
      if (isFetchNextPageError) void fetchNextPage();
      else if (isFetchPreviousPageError) void fetchPreviousPage();
      else void query.refetch();
    },
    loadMore: () => void fetchNextPage(),
    show: useCallback((from, to) => shown.current(from, to), []),
  };
}
