import { type MutationOptions, ServiceFlowError } from "@serviceflow/sdk";

/**
 * Options of a call that is sent again after an error that leaves open whether it was carried out: under the key of the first
 * one, so that the server carries it out once.
 */
export function repeatOptions(
  error: unknown,
  before: object | undefined,
  input: object,
): MutationOptions {
  if (!ServiceFlowError.is(error) || !error.retryable || error.idempotencyKey === undefined)
    return {};
  return JSON.stringify(before) === JSON.stringify(input)
    ? { idempotencyKey: error.idempotencyKey }
    : {};
}
