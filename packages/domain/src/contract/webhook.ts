import { z } from "zod";
import { EVENT_TYPES } from "../log/audit-policy.ts";
import { WEBHOOK_DESCRIPTION } from "../text/text.ts";
import { DELIVERY_STATUSES } from "../webhooks/delivery.ts";
import { DISABLED_BECAUSE } from "../webhooks/webhook.ts";
import { auditAction } from "./audit.ts";
import {
  cursorOf,
  feedCursor,
  idOf,
  page,
  paging,
  pathId,
  publicId,
  text,
  timestamp,
  userRef,
  version,
} from "./fields.ts";

const MAX_URL_LENGTH = 2000;

const webhookPathId = pathId("The webhook's id.", "whk_01kjg3v9tefya8h8m6q1v0c3zd").meta({
  param: { id: "WebhookId" },
});
const eventTypes = z.array(auditAction).max(EVENT_TYPES.length);
const active = z.boolean().meta({
  description: "Whether events are delivered. While false, they are queued.",
  example: true,
});
const includeInternal = z
  .boolean()
  .meta({ description: "Whether internal comments are delivered.", example: false });
const url = z.string().min(1).max(MAX_URL_LENGTH).meta({
  format: "uri",
  description: "The endpoint: an https URL without user name, password or fragment.",
  example: "https://bot.example.com/serviceflow",
});
const description = text(WEBHOOK_DESCRIPTION, {
  description: "What the webhook is for.",
  example: "Bot",
});

const disabledBecause = z.enum(DISABLED_BECAUSE).meta({
  id: "WebhookDisabledBecause",
  description: "Why the server disabled a webhook.",
  example: "FAILING",
});

const webhookShape = {
  id: idOf("webhook", "Id of the webhook."),
  url: z.string().meta({
    format: "uri",
    description: "The endpoint.",
    example: "https://bot.example.com/serviceflow",
  }),
  description: z
    .string()
    .meta({ description: "What the webhook is for; may be empty.", example: "Bot" }),
  eventTypes: z.array(auditAction).meta({
    description: "The event types to deliver; empty: all.",
    example: ["request.created"],
  }),
  includeInternal,
  owner: userRef.nullable().meta({
    description: "The administrator with whose authority it receives events; null: unknown.",
  }),
  createdBy: userRef
    .nullable()
    .meta({ description: "The administrator who created it; null: unknown." }),
  active,
  disabledBecause: disabledBecause.nullable().meta({
    description:
      "Why the server disabled the webhook; null if it did not. GONE: the endpoint answered 410. FAILING: no delivery succeeded for five days. The others: its owner is not an active administrator.",
    example: null,
  }),
  failingSince: timestamp(
    "Time since which deliveries have failed; null while they succeed.",
  ).nullable(),
  oldSecretUntil: timestamp(
    "Until this time deliveries carry a second signature, with the previous secret.",
  ).nullable(),
  version,
  createdAt: timestamp("When it was created."),
};

export const webhook = z
  .object(webhookShape)
  .meta({ id: "Webhook", description: "An endpoint to which events are delivered." });

export const webhookWithSecret = z
  .object({
    ...webhookShape,
    secret: z.string().meta({
      description: "The signing secret, shown only once.",
      example: "whsec_...",
    }),
  })
  .meta({ id: "WebhookWithSecret", description: "A webhook with a new secret." });

export const webhookPage = page("WebhookPage", webhook);

export const webhookById = z.strictObject({ id: webhookPathId });
export const listWebhooksInput = z.strictObject({
  owner: publicId("user", "Only webhooks of this owner.").optional(),
  ...paging,
});

export const createWebhookInput = z.strictObject({
  url,
  description: description.optional(),
  eventTypes: eventTypes.optional().meta({ description: "Default, and when empty: all." }),
  includeInternal: includeInternal.optional().meta({ description: "Default false." }),
});

export const updateWebhookBody = z.strictObject({
  url: url.optional(),
  description: description.optional(),
  eventTypes: eventTypes
    .optional()
    .meta({ description: "The event types to deliver; empty: all." }),
  includeInternal: includeInternal.optional(),
  active: active.optional(),
});
export const updateWebhookInput = updateWebhookBody.extend({ id: webhookPathId });

export const rotateSecretBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(604_800).optional().meta({
    description: "How long both secrets sign deliveries; default a day. 0 for a leaked secret.",
    example: 0,
  }),
});
export const rotateSecretInput = rotateSecretBody.extend({ id: webhookPathId });

export const replayBody = z.strictObject({
  after: feedCursor(
    "Replays every event after this cursor. `start` is the beginning of the log; `now` skips the backlog.",
  ).optional(),
  deliveryId: publicId("delivery", "Replays one delivery.").optional(),
});
export const replayInput = replayBody.extend({ id: webhookPathId });

const deliveryStatus = z.enum(DELIVERY_STATUSES).meta({
  id: "DeliveryStatus",
  description:
    "PENDING: waiting for its next attempt. FAILED: given up. REPLACED: superseded by a replay.",
  example: "DELIVERED",
});

export const delivery = z
  .object({
    id: idOf("delivery", "Id of the delivery."),
    webhookId: idOf("webhook", "Id of the webhook."),
    eventId: idOf("auditEntry", "Id of the event, sent as `webhook-id`."),
    eventType: auditAction,
    serviceRequestId: z.string().nullable().meta({
      description:
        "Id of the service request that the event is about; null: none, or its entry is missing in the log.",
      example: "SF-1031",
    }),
    cursor: cursorOf("Position of the event in the feed."),
    status: deliveryStatus,
    attempts: z.int().meta({ description: "Number of attempts.", example: 1 }),
    responseStatus: z
      .int()
      .nullable()
      .meta({ description: "HTTP status of the last response; null without one.", example: 204 }),
    responseBody: z
      .string()
      .nullable()
      .meta({ description: "The first 1024 bytes of the last response.", example: "" }),
    error: z
      .string()
      .nullable()
      .meta({ description: "Why the last attempt got no response.", example: null }),
    durationMs: z
      .int()
      .nullable()
      .meta({ description: "Duration of the last attempt in milliseconds.", example: 42 }),
    createdAt: timestamp("When it was queued."),
    lastAttemptAt: timestamp("Time of the last attempt; null before the first.").nullable(),
    nextAttemptAt: timestamp("Time of the next attempt; null if none is due.").nullable(),
  })
  .meta({ id: "Delivery", description: "The delivery of one event to one webhook." });

const deliveryAttempt = z
  .object({
    number: z.int().meta({ description: "Number of the attempt, from 1.", example: 1 }),
    endedAt: timestamp("When it ended."),
    durationMs: z.int().meta({ description: "How long it took in milliseconds.", example: 42 }),
    responseStatus: z
      .int()
      .nullable()
      .meta({ description: "HTTP status of the response; null without one.", example: 204 }),
    error: z
      .string()
      .nullable()
      .meta({ description: "Why there was no response; null if there was one.", example: null }),
  })
  .meta({ id: "DeliveryAttempt", description: "One attempt to send a delivery." });

export const deliveryWithAttempts = delivery
  .extend({
    occurredAt: timestamp(
      "When the event happened; null if its entry is missing in the log.",
    ).nullable(),
    history: z.array(deliveryAttempt).meta({
      description: "Each attempt, oldest first; none from before the server recorded them.",
    }),
  })
  .meta({ id: "DeliveryWithAttempts", description: "A delivery with each of its attempts." });

export const deliveryById = webhookById.extend({
  deliveryId: pathId("The delivery's id.", "dlv_01kjg3v9tefya8h8m6q1v0c3zd").meta({
    param: { id: "DeliveryId" },
  }),
});

export const deliveryPage = page("DeliveryPage", delivery);

export const listDeliveriesBody = z.strictObject({
  status: deliveryStatus.optional().meta({ description: "Only deliveries with this status." }),
  ...paging,
});
export const listDeliveriesInput = listDeliveriesBody.extend({ id: webhookPathId });
