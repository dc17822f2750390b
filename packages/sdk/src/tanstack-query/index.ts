/** ServiceFlow for TanStack Query 5: query and mutation options, and invalidation by events. */
export type { QueryClientLike } from "./invalidate.ts";
export { type InvalidateOptions, invalidateOnEvents } from "./invalidate-on-events.ts";
export {
  createMutations,
  type IdempotencyVariables,
  type MutationOptions,
  type Mutations,
  type ReadVariables,
  type RequestVariables,
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
export type { QueryKey, ScopeOptions } from "./query-keys.ts";
