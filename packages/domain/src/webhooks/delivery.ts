import type { EventType } from "../log/audit-policy.ts";

/** PENDING: waiting for its next attempt. FAILED: given up. REPLACED: superseded by a replay from a cursor. */
export const DELIVERY_STATUSES = ["PENDING", "DELIVERED", "FAILED", "REPLACED"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** The delivery of one event to one webhook. */
export interface Delivery {
  /** `dlv_...` */
  id: string;
  webhookId: string;
  /** Sent as `webhook-id`: the same in every attempt and replay. */
  eventId: string;
  eventType: EventType;
  /** The request that the event is about; null: none, or the event's entry is missing in the log. */
  serviceRequestId: string | null;
  /** Position of the event in the feed. */
  cursor: string;
  status: DeliveryStatus;
  attempts: number;
  /** HTTP status of the last response; null without one. */
  responseStatus: number | null;
  /** The first 1024 bytes of the last response; null without one. */
  responseBody: string | null;
  /** Why the last attempt got no response; null if it got one. */
  error: string | null;
  /** Duration of the last attempt in milliseconds. */
  durationMs: number | null;
  createdAt: string;
  lastAttemptAt: string | null;
  /** Time of the next attempt; null if none is due. */
  nextAttemptAt: string | null;
}

/** One attempt to send a delivery. */
export interface DeliveryAttempt {
  /** From 1. */
  number: number;
  endedAt: string;
  durationMs: number;
  /** HTTP status of the response; null without one. */
  responseStatus: number | null;
  /** Why there was no response; null if there was one. */
  error: string | null;
}

/** A delivery with what explains when it came. */
export interface DeliveryWithAttempts extends Delivery {
  /** When the event happened; null if its entry is missing in the log. */
  occurredAt: string | null;
  /** Each attempt, oldest first. */
  history: DeliveryAttempt[];
}

export interface ListDeliveriesInput {
  status?: DeliveryStatus | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}
