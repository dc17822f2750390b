import type { Page } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import type { ApiPromise, WithResponse } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { cancellable } from "../transport/cancellable.ts";

const MAX_PAGE = 100;

/** Position and size of a page. */
export interface PageInput {
  /** `nextCursor` of the previous page. */
  cursor?: string | undefined;
  /** Items per page: 1 to 100, default 20. */
  limit?: number | undefined;
}

/**
 * A lazy, paginated list. Iterate over it to read all items, fetching page by page; await it to fetch only the first page.
 * @example
 * ```ts
 * for await (const request of sf.requests.list({ status: "NEW" })) console.log(request.title);
 *
 * const { items, nextCursor } = await sf.requests.list({ limit: 50 });
 * ```
 */
export interface PageIterable<Item, PageOfItems = Page<Item>>
  extends AsyncIterable<Item>,
    PromiseLike<PageOfItems> {
  /**
   * Fetches the first items, page by page.
   * @param options `limit`: how many at most; `Infinity` for all
   * @throws TypeError without a limit
   */
  toArray(options: { limit: number }): Promise<Item[]>;
  /** Iterates over pages instead of items. */
  pages(): AsyncIterable<PageOfItems>;
  /** Fetches the first page. */
  page(): ApiPromise<PageOfItems>;
  /** Fetches the first page with the status and headers of its response. */
  withResponse(): Promise<WithResponse<PageOfItems>>;
  /** As of a promise of the first page. */
  catch<Rejected = never>(
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<PageOfItems | Rejected>;
  /** As of a promise of the first page. */
  finally(onFinally?: (() => void) | null): Promise<PageOfItems>;
}

/** Fetches one page. An iteration that ends aborts the signal of these options. */
export type FetchPage<Item, Input> = (input: Input, options: CallOptions) => ApiPromise<Page<Item>>;

/** A list whose pages are linked by `nextCursor`. */
export function paginate<Item, Input extends PageInput>(
  input: Input,
  options: CallOptions | undefined,
  fetchPage: FetchPage<Item, Input>,
): PageIterable<Item> {
  return iteratePages(
    input.cursor,
    options ?? {},
    (cursor, ofPage, limit = input.limit) =>
      fetchPage({ ...input, cursor, ...(limit === undefined ? {} : { limit }) }, ofPage),
    ({ nextCursor }) => nextCursor,
    input.limit === undefined ? MAX_PAGE : undefined,
  );
}

/**
 * A list of any kind of page.
 * @param cursorAfter null after the last page
 * @param maxPage how many items `toArray` may ask for at once; undefined: it asks for no number
 */
export function iteratePages<Item, PageOfItems extends { items: Item[] }>(
  start: string | undefined,
  options: CallOptions,
  fetchPage: (
    cursor: string | undefined,
    options: CallOptions,
    limit?: number,
  ) => ApiPromise<PageOfItems>,
  cursorAfter: (page: PageOfItems) => string | null,
  maxPage?: number,
): PageIterable<Item, PageOfItems> {
  const page = () => fetchPage(start, options);

  async function* pages(
    signal: AbortSignal,
    limit?: number,
  ): AsyncGenerator<PageOfItems, void, undefined> {
    const visited = new Set([start]);
    let current = await fetchPage(start, { ...options, signal }, limit);
    for (;;) {
      yield current;
      const cursor = cursorAfter(current);
      if (cursor === null) return;
      if (visited.has(cursor)) throw repeatedCursor();
      visited.add(cursor);
      current = await fetchPage(cursor, { ...options, signal }, limit);
    }
  }

  async function* items(signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    for await (const { items } of pages(signal)) yield* items;
  }

  async function toArray({ limit }: { limit: number }): Promise<Item[]> {
    if (!(limit >= 1)) throw new TypeError("toArray takes a limit of 1 or more.");
    const found: Item[] = [];
    const size = maxPage && Math.min(Math.ceil(limit), maxPage);
    for await (const { items } of cancellable((signal) => pages(signal, size), options.signal)) {
      found.push(...items);
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  return {
    page,
    pages: () => cancellable((signal) => pages(signal), options.signal),
    toArray,
    catch: (onRejected) => page().catch(onRejected),
    finally: (onFinally) => page().finally(onFinally),
    withResponse: () => page().withResponse(),
    [Symbol.asyncIterator]: () => cancellable(items, options.signal),
    // biome-ignore lint/suspicious/noThenProperty: awaiting a list fetches its first page
    then: (onFulfilled, onRejected) => page().then(onFulfilled, onRejected),
  };
}

function repeatedCursor(): ServiceFlowError {
  return new ServiceFlowError(
    "invalid_response",
    "The list does not end: the server returned the same nextCursor twice.",
  );
}
