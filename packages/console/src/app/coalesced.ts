import type { QueryClientLike } from "@serviceflow/sdk/tanstack-query";

const PAUSE_MS = 500;

/**
 * The cache for a stream of events that can bring hundreds a second: queries are fetched again at once by the first one, and
 * by all that follow together, when that is answered and a pause is over. A fetch on its way is never started over.
 * @param pauseMs between two fetches of the same queries, in milliseconds
 */
export function coalesced(client: QueryClientLike, pauseMs = PAUSE_MS): QueryClientLike {
  /** By key: whether something has become stale since its fetch began. */
  const fetching = new Map<string, boolean>();

  async function run(name: string, filters: { queryKey: readonly unknown[] }): Promise<void> {
    do {
      fetching.set(name, false);
      // The error shows where the query is used.
      await client.invalidateQueries(filters).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    } while (fetching.get(name) === true);
    fetching.delete(name);
  }

  return {
    getQueryData: (key) => client.getQueryData(key),
    setQueryData: (key, data) => client.setQueryData(key, data),
    getQueryCache: () => client.getQueryCache(),
    invalidateQueries: async (filters) => {
      const name = JSON.stringify(filters.queryKey);
      if (fetching.has(name)) fetching.set(name, true);
      else void run(name, filters);
    },
  };
}
