import { ServiceFlowError } from "../error.ts";

/** Timers cannot wait longer, and fire at once when asked to. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Does the work, but no longer than the time given and no longer than the signal allows. It holds against a `fetch`
 * that ignores its signal, too.
 * @param limitMs that the error names; the time given when left out
 * @throws ServiceFlowError `timeout`, `aborted`
 */
export function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  limitMs: number = timeoutMs,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const controller = new AbortController();
    const giveUp = (error: ServiceFlowError) => {
      release();
      reject(error);
      controller.abort(error);
    };
    const onTimeout = () => giveUp(timedOut(limitMs));
    const onAbort = () => giveUp(aborted(signal));
    const timer = timeoutMs > LONGEST_TIMER_MS ? undefined : setTimeout(onTimeout, timeoutMs);
    signal?.addEventListener("abort", onAbort);
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    work(controller.signal).then(resolve, reject).finally(release);
  });
}

/**
 * Waits.
 * @throws ServiceFlowError `aborted`, as soon as the signal says so
 */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const onAbort = () => {
      clearTimeout(timer);
      reject(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function timedOut(timeoutMs: number): ServiceFlowError {
  return new ServiceFlowError("timeout", `The answer was not there after ${timeoutMs} ms.`, {
    retryable: true,
  });
}

function aborted(signal: AbortSignal | undefined): ServiceFlowError {
  return new ServiceFlowError("aborted", "The call was aborted.", { cause: signal?.reason });
}
