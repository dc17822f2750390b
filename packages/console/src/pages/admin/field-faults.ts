import { ServiceFlowError } from "@serviceflow/sdk";

/**
 * The server's errors by the name of their field, for a form's `validationErrors`; null for an error that is not about
 * fields of the form.
 */
export function fieldFaults(
  error: unknown,
  fields: readonly string[],
): Record<string, string[]> | null {
  if (!ServiceFlowError.is(error) || error.errors.length === 0) return null;
  const faults: Record<string, string[]> = {};
  for (const { pointer, detail } of error.errors) {
    const field = pointer.split("/")[1] ?? "";
    if (!fields.includes(field)) return null;
    faults[field] = [...(faults[field] ?? []), detail];
  }
  return faults;
}
