import { ServiceFlowError } from "../error.ts";
import { type ApiPromise, CallPromise, type WithResponse } from "./api-promise.ts";
import type { CallOptions } from "./call-options.ts";

/** Sends the same bytes again. */
type Repeat = (options: CallOptions) => Promise<WithResponse<unknown>>;

const failed = new WeakMap<object, Repeat>();

/** Makes the error of a mutation one that `retryFailed` takes. */
export function keepFailed(error: ServiceFlowError, idempotencyKey: string, repeat: Repeat): void {
  (error as { idempotencyKey: string | undefined }).idempotencyKey = idempotencyKey;
  failed.set(error, repeat);
}

/**
 * Repeats the mutation that failed with this error.
 * @throws TypeError for anything else
 */
export function retryFailed<T>(error: unknown, options: CallOptions): ApiPromise<T> {
  const repeat = ServiceFlowError.is(error) ? failed.get(error) : undefined;
  if (!repeat) throw new TypeError("retry takes the ServiceFlowError of a mutation that failed.");
  return new CallPromise(repeat(options) as Promise<WithResponse<T>>);
}
