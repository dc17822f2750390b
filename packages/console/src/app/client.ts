import { ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";
import { createMutations, createQueries } from "@serviceflow/sdk/tanstack-query";
import { hashKey, QueryCache, QueryClient } from "@tanstack/react-query";
import { fetchOnce } from "./first-answers.ts";

/** The one client of the page: the server that serves it, as the person who is signed in. */
export const sf = new ServiceFlow({ baseUrl: location.origin, session: true, fetch: fetchOnce });

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: askWhoIsSignedIn }),
  defaultOptions: {
    queries: {
      // Events keep the cache fresh; what the stream missed is caught up when it is back.
      staleTime: 30_000,
      // The SDK has retried already.
      retry: false,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});

export const queries = createQueries(sf);
/** For what a person waits for with nothing else to see: not even a minute that the server asks to wait. */
export const atOnce = sf.withOptions({ maxRetries: 0 });
export const queriesAtOnce = createQueries(atOnce);
export const mutations = createMutations(sf, queryClient);

/** Any call may be the first to learn that the session has ended: the stream of events outlives its cookie. */
function askWhoIsSignedIn(error: unknown, { queryHash }: { queryHash: string }): void {
  const { queryKey } = queries.users.me();
  if (!isSignedOut(error) || queryHash === hashKey(queryKey)) return;
  void queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false });
}

/** Whether a call failed because nobody is signed in any more. */
export function isSignedOut(error: unknown): boolean {
  return ServiceFlowError.is(error) && error.code === "unauthenticated";
}

/** Whether a call was refused because there were too many. */
export function isLimited(error: unknown): error is ServiceFlowError {
  return ServiceFlowError.is(error) && error.code === "rate_limited";
}
