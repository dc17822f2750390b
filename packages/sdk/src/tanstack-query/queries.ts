import type {
  ApiKey,
  AuditEntry,
  Category,
  Comment,
  Delivery,
  HistoryEntry,
  ListAuditInput,
  ListCategoriesInput,
  ListDeliveriesInput,
  ListRequestsInput,
  ListUsersInput,
  Page,
  RequestStats,
  RequestStatsInput,
  ServiceRequest,
  User,
  Webhook,
} from "@serviceflow/domain";
import type { ServiceFlow } from "../client.ts";
import type { PageInput } from "../page.ts";
import { keysOf, type QueryKey, type ScopeOptions } from "./keys.ts";
import {
  type InfiniteQueryDefinition,
  type ListQueries,
  listQueries,
  type QueryDefinition,
  query,
} from "./query-definition.ts";

/** Where the answers of a resource are kept. */
export interface Kept {
  /** The beginning of all its keys: invalidates, removes or cancels them together. */
  all(): QueryKey;
}

export interface RequestQueries extends Kept, ListQueries<ServiceRequest, ListRequestsInput> {
  get(id: string): QueryDefinition<ServiceRequest>;
  history(id: string, input?: PageInput): QueryDefinition<Page<HistoryEntry>>;
  infiniteHistory(
    id: string,
    input?: Omit<PageInput, "cursor">,
  ): InfiniteQueryDefinition<HistoryEntry>;
  stats(input?: RequestStatsInput): QueryDefinition<RequestStats>;
}

export interface CommentQueries extends Kept {
  list(requestId: string, input?: PageInput): QueryDefinition<Page<Comment>>;
  infinite(requestId: string, input?: Omit<PageInput, "cursor">): InfiniteQueryDefinition<Comment>;
}

export interface UserQueries extends Kept, ListQueries<User, ListUsersInput> {
  me(): QueryDefinition<User>;
  get(id: string): QueryDefinition<User>;
}

export interface ApiKeyQueries extends Kept, ListQueries<ApiKey, PageInput> {
  listOf(userId: string, input?: PageInput): QueryDefinition<Page<ApiKey>>;
  infiniteOf(userId: string, input?: Omit<PageInput, "cursor">): InfiniteQueryDefinition<ApiKey>;
}

export interface WebhookQueries extends Kept, ListQueries<Webhook, PageInput> {
  get(id: string): QueryDefinition<Webhook>;
  deliveries(id: string, filter?: ListDeliveriesInput): QueryDefinition<Page<Delivery>>;
  infiniteDeliveries(
    id: string,
    filter?: Omit<ListDeliveriesInput, "cursor">,
  ): InfiniteQueryDefinition<Delivery>;
}

/** What can be asked, by resource. */
export interface Queries extends Kept {
  requests: RequestQueries;
  comments: CommentQueries;
  users: UserQueries;
  apiKeys: ApiKeyQueries;
  categories: Kept & ListQueries<Category, ListCategoriesInput>;
  webhooks: WebhookQueries;
  audit: Kept & ListQueries<AuditEntry, ListAuditInput>;
}

/**
 * Makes the options of TanStack Query for everything that the client can read, for whatever adapter: each is a
 * `queryKey` and a `queryFn` that hands the signal on. A query ends in what the method of the client throws.
 * @example
 * ```ts
 * import { QueryClient } from "@tanstack/query-core";
 * import { createQueries } from "@serviceflow/sdk/tanstack-query";
 *
 * const queryClient = new QueryClient();
 * const queries = createQueries(sf);
 * const { items } = await queryClient.fetchQuery(queries.requests.list({ status: "NEW" }));
 * const { pages } = await queryClient.fetchInfiniteQuery(queries.requests.infinite({ limit: 50 }));
 * await queryClient.invalidateQueries({ queryKey: queries.requests.all() });
 * console.log(items.length, pages.length);
 * ```
 */
export function createQueries(sf: ServiceFlow, { scope = sf.baseUrl }: ScopeOptions = {}): Queries {
  const key = keysOf(scope);
  const histories = (id: string) =>
    listQueries(
      key("requests", "history", id),
      key("requests", "infiniteHistory", id),
      (input: PageInput, options) => sf.requests.history(id, input, options),
    );
  const comments = (requestId: string) =>
    listQueries(
      key("comments", "list", requestId),
      key("comments", "infinite", requestId),
      (input: PageInput, options) => sf.comments.list(requestId, input, options),
    );
  const apiKeysOf = (userId: string) =>
    listQueries(
      key("apiKeys", "listOf", userId),
      key("apiKeys", "infiniteOf", userId),
      (input: PageInput, options) => sf.apiKeys.listOf(userId, input, options),
    );
  const deliveries = (id: string) =>
    listQueries(
      key("webhooks", "deliveries", id),
      key("webhooks", "infiniteDeliveries", id),
      (input: ListDeliveriesInput, options) => sf.webhooks.deliveries(id, input, options),
    );
  const lists = <
    Resource extends "requests" | "users" | "apiKeys" | "categories" | "webhooks" | "audit",
  >(
    resource: Resource,
  ) => ({ all: () => key(resource) });
  return {
    all: () => key(),
  };
}
