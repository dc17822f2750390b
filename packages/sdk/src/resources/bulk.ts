import { ServiceFlowError } from "../error.ts";
import { runHook } from "../run-hook.ts";
import { aborted } from "../transport/deadline.ts";
import { newIdempotencyKey } from "../transport/idempotency-key.ts";

const DEFAULT_CONCURRENCY = 4;

/** Options to pass on to the call of an item. */
export interface BulkCallOptions {
  /** Of this item: sent again under the same key, the call is executed once. */
  idempotencyKey: string;
  /** Of the whole bulk. */
  signal: AbortSignal | undefined;
}

/** What became of one item: its `value`, or the `error` that its call threw. */
export type BulkResult<Item, Value> = { item: Item; index: number; idempotencyKey: string } & (
  | { value: Value; error: undefined }
  | { value: undefined; error: Error }
);

/** How far a bulk is. */
export interface BulkProgress {
  /** Items that have a result. */
  done: number;
  total: number;
}

/** Options of `bulk`. */
export interface BulkOptions<Item, Value> {
  /** How many calls run at a time; default 4. */
  concurrency?: number | undefined;
  /** Ends it: calls in progress are aborted, further ones are not begun, and these items fail with `aborted`. */
  signal?: AbortSignal | undefined;
  /**
   * The idempotency key of an item; random by default. Derive it from the item to run the same bulk again after a restart of
   * your process: for a day, what has been executed is not executed again.
   */
  idempotencyKey?: ((item: Item, index: number) => string) | undefined;
  /** Called with each result as soon as it is there, in the order in which calls end. */
  onResult?: ((result: BulkResult<Item, Value> & BulkProgress) => void) | undefined;
}

/**
 * Makes a call for each item, a few at a time, and collects what became of each: a call that fails stops none of the others,
 * but for one whose API key is refused (401), after which the rest fail with that error unsent. Each call retries, and waits
 * for rate limits, as calls do.
 * @param call makes one call with the options that it is given; a second call of the same item needs a key of its own
 * @returns a result for each item, in the order of the items
 * @throws TypeError for a `concurrency` that is not a positive integer; never for an item
 * @example
 * ```ts
 * const free = await sf.requests.list({ status: "NEW", assignee: "none" }).toArray({ limit: 500 });
 * const results = await bulk(
 *   free,
 *   (request, options) => sf.requests.claim(request, { ...options, ifUnchanged: true }),
 *   { concurrency: 8, onResult: ({ done, total }) => console.log(`${done} of ${total}`) },
 * );
 * for (const { item, value, error } of results) {
 *   console.log(item.id, error ? error.message : value.assignee?.fullName);
 * }
 * ```
 */
export async function bulk<Item, Value>(
  items: Iterable<Item>,
  call: (item: Item, options: BulkCallOptions, index: number) => PromiseLike<Value> | Value,
  options: BulkOptions<Item, Value> = {},
): Promise<BulkResult<Item, Value>[]> {
  const { concurrency = DEFAULT_CONCURRENCY, signal, onResult } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new TypeError("concurrency must be a positive integer.");
  }
  const all = [...items];
  const waiting = all.entries();
  const results = new Array<BulkResult<Item, Value>>(all.length);
  let done = 0;
  let refusal: ServiceFlowError | undefined;

  async function outcome(item: Item, index: number): Promise<BulkResult<Item, Value>> {
    let idempotencyKey = "";
    try {
      idempotencyKey = options.idempotencyKey?.(item, index) ?? newIdempotencyKey();
      if (refusal) throw refusal;
      if (signal?.aborted) throw aborted(signal);
      const value = await call(item, { idempotencyKey, signal }, index);
      return { item, index, idempotencyKey, value, error: undefined };
    } catch (thrown) {
      if (ServiceFlowError.is(thrown) && thrown.status === 401) refusal = thrown;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
      return { item, index, idempotencyKey, value: undefined, error };
    }
  }

  async function work(): Promise<void> {
    for (const [index, item] of waiting) {
      const result = await outcome(item, index);
      results[index] = result;
      done += 1;
      runHook(onResult, { ...result, done, total: all.length });
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, all.length) }, work));
  return results;
}
