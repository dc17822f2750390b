import type { EventType } from "../log/audit-policy.ts";

/** PENDING: to be sent, or sent again. FAILED: given up. REPLACED: a replay from a cursor sends it anew. */
export const DELIVERY_STATUSES = ["PENDING", "DELIVERED", "FAILED", "REPLACED"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One event on its way to one endpoint. */
export interface Delivery {
  /** `dlv_...` */
  id: string;
  webhookId: string;
  /** Sent as `webhook-id`: the same for each attempt, and for a replay. */
  eventId: string;
  eventType: EventType;
  /** Where the event stands in the feed. */
  cursor: string;
  status: DeliveryStatus;
  attempts: number;
  /** HTTP status of the last answer; null when there was none. */
  responseStatus: number | null;
  /** The first 1024 bytes of the last answer; null when there was none. */
  responseBody: string | null;
  /** Why the last attempt had no answer; null when it had. */
  error: string | null;
  /** How long the last attempt took, in milliseconds. */
  durationMs: number | null;
  createdAt: string;
  lastAttemptAt: string | null;
  /** When it will be sent next; null when it will not. */
  nextAttemptAt: string | null;
}

export interface ListDeliveriesInput {
  status?: DeliveryStatus | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}
