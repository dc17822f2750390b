import { CONNECTING, type FeedState } from "../feed/feed-state.ts";

const states = new WeakMap<object, Map<string, FeedState>>();

/** Keeps the state for queries that are made later than it. */
export function keepFeedState(queryClient: object, scope: string, state: FeedState): void {
  const byScope = states.get(queryClient) ?? new Map<string, FeedState>();
  byScope.set(scope, state);
  states.set(queryClient, byScope);
}

export function feedStateOf(queryClient: object | undefined, scope: string): FeedState {
  return (queryClient && states.get(queryClient)?.get(scope)) ?? CONNECTING;
}
