import { DELIVERY_STATUSES, type DeliveryStatus } from "@serviceflow/sdk";

/** The address of the webhooks is their state. */
export interface WebhooksSearch {
  /** The endpoint that is shown. */
  hook?: string;
  /** Only deliveries with this status. */
  status?: DeliveryStatus;
  /** The delivery that is shown. */
  delivery?: string;
}

/** Reads an address; what it does not understand is left out. */
export function webhooksSearch({
  hook,
  status,
  delivery,
}: Record<string, unknown>): WebhooksSearch {
  const known = DELIVERY_STATUSES.find((one) => one === status);
  if (typeof hook !== "string" || !/^whk_\w+$/.test(hook)) return {};
  return {
    hook,
    ...(known === undefined ? {} : { status: known }),
    ...(typeof delivery === "string" && /^dlv_\w+$/.test(delivery) ? { delivery } : {}),
  };
}
