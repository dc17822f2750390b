import type { Decision } from "../rules/decision.ts";
import { ownerFault } from "../webhooks/owner.ts";
import { disableWebhook } from "../webhooks/webhook.ts";
import type { User } from "./user.ts";

/**
 * Adds to a change of a user that it disables their webhooks, if it ends their authority over them.
 * @param webhooks the active ones that the user owns
 */
export function withWebhooksDisabled(
  decision: Decision<User>,
  webhooks: readonly { id: string }[],
): Decision<User> {
  const because = ownerFault(decision.next);
  if (!decision.changed || because === null) return decision;
  const entries = webhooks.map(({ id }) => disableWebhook(id, because));
  return { ...decision, entries: [...decision.entries, ...entries] };
}
