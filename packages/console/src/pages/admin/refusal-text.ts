import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import { ServiceFlowError } from "@serviceflow/sdk";
import { useFailureText } from "../../app/failure.tsx";

const REFUSALS: Readonly<Record<string, MessageDescriptor>> = {
  last_admin: msg`Nobody else could administer then. Make another person an administrator with a working key first.`,
  user_erased: msg`This person was erased and can no longer be changed.`,
  category_is_default: msg`New requests go here when nobody chooses a category. It cannot be archived.`,
  api_key_inactive: msg`This key no longer works. Issue a new one.`,
  too_many_api_keys: msg`There are as many working keys as one person may have. Revoke one first.`,
  secret_not_replayable: msg`It was made, but the answer was lost, and it is shown only once. Rotate it to get another.`,
  insufficient_scope: msg`Your session may not do this. Sign in with a key that may.`,
  webhook_unowned: msg`Its owner is not an active administrator. Take it over first.`,
  webhook_inactive: msg`It is disabled. Enable it first.`,
  too_many_webhooks: msg`There are as many webhooks as there may be. Delete one first.`,
  cursor_unknown: msg`There is no such position in the log.`,
  rate_limited: msg`That was too much at once. Try again in a moment.`,
  overloaded: msg`The server is busy with other long tasks. Try again in a moment.`,
};

/** Why the server refused, in the person’s language where the refusal is a known one. */
export function useRefusalText(): (error: unknown) => string {
  const { i18n } = useLingui();
  const failureText = useFailureText();
  return (error) => {
    const words = ServiceFlowError.is(error) ? REFUSALS[error.code] : undefined;
    return words === undefined ? failureText(error) : i18n._(words);
  };
}
