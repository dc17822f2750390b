import type {
  ApiKey,
  AuditEntry,
  Category,
  Comment,
  CurrentUser,
  Delivery,
  DeliveryWithAttempts,
  HistoryEntry,
  ListAuditInput,
  ListDeliveriesInput,
  ListRequestsInput,
  ListUsersInput,
  ListWebhooksInput,
  Page,
  RequestCount,
  RequestField,
  RequestFilters,
  RequestInclude,
  RequestSelection,
  RequestStats,
  RequestStatsInput,
  SearchUsersInput,
  SelectedRequest,
  ServiceRequest,
  User,
  UserMatch,
  Webhook,
} from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import type { PageInput, PageIterable } from "../resources/paginate.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { type QueryKey, queryKeys, type Resource, type ScopeOptions } from "./query-keys.ts";

/** Query options to pass to `useQuery`, `useSuspenseQuery` or `queryClient.fetchQuery`. */
export interface QueryOptions<Data> {
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal }) => Promise<Data>;
}

/** Query options to pass to `useInfiniteQuery`. */
export interface InfiniteQueryOptions<Item> {
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal; pageParam: string | null }) => Promise<Page<Item>>;
  initialPageParam: string | null;
  getNextPageParam: (lastPage: Page<Item>) => string | null;
}

/** Queries of a list: one page (`list`) or consecutive pages (`infinite`). */
export interface ListQueries<Item, Input> {
  list(input?: Input): QueryOptions<Page<Item>>;
  infinite(input?: Input): InfiniteQueryOptions<Item>;
}

/** Queries of lists of requests, which have the fields that they are asked for. */
export interface RequestListQueries {
  list<Field extends RequestField = never, Include extends RequestInclude = never>(
    input?: ListRequestsInput & RequestSelection<Field, Include>,
  ): QueryOptions<Page<SelectedRequest<Field, Include>>>;
  infinite<Field extends RequestField = never, Include extends RequestInclude = never>(
    input?: ListRequestsInput & RequestSelection<Field, Include>,
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
      history(id: string): QueryOptions<Page<HistoryEntry>>;
      counts<Name extends string>(
        filters: Readonly<Record<Name, RequestFilters>>,
      ): QueryOptions<Record<Name, RequestCount>>;
      stats(input?: RequestStatsInput): QueryOptions<RequestStats>;
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
  apiKeys: ResourceQueries & ListQueries<ApiKey, PageInput>;
  categories: ResourceQueries & { list(): QueryOptions<Page<Category>> };
  webhooks: ResourceQueries &
    ListQueries<Webhook, ListWebhooksInput> & {
      get(id: string): QueryOptions<Webhook>;
      deliveries(id: string, input?: ListDeliveriesInput): QueryOptions<Page<Delivery>>;
      delivery(id: string, deliveryId: string): QueryOptions<DeliveryWithAttempts>;
    };
  audit: ResourceQueries & ListQueries<AuditEntry, ListAuditInput>;
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
      queryKey: keys.of(resource, kind, ...input),
      queryFn: async ({ signal }) => call({ signal }),
    };
  }

  function lists<Item, Input extends PageInput>(
    resource: Resource,
    of: readonly unknown[],
    list: (input: Input & PageInput, options: CallOptions) => PageIterable<Item>,
  ): ListQueries<Item, Input> {
    return {
      list: (input = {} as Input) =>
        query(resource, "list", [...of, input], (options) => list(input, options)),
      infinite: (input = {} as Input) => ({
        queryKey: keys.of(resource, "infinite", ...of, input),
        queryFn: async ({ signal, pageParam }) =>
          list(pageParam === null ? input : { ...input, cursor: pageParam }, { signal }),
        initialPageParam: input.cursor ?? null,
        getNextPageParam: ({ nextCursor }) => nextCursor,
      }),
    };
  }

  const all = (resource: Resource) => ({ all: () => keys.all(resource) });
  return {
    requests: {
      ...all("requests"),
      ...(lists("requests", [], (input: ListRequestsInput, options) =>
        sf.requests.list(input, options),
      ) as unknown as RequestListQueries),
      get: (id) => query("requests", "get", [id], (options) => sf.requests.get(id, options)),
      history: (id) =>
        query("requests", "history", [id], (options) => sf.requests.history(id, {}, options)),
      counts: (filters) =>
        query("requests", "counts", [filters], (options) => sf.requests.counts(filters, options)),
      stats: (input = {}) =>
        query("requests", "stats", [input], (options) => sf.requests.stats(input, options)),
    },
    comments: {
      ...all("comments"),
      of: (serviceRequestId) =>
        lists("comments", [serviceRequestId], (input: PageInput, options) =>
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
    },
    categories: {
      ...all("categories"),
      list: () => query("categories", "list", [], (options) => sf.categories.list({}, options)),
    },
    webhooks: {
      ...all("webhooks"),
      ...lists("webhooks", [], (input: ListWebhooksInput, options) =>
        sf.webhooks.list(input, options),
      ),
      get: (id) => query("webhooks", "get", [id], (options) => sf.webhooks.get(id, options)),
      deliveries: (id, input = {}) =>
        query("webhooks", "deliveries", [id, input], (options) =>
          sf.webhooks.deliveries(id, input, options),
        ),
      delivery: (id, deliveryId) =>
        query("webhooks", "delivery", [id, deliveryId], (options) =>
          sf.webhooks.delivery(id, deliveryId, options),
        ),
    },
    audit: {
      ...all("audit"),
      ...lists("audit", [], (input: ListAuditInput, options) => sf.audit.list(input, options)),
    },
  };
}
