/** ServiceFlow for TanStack Query 5: what to ask for, where it is cached, and events that keep it fresh. */
export { type Cache, type InvalidateOptions, invalidateOnEvents } from "./invalidate.ts";
export type { Key, ScopeOptions } from "./keys.ts";
export {
  createMutations,
  type MutationOptions,
  type Mutations,
  type Named,
  type RequestVariables,
} from "./mutations.ts";
export {
  createQueries,
  type InfiniteQueryOptions,
  type ListQueries,
  type Queries,
  type QueryOptions,
  type ResourceQueries,
} from "./queries.ts";
