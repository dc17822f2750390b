import { type FieldError, ServiceFlowError } from "@serviceflow/sdk";

export type Refusals = Readonly<Record<string, readonly [field: string, words: string]>>;

/**
 * The server's errors by the name of their field, for a form's `validationErrors`; null for an error that is not about
 * fields of the form.
 * @param refusals the field, and the words, of refusals that concern one field
 */
export function fieldFaults(
  error: unknown,
  fields: readonly string[],
  words: (fault: FieldError) => string,
  refusals: Refusals = {},
): Record<string, string[]> | null {
  if (!ServiceFlowError.is(error)) return null;
  const refusal = refusals[error.code];
  if (refusal !== undefined) return { [refusal[0]]: [refusal[1]] };
  if (error.errors.length === 0) return null;
  const faults: Record<string, string[]> = {};
  for (const fault of error.errors) {
    const field = fault.pointer.split("/")[1] ?? "";
    if (!fields.includes(field)) return null;
    faults[field] = [...(faults[field] ?? []), words(fault)];
  }
  return faults;
}
