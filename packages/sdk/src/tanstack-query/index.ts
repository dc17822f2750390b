/** ServiceFlow for TanStack Query 5: query and mutation options, and a cache that follows events. */
export { type InvalidateOptions, invalidateOnEvents } from "./invalidate-on-events.ts";
export {
  createMutations,
  type IdempotencyVariables,
  type MutationOptions,
  type Mutations,
  type ReadVariables,
  type RequestVariables,
  type VersionedVariables,
} from "./mutations.ts";
export {
  createQueries,
  type InfiniteQueryOptions,
  type ListQueries,
  type Queries,
  type QueryOptions,
  type RequestListQueries,
  type ResourceQueries,
} from "./queries.ts";
export type { CachedQuery, QueryClientLike } from "./query-client.ts";
export type { QueryKey, ScopeOptions } from "./query-keys.ts";
