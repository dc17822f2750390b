import type { QueryClientLike } from "./query-client.ts";
import type { QueryKey } from "./query-keys.ts";

/** The queries of a key are fetched at most so often. */
const REFRESH_INTERVAL_MS = 1_000;
/** Those that the server counts over everything. */
const SLOW_INTERVAL_MS = 10_000;
const SLOW_KINDS = new Set<unknown>(["stats"]);

/** One for each cache, as mutations and events make the same queries stale. */
const refreshers = new WeakMap<QueryClientLike, Refresher>();

export function refresherOf(queryClient: QueryClientLike): Refresher {
  const refresher = refreshers.get(queryClient) ?? new Refresher(queryClient);
  refreshers.set(queryClient, refresher);
  return refresher;
}

/** Refetches what is stale: the first time at once, and what becomes stale meanwhile together, once the interval is over. */
class Refresher {
  readonly #queryClient: QueryClientLike;
  /** By key in JSON: whether it became stale again since its refetch began. */
  readonly #isStaleAgain = new Map<string, boolean>();

  constructor(queryClient: QueryClientLike) {
    this.#queryClient = queryClient;
  }

  refresh(queryKey: QueryKey): void {
    const name = JSON.stringify(queryKey);
    const isRunning = this.#isStaleAgain.has(name);
    this.#isStaleAgain.set(name, isRunning);
    if (!isRunning) void this.#run(name, queryKey);
  }

  async #run(name: string, queryKey: QueryKey): Promise<void> {
    const intervalMs = SLOW_KINDS.has(queryKey[3]) ? SLOW_INTERVAL_MS : REFRESH_INTERVAL_MS;
    do {
      this.#isStaleAgain.set(name, false);
      const pause = new Promise((resolve) => setTimeout(resolve, intervalMs));
      await refetch(this.#queryClient, queryKey);
      await pause;
    } while (this.#isStaleAgain.get(name));
    this.#isStaleAgain.delete(name);
  }
}

/** Refetches active queries in the background; errors surface on the query. */
async function refetch(queryClient: QueryClientLike, queryKey: QueryKey): Promise<void> {
  const invalidate = (key: QueryKey) =>
    queryClient.invalidateQueries({ queryKey: key }).catch(() => {});
  // TanStack Query does not restart a first or an inactive fetch, which may return stale data: refetch it once it ends.
  const pending = queryClient
    .getQueryCache()
    .findAll({ queryKey })
    .filter(({ state }) => state.fetchStatus === "fetching")
    .filter((query) => query.state.data === undefined || !query.isActive())
    .map(({ queryKey: key, promise }) => ({ key, promise }));
  await Promise.all([
    invalidate(queryKey),
    ...pending.map(async ({ key, promise }) => {
      await promise?.catch(() => {});
      await invalidate(key);
    }),
  ]);
}
