import { useLingui } from "@lingui/react";
import { useMemo } from "react";
import { useRuleWords } from "../../app/rule-words.ts";
import { fieldFaults, type Refusals } from "./field-faults.ts";

/** The faults of a form’s fields, in the person’s language: the same ones as long as the error is the same. */
export function useFieldFaults(error: unknown, fields: readonly string[], refusals?: Refusals) {
  const { i18n } = useLingui();
  const words = useRuleWords();
  // Others would be shown again in a field that was corrected since.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rest is the same for a form
  return useMemo(() => fieldFaults(error, fields, words, refusals), [error, i18n.locale]);
}
