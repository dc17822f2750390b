import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react";
import type { ClientErrorCode, ErrorCode, ServiceFlowError } from "@serviceflow/sdk";
import { useRuleWords } from "./rule-words.ts";

const NOT_TOGETHER = msg`This page and the server do not fit together. Reload the page.`;
const ON_THIS_PAGE = msg`Something went wrong on this page. Reload it.`;
const UNREACHABLE = msg`The server cannot be reached. What you typed is safe on this device.`;

/** Words that say as much as those of the server. */
const EXACT = {
  unauthenticated: msg`You are signed out. Sign in again.`,
  insufficient_scope: msg`Your session may not do this. Sign in with a key that may.`,
  bootstrap_closed: msg`There is an administrator already.`,
  request_timeout: msg`It took too long to arrive at the server. Try again.`,
  request_closed: msg`The request is closed.`,
  request_started: msg`Work has started. Only a new request can be released.`,
  already_assigned: msg`Somebody has taken it already.`,
  not_assigned: msg`Nobody has taken it.`,
  email_taken: msg`Somebody has this address already.`,
  category_is_default: msg`New requests go here when nobody chooses a category. It cannot be archived.`,
  category_exists: msg`There is a category with this short name already.`,
  last_admin: msg`Nobody else could administer then. Make another person an administrator with a working key first.`,
  user_erased: msg`This person was erased and can no longer be changed.`,
  api_key_inactive: msg`This key no longer works. Issue a new one.`,
  too_many_api_keys: msg`There are as many working keys as one person may have. Revoke one first.`,
  secret_not_replayable: msg`It was made, but the answer was lost, and it is shown only once. Rotate it to get another.`,
  webhook_unowned: msg`Its owner is not an active administrator. Take it over first.`,
  webhook_inactive: msg`It is disabled. Enable it first.`,
  too_many_webhooks: msg`There are as many webhooks as there may be. Delete one first.`,
  write_conflict: msg`Too many people are changing this at once. Try again.`,
  cursor_unknown: msg`There is no such position in the log.`,
  precondition_failed: msg`Somebody has just changed this.`,
  payload_too_large: msg`This is too long to be sent.`,
  headers_too_large: msg`The browser sends too much with each call. Clear the cookies of this site.`,
  rate_limited: msg`That was too much at once. Try again in a moment.`,
  overloaded: msg`The server is busy with other long tasks. Try again in a moment.`,
  query_timeout: msg`This took the server too long. Narrow it down, or try again in a minute.`,
  internal_error: msg`The server failed. Tell an administrator.`,
  unavailable: msg`The server is busy. Try again in a moment.`,
  network_error: UNREACHABLE,
  timeout: UNREACHABLE,
  aborted: msg`It was stopped.`,
  invalid_response: NOT_TOGETHER,
  malformed_json: NOT_TOGETHER,
  malformed_request: NOT_TOGETHER,
  method_not_allowed: NOT_TOGETHER,
  not_acceptable: NOT_TOGETHER,
  unsupported_media_type: NOT_TOGETHER,
  idempotency_key_reused: NOT_TOGETHER,
  api_key_unavailable: ON_THIS_PAGE,
  invalid_payload: ON_THIS_PAGE,
  invalid_signature: ON_THIS_PAGE,
  raw_body_required: ON_THIS_PAGE,
  signature_expired: ON_THIS_PAGE,
} as const satisfies Partial<Record<ErrorCode | ClientErrorCode, MessageDescriptor>>;

/** The server says more of these, in English. */
const GENERAL = {
  forbidden: msg`You may not do this.`,
  not_found: msg`It is not there, or you may not see it.`,
  illegal_transition: msg`This step is not possible in the present status.`,
  validation_failed: msg`Something of what was typed does not fit.`,
} as const satisfies Record<
  Exclude<ErrorCode | ClientErrorCode, keyof typeof EXACT>,
  MessageDescriptor
>;

/** What an error of a call says in the person’s language. A code that only a newer server knows is in the server’s words. */
export function useErrorWords(): (error: ServiceFlowError) => string {
  const { i18n } = useLingui();
  const ruleWords = useRuleWords();
  return (error) => {
    const { code, detail, errors } = error;
    if (Object.hasOwn(EXACT, code)) return i18n._(EXACT[code as keyof typeof EXACT]);
    if (i18n.locale === "en" || !Object.hasOwn(GENERAL, code)) return detail;
    if (code === "validation_failed" && errors.length > 0) return errors.map(ruleWords).join(" ");
    return i18n._(GENERAL[code as keyof typeof GENERAL]);
  };
}
