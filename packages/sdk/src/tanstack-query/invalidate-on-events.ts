import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import { isServiceFlowError } from "../error.ts";
import { type Key, type Keys, keysIn, type ScopeOptions } from "./keys.ts";

/** The part of TanStack Query's `QueryClient` that is used. */
export interface Cache {
  invalidateQueries(filters: { queryKey: Key }): Promise<unknown>;
  getQueryData(queryKey: Key): unknown;
  setQueryData(queryKey: Key, data: unknown): unknown;
  getQueryCache(): {
    findAll(filters: { queryKey: Key; fetchStatus?: "fetching" }): {
      state: { data: unknown };
      promise: Promise<unknown> | undefined;
      isActive(): boolean;
    }[];
  };
}

export interface InvalidateOptions extends ScopeOptions {
  /** Ends it. */
  signal: AbortSignal;
  /** From where on events are followed: a cursor, `start`, or `now`, the default. */
  after?: string | undefined;
}

/** What an event makes stale. */
export function keysTouchedBy(
  event: Pick<ServiceFlowEvent, "subject" | "serviceRequestId">,
  keys: Keys,
): Key[] {
  const { subject, serviceRequestId } = event;
  const audit = keys.all("audit");
  switch (subject.type) {
    case "request":
      return [...keysOfRequest(subject.id, keys), audit];
    case "comment":
      return [
        keys.of("comments", "list", serviceRequestId),
        keys.of("comments", "infinite", serviceRequestId),
        keys.of("requests", "history", serviceRequestId),
        audit,
      ];
    case "user":
      // Names are in requests and comments as well, and who is erased has no key any more.
      return [
        keys.all("users"),
        keys.all("apiKeys"),
        keys.all("requests"),
        keys.all("comments"),
        audit,
      ];
    case "api_key":
      return [keys.all("apiKeys"), audit];
    case "category":
      return [keys.all("categories"), audit];
    case "webhook":
      return [keys.all("webhooks"), audit];
    case "sign_in":
    case "audit_log":
      return [audit];
    default:
      // A newer server tells of something that is not known here.
      return [keys.everything()];
  }
}

/** Has what is on screen asked for again; nobody waits for that, and the queries keep errors. */
export function makeStale(cache: Cache, queryKey: Key): void {
  const again = () => cache.invalidateQueries({ queryKey }).catch(() => {});
  // A load that TanStack Query does not begin anew, a first one or one that nobody looks at, may bring what was before.
  const loading = cache
    .getQueryCache()
    .findAll({ queryKey, fetchStatus: "fetching" })
    .filter((query) => query.state.data === undefined || !query.isActive());
  for (const { promise } of loading) promise?.then(again, again);
  again();
}

/** What shows a request, besides what shows all of it. */
export function keysOfRequest(id: string, keys: Keys): Key[] {
  return [
    keys.of("requests", "get", id),
    keys.of("requests", "history", id),
    keys.of("requests", "list"),
    keys.of("requests", "infinite"),
    keys.of("requests", "stats"),
  ];
}

/**
 * Follows the events and makes stale what they touch, so that whatever is on screen is asked for anew: what another user
 * does shows at once, and nothing has to poll.
 * @returns when the signal ends it
 * @throws ServiceFlowError as `sf.events.subscribe` does
 * @example
 * ```ts
 * const leaving = new AbortController();
 * // queryClient is TanStack Query's: new QueryClient()
 * const following = invalidateOnEvents(sf, queryClient, { signal: leaving.signal });
 * leaving.abort();
 * await following;
 * ```
 */
export async function invalidateOnEvents(
  sf: ServiceFlow,
  queryClient: Cache,
  { signal, after, scope = sf.baseUrl }: InvalidateOptions,
): Promise<void> {
  const keys = keysIn(scope);
  try {
    for await (const event of sf.events.subscribe({ after }, { signal })) {
      for (const queryKey of keysTouchedBy(event, keys)) {
        makeStale(queryClient, queryKey);
      }
    }
  } catch (error) {
    if (!(signal.aborted && isServiceFlowError(error) && error.code === "aborted")) throw error;
  }
}
