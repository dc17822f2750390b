import type { Page } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import type { ApiPromise, WithResponse } from "../transport/api-promise.ts";

/** Where a list begins, and how much of it comes at a time. */
export interface PageInput {
  /** `nextCursor` of the page before. */
  cursor?: string | undefined;
  /** Items on a page: 1 to 100, default 20. */
  limit?: number | undefined;
}

/**
 * A list that is fetched page by page as it is read; nothing is sent before. Iterate it for all items, await it for its
 * first page.
 * @example
 * ```ts
 * for await (const request of sf.requests.list({ status: "NEW" })) console.log(request.title);
 *
 * const { items, nextCursor } = await sf.requests.list({ limit: 50 });
 * ```
 */
export interface PageIterable<T> extends AsyncIterable<T>, PromiseLike<Page<T>> {
  /** Iterates over pages: `{ items, nextCursor }`. */
  pages(): AsyncIterable<Page<T>>;
  /** Fetches the first page alone. */
  page(): ApiPromise<Page<T>>;
  /** Fetches the first page alone, with the status and the headers of the answer. */
  withResponse(): Promise<WithResponse<Page<T>>>;
}

/** The list that `fetchPage` gives a page of, from the input's cursor on. */
export function paginate<T, Input extends PageInput>(
  input: Input,
  fetchPage: (input: Input) => ApiPromise<Page<T>>,
): PageIterable<T> {
  const page = () => fetchPage(input);

  async function* pages(): AsyncGenerator<Page<T>, void, undefined> {
    const seen = new Set([input.cursor]);
    let current = await page();
    for (;;) {
      yield current;
      const cursor = current.nextCursor;
      if (cursor === null) return;
      if (seen.has(cursor)) throw goesRound();
      seen.add(cursor);
      current = await fetchPage({ ...input, cursor });
    }
  }

  async function* items(): AsyncGenerator<T, void, undefined> {
    for await (const { items } of pages()) yield* items;
  }

  return {
    page,
    pages,
    withResponse: () => page().withResponse(),
    [Symbol.asyncIterator]: items,
    // biome-ignore lint/suspicious/noThenProperty: awaiting a list is how its first page is asked for
    then: (onFulfilled, onRejected) => page().then(onFulfilled, onRejected),
  };
}

function goesRound(): ServiceFlowError {
  return new ServiceFlowError(
    "invalid_response",
    "The list goes round in circles: the server named the same next page twice.",
  );
}
