import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import { ServiceFlowError } from "../error.ts";
import type { FeedState } from "../feed/feed-state.ts";
import { runHook } from "../run-hook.ts";
import { keepFeedState } from "./feed-states.ts";
import { wasRefreshed } from "./own-calls.ts";
import { patchRequest } from "./patch.ts";
import { patchSealed } from "./patch-seal.ts";
import type { QueryClientLike } from "./query-client.ts";
import { type QueryKey, type QueryKeys, queryKeys, type ScopeOptions } from "./query-keys.ts";
import { refresherOf } from "./refresher.ts";
import { staleKeys } from "./stale-keys.ts";

/** Options of `invalidateOnEvents`. */
export interface InvalidateOptions extends ScopeOptions {
  /** Stops following the feed. */
  signal: AbortSignal;
  /**
   * The `nextCursor` of `sf.events.list({ after: "now" })`, taken before anything was loaded: what has happened since is
   * caught up. Without it, all that is in the cache when the feed goes live is loaded again.
   */
  after?: string | undefined;
  /**
   * What becomes of infinite lists: `refetch` (default) loads all their pages again; `patch` only updates the rows that are
   * there and marks the lists as stale, so that nothing moves under the reader.
   */
  infiniteLists?: "refetch" | "patch" | undefined;
  /** Called when the cache goes live, stale and live again, and when an error ends it. `queries.feed()` has it as well. */
  onState?: ((state: FeedState) => unknown) | undefined;
  /** Called with the error that ended it. By default prints it to the console. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Where following ended, by cache and scope: all that the cache holds is as of there, or newer. */
const positions = new WeakMap<QueryClientLike, Map<string, string>>();

/**
 * Follows the event feed and keeps the cache up to date, so that changes by others appear at once, without polling: it
 * writes changed requests to where they are shown, and refetches the queries that an event makes stale, each at most once
 * a second (`stats`: ten), however many events there are. Events of the page's own mutations refetch nothing.
 * @returns a promise that resolves once the signal aborts. It need not be awaited: its rejection never counts as unhandled.
 * @throws ServiceFlowError as `sf.events.subscribe` does; it starts over by itself after `cursor_unknown`
 * @example
 * ```ts
 * const { nextCursor: after } = await sf.events.list({ after: "now" });
 * // queryClient is TanStack Query's: new QueryClient()
 * const controller = new AbortController();
 * const following = invalidateOnEvents(sf, queryClient, { signal: controller.signal, after });
 * controller.abort();
 * await following;
 * ```
 */
export function invalidateOnEvents(
  sf: ServiceFlow,
  queryClient: QueryClientLike,
  options: InvalidateOptions,
): Promise<void> {
  const following = follow(sf, queryClient, options);
  following.catch((error: unknown) => runHook(options.onError ?? report, error));
  return following;
}

async function follow(
  sf: ServiceFlow,
  queryClient: QueryClientLike,
  options: InvalidateOptions,
): Promise<void> {
  const { signal, scope = sf.baseUrl } = options;
  const keys = queryKeys(scope);
  const byScope = positions.get(queryClient) ?? new Map<string, string>();
  positions.set(queryClient, byScope);
  let after = byScope.get(scope) ?? options.after;
  for (;;) {
    try {
      const isComplete = after !== undefined;
      await followFrom(after, isComplete);
      return;
    } catch (error) {
      if (!ServiceFlowError.is(error)) throw error;
      if (signal.aborted && error.code === "aborted") return;
      if (error.code !== "cursor_unknown" || after === undefined) throw error;
      byScope.delete(scope);
      after = undefined;
    }
  }

  async function followFrom(start: string | undefined, isComplete: boolean): Promise<void> {
    let mustReload = !isComplete;
    const onState = (state: FeedState) => {
      keepFeedState(queryClient, scope, state);
      queryClient.setQueryData(keys.of("feed", "state"), state);
      if (state.status === "live" && mustReload) {
        mustReload = false;
        refresherOf(queryClient).refresh(keys.everything());
      }
      options.onState?.(state);
    };
    for await (const event of sf.events.subscribe({ after: start }, { signal, onState })) {
      apply(event, queryClient, keys, options);
      byScope.set(scope, event.cursor);
    }
  }
}

function apply(
  event: ServiceFlowEvent,
  queryClient: QueryClientLike,
  keys: QueryKeys,
  { infiniteLists }: InvalidateOptions,
): void {
  const request = "request" in event ? event.request : null;
  const isPatched = request !== null && patchRequest(queryClient, keys, request);
  if (wasRefreshed(queryClient, event.causedBy.requestId)) {
    patchSealed(queryClient, keys, event);
    return;
  }
  const patched = isPatched ? JSON.stringify(keys.of("requests", "get", request.id)) : undefined;
  const infinite = JSON.stringify(keys.of("requests", "infinite"));
  for (const queryKey of staleKeys(event, keys)) {
    const name = JSON.stringify(queryKey);
    if (name === patched) continue;
    if (infiniteLists === "patch" && name === infinite) markStale(queryClient, queryKey);
    else refresherOf(queryClient).refresh(queryKey);
  }
}

function markStale(queryClient: QueryClientLike, queryKey: QueryKey): void {
  queryClient.invalidateQueries({ queryKey, refetchType: "none" }).catch(() => {});
}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: by default queries must not go stale unnoticed
  console.error("Following ServiceFlow events ended:", error);
}
