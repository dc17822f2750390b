import type { ListRequestsInput, ServiceRequestSummary } from "@serviceflow/sdk";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { queries, queryClient, sf } from "../../app/client.ts";
import { PAGE } from "./inbox-search.ts";
import { countWaiting, latestOf, merge } from "./shown-rows.ts";

type Row = ServiceRequestSummary;

/** Where one is in a list: what is shown, and at which cursor its second page begins. */
interface Place {
  /** Of which list. */
  of: string;
  rows: readonly Row[];
  start: string | null;
}

/** As many of the requests with the latest activity as one call lists. */
const LATEST = 100;
const NOTHING: readonly Row[] = [];

/** The key of what the page remembers of a list. It goes with the cache when somebody signs out. */
export function placeKey(place: string, what: "rows" | "offset"): readonly unknown[] {
  return ["inbox", what, place];
}

/**
 * The rows of the inbox, of which each change by others costs two calls, however many pages are loaded: the first page shows
 * what is new, and the requests with the latest activity show what has become of all others.
 * @param place of which entry of the history, so that going back finds the rows as they were left.
 * @param here the request that the preview shows, which knows first that it was read.
 */
export function useInboxRows(input: ListRequestsInput, place: string, here: string | undefined) {
  const first = useQuery(queries.requests.list({ ...input, limit: PAGE }));
  const latest = useQuery({
    ...queries.requests.list({ sort: "activity", limit: LATEST }),
    // Before, the first page is as new.
    enabled: first.data !== undefined && first.isFetchedAfterMount,
  });
  const current = useQuery({ ...queries.requests.get(here ?? ""), enabled: false });
  const [state, setState] = useState<Place | undefined>();
  const before =
    state?.of === place ? state : queryClient.getQueryData<Place>(placeKey(place, "rows"));
  const start = before?.start ?? first.data?.nextCursor ?? null;
  const [deepPlace, setDeepPlace] = useState<string | undefined>();
  const deeperKey = ["inbox", "deeper", input, start];
  const wanted =
    start !== null &&
    (deepPlace === place || queryClient.getQueryData<unknown>(deeperKey) !== undefined);
  const deeper = useInfiniteQuery({
    queryKey: deeperKey,
    queryFn: async ({ pageParam, signal }) =>
      sf.requests.list({ ...input, limit: PAGE, cursor: pageParam as string }, { signal }),
    initialPageParam: start,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
  });

  let rows = before?.rows ?? NOTHING;
  if (first.data !== undefined) {
    const deep = deeper.data?.pages.flatMap(({ items }) => items) ?? NOTHING;
    const known = latestOf<Row>([
      { items: deep, at: 0 },
      { items: first.data.items, at: first.dataUpdatedAt },
      { items: latest.data?.items ?? NOTHING, at: latest.dataUpdatedAt },
      { items: current.data === undefined ? NOTHING : [current.data], at: current.dataUpdatedAt },
    ]);
    rows = merge(rows, [...first.data.items, ...deep], known);
    if (state?.of !== place || rows !== state.rows) {
      const next = { of: place, rows, start };
      queryClient.setQueryData(placeKey(place, "rows"), next);
      setState(next);
    }
  }

  const showWaiting = useCallback(() => {
    if (first.data === undefined) return;
    const { items, nextCursor } = first.data;
    const next = { of: place, rows: items, start: nextCursor };
    queryClient.setQueryData(placeKey(place, "rows"), next);
    queryClient.removeQueries({ queryKey: placeKey(place, "offset") });
    setDeepPlace(undefined);
    setState(next);
  }, [first.data, place]);

  const { fetchNextPage, hasNextPage, isFetching, isFetchNextPageError, isError } = deeper;
  const loadMore = useCallback(() => {
    if (start === null) return;
    if (!wanted) setDeepPlace(place);
    else if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [start, wanted, place, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);

  return {
    rows,
    isLoaded: first.data !== undefined,
    error: first.error,
    retry: () => void first.refetch(),
    waiting: countWaiting(rows, first.data?.items ?? NOTHING),
    showWaiting,
    hasMore: start !== null && (!wanted || deeper.data === undefined || hasNextPage),
    isLoadingMore: isFetching,
    loadMore,
    moreError: isError ? deeper.error : null,
    retryMore: () => void (deeper.data === undefined ? deeper.refetch() : fetchNextPage()),
  };
}
