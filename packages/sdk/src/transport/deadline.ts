import { ServiceFlowError } from "../error.ts";
import { whenAborted } from "./when-aborted.ts";

/** Longer timers overflow and fire immediately. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Runs `work` until it ends, the time is up or the signal aborts. Returns on time even if `fetch` ignores its signal.
 * @param limitMs the limit that the error names; `timeoutMs` by default
 * @param graceMs a program that was too busy to read gets so long to read what has arrived meanwhile
 * @throws ServiceFlowError `timeout`, `aborted`
 */
export function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  limitMs: number = timeoutMs,
  graceMs = 0,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const controller = new AbortController();
    const giveUp = (error: ServiceFlowError) => {
      release();
      reject(error);
      controller.abort(error);
    };
    const timeOut = () => giveUp(timedOut(limitMs));
    const onTimeout = () => {
      if (graceMs > 0) timer = setTimeout(timeOut, graceMs);
      else timeOut();
    };
    const onAbort = () => giveUp(aborted(signal));
    let timer = timeoutMs > MAX_TIMER_MS ? undefined : setTimeout(onTimeout, timeoutMs);
    const stopWaiting = whenAborted(signal, onAbort);
    const release = () => {
      clearTimeout(timer);
      stopWaiting();
    };
    work(controller.signal).then(resolve, reject).finally(release);
  });
}

/** @throws ServiceFlowError `aborted`, as soon as the signal aborts */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw aborted(signal);
    const timer = setTimeout(() => {
      stopWaiting();
      resolve();
    }, ms);
    const stopWaiting = whenAborted(signal, () => {
      clearTimeout(timer);
      stopWaiting();
      reject(aborted(signal));
    });
  });
}

function timedOut(limitMs: number): ServiceFlowError {
  return new ServiceFlowError("timeout", `No complete response within ${limitMs} ms.`, {
    retryable: true,
  });
}

/** The error of an aborted call. */
export function aborted(signal: AbortSignal | undefined): ServiceFlowError {
  return new ServiceFlowError("aborted", "The call was aborted.", { cause: signal?.reason });
}
