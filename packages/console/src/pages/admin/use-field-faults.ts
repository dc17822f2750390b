import { useRuleWords } from "../../app/rule-words.ts";
import { fieldFaults, type Refusals } from "./field-faults.ts";

/** The faults of a form’s fields, in the person’s language. */
export function useFieldFaults(error: unknown, fields: readonly string[], refusals?: Refusals) {
  const words = useRuleWords();
  return fieldFaults(error, fields, words, refusals);
}
