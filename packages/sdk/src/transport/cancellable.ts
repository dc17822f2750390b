import { aborted } from "./deadline.ts";
import { whenAborted } from "./when-aborted.ts";

/**
 * Iterates over what `open` yields. The `return()` and `throw()` of a bare generator queue after a pending `next()`, which
 * may wait forever. These abort first, so that the pending `next()` ends; so does an abort of `signal`, as an error.
 * @param open gets a signal to pass to all that it waits for
 */
export function cancellable<T>(
  open: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const controller = new AbortController();
  const source = open(controller.signal);
  const [next, finish] = [source.next.bind(source), source.return.bind(source)];
  let release: (() => void) | undefined;
  let isLeft = false;
  let wasAborted = false;

  function onAbort(): void {
    wasAborted = true;
    controller.abort(signal?.reason);
    // Closes the connection now: the consumer may never ask for more.
    void finish();
  }

  function leave(): ReturnType<typeof finish> {
    isLeft = true;
    release?.();
    controller.abort();
    return finish();
  }

  // Assigned to the generator, to keep what else its prototype has: `Symbol.asyncDispose` and further helpers.
  return Object.assign(source, {
    async next(): Promise<IteratorResult<T, void>> {
      release ??= whenAborted(signal, onAbort);
      try {
        const result = await next();
        if (!result.done) return result;
        release();
        if (!wasAborted || isLeft) return result;
      } catch (error) {
        release();
        if (isLeft) return { done: true, value: undefined };
        wasAborted = false;
        throw error;
      }
      wasAborted = false;
      throw aborted(signal);
    },
    async return(value?: void | PromiseLike<void>): Promise<IteratorResult<T, void>> {
      await leave();
      return { done: true, value: await value };
    },
    async throw(error: unknown): Promise<IteratorResult<T, void>> {
      await leave();
      throw error;
    },
  });
}
