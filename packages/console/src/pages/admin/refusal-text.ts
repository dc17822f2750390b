import { ServiceFlowError } from "@serviceflow/sdk";
import { useErrorWords } from "../../app/error-words.ts";
import { useFailureText } from "../../app/failure.tsx";

/** By these people know what to do: nobody need look for the call. */
const PLAIN: ReadonlySet<string> = new Set([
  "last_admin",
  "user_erased",
  "category_is_default",
  "api_key_inactive",
  "too_many_api_keys",
  "secret_not_replayable",
  "insufficient_scope",
  "webhook_unowned",
  "webhook_inactive",
  "too_many_webhooks",
  "cursor_unknown",
  "rate_limited",
  "overloaded",
]);

/** Why the server refused; of what an administrator may have to look up, with the id of the call. */
export function useRefusalText(): (error: unknown) => string {
  const errorWords = useErrorWords();
  const failureText = useFailureText();
  return (error) =>
    ServiceFlowError.is(error) && PLAIN.has(error.code) ? errorWords(error) : failureText(error);
}
