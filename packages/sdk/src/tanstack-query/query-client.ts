import type { QueryKey } from "./query-keys.ts";

/** What is used of a query in TanStack Query's cache. */
export interface CachedQuery {
  queryKey: QueryKey;
  state: { data: unknown; dataUpdatedAt: number; isInvalidated: boolean; fetchStatus: string };
  promise: Promise<unknown> | undefined;
  isActive(): boolean;
  /** Marks it as stale. */
  invalidate(): void;
}

/** The methods of TanStack Query's `QueryClient` that are used. */
export interface QueryClientLike {
  invalidateQueries(filters: {
    queryKey: QueryKey;
    refetchType?: "active" | "none";
  }): Promise<unknown>;
  getQueryData(queryKey: QueryKey): unknown;
  setQueryData(queryKey: QueryKey, data: unknown, options?: { updatedAt: number }): unknown;
  getQueryCache(): { findAll(filters: { queryKey: QueryKey }): CachedQuery[] };
}
