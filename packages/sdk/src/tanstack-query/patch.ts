import type { Page, ServiceRequest } from "@serviceflow/domain";
import type { CachedQuery, QueryClientLike } from "./query-client.ts";
import type { QueryKeys } from "./query-keys.ts";

type Row = Partial<ServiceRequest> & { id: string };
interface Pages {
  pages: Page<Row>[];
}

/** Fields that events and answers of commands leave null, since they differ between readers. */
const OF_READER = new Set(["unread", "readUpTo", "followUps"]);

/**
 * Writes a newer version of a request to the cached request and to the rows of cached lists, where they are. Which lists it
 * belongs to, and where, only the server knows.
 * @returns whether the cached request, if there is one, is up to date
 */
export function patchRequest(
  queryClient: QueryClientLike,
  keys: QueryKeys,
  request: ServiceRequest,
): boolean {
  const cache = queryClient.getQueryCache();
  for (const query of cache.findAll({ queryKey: keys.of("requests", "list") })) {
    write(queryClient, query, patchPage(query.state.data as Page<Row> | undefined, request));
  }
  for (const query of cache.findAll({ queryKey: keys.of("requests", "infinite") })) {
    const data = query.state.data as Pages | undefined;
    const pages = data?.pages.map((page) => patchPage(page, request) as Page<Row>);
    const isSame = pages?.every((page, i) => page === data?.pages[i]);
    write(queryClient, query, isSame ? data : { ...data, pages });
  }
  const [query] = cache.findAll({ queryKey: keys.of("requests", "get", request.id) });
  if (!query) return true;
  const cached = query.state.data as ServiceRequest | undefined;
  if (!cached || query.state.fetchStatus === "fetching") return false;
  write(queryClient, query, patchRow(cached, request));
  // What the patch cannot know is loaded when it is shown again.
  if (!query.isActive()) query.invalidate();
  return true;
}

function patchPage(page: Page<Row> | undefined, request: ServiceRequest): Page<Row> | undefined {
  const at = page?.items.findIndex(({ id }) => id === request.id) ?? -1;
  if (!page || at === -1) return page;
  const row = page.items[at] as Row;
  const patched = patchRow(row, request);
  return patched === row
    ? page
    : { ...page, items: page.items.map((one, i) => (i === at ? patched : one)) };
}

/** The fields that the row has. */
function patchRow<Cached extends Row>(row: Cached, request: ServiceRequest): Cached {
  const isOlder =
    (row.version !== undefined && row.version > request.version) ||
    (row.lastActivityAt !== undefined && row.lastActivityAt > request.lastActivityAt);
  if (isOlder) return row;
  const fields = Object.entries(request).filter(
    ([name, value]) => name in row && !(value === null && OF_READER.has(name)),
  );
  const isSame = fields.every(([name, value]) => row[name as keyof Row] === value);
  return isSame ? row : { ...row, ...Object.fromEntries(fields) };
}

/** Neither fresher nor staler than it was. */
export function write(queryClient: QueryClientLike, query: CachedQuery, data: unknown): void {
  const { data: before, dataUpdatedAt, isInvalidated } = query.state;
  if (data === before || before === undefined) return;
  queryClient.setQueryData(query.queryKey, data, { updatedAt: dataUpdatedAt });
  if (isInvalidated) query.invalidate();
}
