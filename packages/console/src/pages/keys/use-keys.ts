import type { ApiKey, Page, Session } from "@serviceflow/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { queries, queryClient, sf } from "../../app/client.ts";

const PAGE = 100;
const next = <Item>({ nextCursor }: Page<Item>) => nextCursor;

/** A person’s keys, newest first, with those that have ended. */
export function useKeys(owner: string) {
  return useInfiniteQuery({
    queryKey: [...queries.apiKeys.all(), "of", owner],
    queryFn: async ({ signal, pageParam }): Promise<Page<ApiKey>> =>
      sf.apiKeys.listOf(owner, { limit: PAGE, ...at(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: next,
  });
}

/** A person’s sessions that have not ended. The log knows them as keys, so that events of keys refresh them. */
export function useSessions(owner: string) {
  return useInfiniteQuery({
    queryKey: [...queries.apiKeys.all(), "sessions", owner],
    queryFn: async ({ signal, pageParam }): Promise<Page<Session>> =>
      sf.session.listOf(owner, { limit: PAGE, ...at(pageParam) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: next,
  });
}

/** A person’s one-time codes that nobody has redeemed yet. */
export function useCodes(owner: string) {
  return useInfiniteQuery(queries.codes.of(owner).infinite({ limit: PAGE }));
}

export function refreshCodes(): void {
  void queryClient.invalidateQueries({ queryKey: queries.codes.all() });
}

export function refreshKeys(): void {
  void queryClient.invalidateQueries({ queryKey: queries.apiKeys.all() });
}

function at(cursor: string | null) {
  return cursor === null ? {} : { cursor };
}
