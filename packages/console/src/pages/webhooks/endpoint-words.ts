import type { MessageDescriptor } from "@lingui/core";
import { msg } from "@lingui/core/macro";
import type { DeliveryStatus, DisabledBecause, Webhook } from "@serviceflow/sdk";

/** Why the server has disabled an endpoint. */
export const DISABLED_WORDS: Record<DisabledBecause, MessageDescriptor> = {
  GONE: msg`The endpoint answered 410: it is gone.`,
  FAILING: msg`No delivery has succeeded for five days.`,
  OWNER_UNKNOWN: msg`Nobody is recorded as its owner.`,
  OWNER_ERASED: msg`Its owner was erased.`,
  OWNER_DEACTIVATED: msg`Its owner was deactivated.`,
  OWNER_LOST_ROLE: msg`Its owner is no longer an administrator.`,
};

export const DELIVERY_WORDS: Record<DeliveryStatus, MessageDescriptor> = {
  PENDING: msg`Waiting`,
  DELIVERED: msg`Delivered`,
  FAILED: msg`Failed`,
  REPLACED: msg`Replaced`,
};

/** Whether only another owner can enable it again. */
export function needsOwner({ disabledBecause }: Pick<Webhook, "disabledBecause">): boolean {
  return disabledBecause?.startsWith("OWNER_") === true;
}
