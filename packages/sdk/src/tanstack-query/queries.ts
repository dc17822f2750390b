import type {
  ApiKey,
  AuditEntry,
  Category,
  Comment,
  CurrentApiKey,
  CurrentUser,
  Delivery,
  DeliveryWithAttempts,
  HistoryEntry,
  ListAuditInput,
  ListCategoriesInput,
  ListDeliveriesInput,
  ListRequestsInput,
  ListUsersInput,
  ListWebhooksInput,
  OneTimeCode,
  Page,
  RequestCount,
  RequestField,
  RequestFilters,
  RequestInclude,
  RequestSelection,
  RequestStats,
  RequestStatsInput,
  SealState,
  SearchUsersInput,
  SelectedRequest,
  ServiceRequest,
  User,
  UserMatch,
  Webhook,
} from "@serviceflow/domain";
import type { DataTag, InfiniteData } from "@tanstack/query-core";
import type { ServiceFlow } from "../client.ts";
import type { FeedState } from "../feed/feed-state.ts";
import type { Dated } from "../resources/dated.ts";
import type { PageInput, PageIterable } from "../resources/paginate.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { feedStateOf } from "./feed-states.ts";
import { type QueryKey, queryKeys, type Resource, type ScopeOptions } from "./query-keys.ts";

/**
 * Query options to pass to `useQuery`, `useSuspenseQuery` or `queryClient.fetchQuery`. The key knows the type of its data:
 * `queryClient.getQueryData(queryKey)`. The SDK has retried a call that fails, so TanStack Query does not.
 */
export interface QueryOptions<Data> {
  queryKey: DataTag<QueryKey, Data>;
  queryFn: (context: { signal: AbortSignal; client?: object }) => Promise<Data>;
  retry: false;
  staleTime?: number;
}

/** Query options to pass to `useInfiniteQuery`. */
export interface InfiniteQueryOptions<Item> {
  queryKey: DataTag<QueryKey, InfiniteData<Page<Item>, string | null>>;
  queryFn: (context: { signal: AbortSignal; pageParam: string | null }) => Promise<Page<Item>>;
  initialPageParam: string | null;
  getNextPageParam: (lastPage: Page<Item>) => string | null;
  retry: false;
}

/** Queries of a list: one page (`list`) or consecutive pages (`infinite`). */
export interface ListQueries<Item, Input> {
  list(input?: Input): QueryOptions<Page<Item>>;
  infinite(input?: Input): InfiniteQueryOptions<Item>;
}

/** Queries of lists of requests, which have the fields that they are asked for. */
export interface RequestListQueries {
  list<Field extends RequestField = never, Include extends RequestInclude = never>(
    input?: Dated<ListRequestsInput> & RequestSelection<Field, Include>,
  ): QueryOptions<Page<SelectedRequest<Field, Include>>>;
  infinite<Field extends RequestField = never, Include extends RequestInclude = never>(
    input?: Dated<ListRequestsInput> & RequestSelection<Field, Include>,
  ): InfiniteQueryOptions<SelectedRequest<Field, Include>>;
}

/** What every resource has. */
export interface ResourceQueries {
  /** The prefix of the resource's query keys, for `invalidateQueries`. */
  all(): QueryKey;
}

/** The queries of `createQueries`. */
export interface Queries {
  requests: ResourceQueries &
    RequestListQueries & {
      get(id: string): QueryOptions<ServiceRequest>;
      history(id: string, input?: PageInput): QueryOptions<Page<HistoryEntry>>;
      infiniteHistory(id: string, input?: PageInput): InfiniteQueryOptions<HistoryEntry>;
      counts<Name extends string>(
        filters: Readonly<Record<Name, Dated<RequestFilters>>>,
      ): QueryOptions<Record<Name, RequestCount>>;
      stats(input?: Dated<RequestStatsInput>): QueryOptions<RequestStats>;
    };
  comments: ResourceQueries & {
    /** Comments on one request. */
    of(serviceRequestId: string): ListQueries<Comment, PageInput>;
  };
  users: ResourceQueries &
    ListQueries<User, ListUsersInput> & {
      search(input: SearchUsersInput): QueryOptions<Page<UserMatch>>;
      me(): QueryOptions<CurrentUser>;
      get(id: string): QueryOptions<User>;
    };
  apiKeys: ResourceQueries &
    ListQueries<ApiKey, PageInput> & {
      current(): QueryOptions<CurrentApiKey>;
      /** The keys of one user. */
      of(userId: string): ListQueries<ApiKey, PageInput>;
    };
  codes: ResourceQueries &
    ListQueries<OneTimeCode, PageInput> & {
      /** The outstanding one-time codes of one user. */
      of(userId: string): ListQueries<OneTimeCode, PageInput>;
    };
  categories: ResourceQueries & ListQueries<Category, ListCategoriesInput>;
  webhooks: ResourceQueries &
    ListQueries<Webhook, ListWebhooksInput> & {
      get(id: string): QueryOptions<Webhook>;
      deliveries(id: string, input?: ListDeliveriesInput): QueryOptions<Page<Delivery>>;
      infiniteDeliveries(id: string, input?: ListDeliveriesInput): InfiniteQueryOptions<Delivery>;
      delivery(id: string, deliveryId: string): QueryOptions<DeliveryWithAttempts>;
    };
  audit: ResourceQueries &
    ListQueries<AuditEntry, Dated<ListAuditInput>> & {
      sealState(): QueryOptions<SealState>;
    };
  /** Whether what `invalidateOnEvents` keeps up to date is: `connecting`, `live`, `stale`, or `ended` by `error`. */
  feed(): QueryOptions<FeedState>;
}

/**
 * Creates query options (`queryKey` and `queryFn`) for TanStack Query 5, with any framework.
 * @example
 * ```ts
 * const queries = createQueries(sf);
 * const { queryKey, queryFn } = queries.requests.list({ status: "NEW" });
 * // React: const { data } = useQuery(queries.requests.list({ status: "NEW" }));
 * const { items } = await queryFn({ signal: AbortSignal.timeout(10_000) });
 * console.log(queryKey, items.length);
 * ```
 */
export function createQueries(sf: ServiceFlow, { scope = sf.baseUrl }: ScopeOptions = {}): Queries {
  const keys = queryKeys(scope);

  function query<Data>(
    resource: Resource,
    kind: string,
    input: readonly unknown[],
    call: (options: CallOptions) => PromiseLike<Data>,
  ): QueryOptions<Data> {
    return {
      queryKey: keys.of(resource, kind, ...input) as QueryOptions<Data>["queryKey"],
      queryFn: async ({ signal }) => call({ signal }),
      retry: false,
    };
  }

  /** @param of the kind of the list and what it is of; the resource's own list has neither */
  function lists<Item, Input extends PageInput>(
    resource: Resource,
    of: readonly string[],
    list: (input: Input & PageInput, options: CallOptions) => PageIterable<Item>,
  ): ListQueries<Item, Input> {
    const keyOf = (kind: "list" | "infinite", input: Input) => {
      const [first = kind, ...others] = [...of, kind];
      return keys.of(resource, first, ...others, input);
    };
    return {
      list: (input = {} as Input) => ({
        queryKey: keyOf("list", input) as QueryOptions<Page<Item>>["queryKey"],
        queryFn: async ({ signal }) => list(input, { signal }),
        retry: false,
      }),
      infinite: (input = {} as Input) => ({
        queryKey: keyOf("infinite", input) as InfiniteQueryOptions<Item>["queryKey"],
        queryFn: async ({ signal, pageParam }) =>
          list(pageParam === null ? input : { ...input, cursor: pageParam }, { signal }),
        initialPageParam: input.cursor ?? null,
        getNextPageParam: ({ nextCursor }) => nextCursor,
        retry: false,
      }),
    };
  }

  const history = (id: string) =>
    lists("requests", ["history", id], (input: PageInput, options) =>
      sf.requests.history(id, input, options),
    );
  const deliveries = (id: string) =>
    lists("webhooks", ["deliveries", id], (input: ListDeliveriesInput, options) =>
      sf.webhooks.deliveries(id, input, options),
    );
  const all = (resource: Resource) => ({ all: () => keys.all(resource) });
  return {
    requests: {
      ...all("requests"),
      ...(lists("requests", [], (input: Dated<ListRequestsInput>, options) =>
        sf.requests.list(input, options),
      ) as unknown as RequestListQueries),
      get: (id) => query("requests", "get", [id], (options) => sf.requests.get(id, options)),
      history: (id, input) => history(id).list(input),
      infiniteHistory: (id, input) => history(id).infinite(input),
      counts: (filters) =>
        query("requests", "counts", [filters], (options) => sf.requests.counts(filters, options)),
      stats: (input = {}) =>
        query("requests", "stats", [input], (options) => sf.requests.stats(input, options)),
    },
    comments: {
      ...all("comments"),
      of: (serviceRequestId) =>
        lists("comments", ["of", serviceRequestId], (input: PageInput, options) =>
          sf.comments.list(serviceRequestId, input, options),
        ),
    },
    users: {
      ...all("users"),
      ...lists("users", [], (input: ListUsersInput, options) => sf.users.list(input, options)),
      search: (input) =>
        query("users", "search", [input], (options) => sf.users.search(input, options)),
      me: () => query("users", "me", [], (options) => sf.users.me(options)),
      get: (id) => query("users", "get", [id], (options) => sf.users.get(id, options)),
    },
    apiKeys: {
      ...all("apiKeys"),
      ...lists("apiKeys", [], (input: PageInput, options) => sf.apiKeys.list(input, options)),
      current: () => query("apiKeys", "current", [], (options) => sf.apiKeys.current(options)),
      of: (userId) =>
        lists("apiKeys", ["of", userId], (input: PageInput, options) =>
          sf.apiKeys.listOf(userId, input, options),
        ),
    },
    codes: {
      ...all("codes"),
      ...lists("codes", [], (input: PageInput, options) => sf.codes.list(input, options)),
      of: (userId) =>
        lists("codes", ["of", userId], (input: PageInput, options) =>
          sf.codes.listOf(userId, input, options),
        ),
    },
    categories: {
      ...all("categories"),
      ...lists("categories", [], (input: ListCategoriesInput, options) =>
        sf.categories.list(input, options),
      ),
    },
    webhooks: {
      ...all("webhooks"),
      ...lists("webhooks", [], (input: ListWebhooksInput, options) =>
        sf.webhooks.list(input, options),
      ),
      get: (id) => query("webhooks", "get", [id], (options) => sf.webhooks.get(id, options)),
      deliveries: (id, input) => deliveries(id).list(input),
      infiniteDeliveries: (id, input) => deliveries(id).infinite(input),
      delivery: (id, deliveryId) =>
        query("webhooks", "delivery", [id, deliveryId], (options) =>
          sf.webhooks.delivery(id, deliveryId, options),
        ),
    },
    audit: {
      ...all("audit"),
      ...lists("audit", [], (input: Dated<ListAuditInput>, options) =>
        sf.audit.list(input, options),
      ),
      sealState: () => query("audit", "sealState", [], (options) => sf.audit.sealState(options)),
    },
    feed: () => ({
      queryKey: keys.of("feed", "state") as QueryOptions<FeedState>["queryKey"],
      queryFn: async ({ client }) => feedStateOf(client, scope),
      retry: false,
      // It is set by what follows the feed.
      staleTime: Number.POSITIVE_INFINITY,
    }),
  };
}
