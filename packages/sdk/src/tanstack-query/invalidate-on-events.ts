import type { ServiceFlow } from "../client.ts";
import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import { invalidate, type QueryClientLike } from "./invalidate.ts";
import { queryKeys, type ScopeOptions } from "./query-keys.ts";
import { staleKeys } from "./stale-keys.ts";

/** Options of `invalidateOnEvents`. */
export interface InvalidateOptions extends ScopeOptions {
  /** Stops following the feed. */
  signal: AbortSignal;
  /** Where to start in the feed: a cursor, `start` or `now` (default). */
  after?: string | undefined;
  /** Called with the error that ended it. By default prints it to the console. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Follows the event feed and invalidates the queries that each event makes stale, so that changes by others appear
 * immediately, without polling.
 * @returns a promise that resolves once the signal aborts. It need not be awaited: its rejection never counts as unhandled.
 * @throws ServiceFlowError as `sf.events.subscribe` does
 * @example
 * ```ts
 * const controller = new AbortController();
 * // queryClient is TanStack Query's: new QueryClient()
 * const following = invalidateOnEvents(sf, queryClient, { signal: controller.signal });
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
  { signal, after, scope = sf.baseUrl }: InvalidateOptions,
): Promise<void> {
  const keys = queryKeys(scope);
  try {
    for await (const event of sf.events.subscribe({ after }, { signal })) {
      for (const queryKey of staleKeys(event, keys)) invalidate(queryClient, queryKey);
    }
  } catch (error) {
    if (!(signal.aborted && ServiceFlowError.is(error) && error.code === "aborted")) throw error;
  }
}

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: by default queries must not go stale unnoticed
  console.error("Following ServiceFlow events ended:", error);
}
