import type { QueryKey } from "./query-keys.ts";

/** The methods of TanStack Query's `QueryClient` that are used. */
export interface QueryClientLike {
  invalidateQueries(filters: { queryKey: QueryKey }): Promise<unknown>;
  getQueryData(queryKey: QueryKey): unknown;
  setQueryData(queryKey: QueryKey, data: unknown): unknown;
  getQueryCache(): {
    findAll(filters: { queryKey: QueryKey; fetchStatus?: "fetching" }): {
      state: { data: unknown };
      promise: Promise<unknown> | undefined;
      isActive(): boolean;
    }[];
  };
}

/** Refetches active queries in the background; errors surface on the query. */
export function invalidate(queryClient: QueryClientLike, queryKey: QueryKey): void {
  const refetch = () => queryClient.invalidateQueries({ queryKey }).catch(() => {});
  // TanStack Query does not restart a first or an inactive fetch, which may return stale data: refetch once it ends.
  const pending = queryClient
    .getQueryCache()
    .findAll({ queryKey, fetchStatus: "fetching" })
    .filter((query) => query.state.data === undefined || !query.isActive());
  for (const { promise } of pending) promise?.then(refetch, refetch);
  refetch();
}
