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
  version,
} from "./fields.ts";

const MOST_URL_LENGTH = 2000;

const webhookPathId = pathId("The webhook's id.", "whk_01kjg3v9tefya8h8m6q1v0c3zd").meta({
  param: { id: "WebhookId" },
});
const eventTypes = z.array(auditAction).max(EVENT_TYPES.length);
const active = z.boolean().meta({
  description: "Nothing is delivered while it is not; what happens meanwhile waits.",
  example: true,
});
const includeInternal = z
  .boolean()
  .meta({ description: "Whether internal comments are delivered, too.", example: false });
const url = z.string().min(1).max(MOST_URL_LENGTH).meta({
  description: "Where events are sent: an https URL without user name, password or fragment.",
  example: "https://bot.example.com/serviceflow",
});
const description = text(WEBHOOK_DESCRIPTION, { description: "What it is for.", example: "Bot" });

const webhookShape = {
  id: idOf("webhook", "Id of the webhook."),
  url: z.string().meta({
    description: "Where events are sent.",
    example: "https://bot.example.com/serviceflow",
  }),
  description: z.string().meta({ description: "What it is for; may be empty.", example: "Bot" }),
  eventTypes: z.array(auditAction).meta({
    description: "The types that are delivered; empty for all.",
    example: ["request.created"],
  }),
  includeInternal,
  active,
  disabledBecause: z.enum(DISABLED_BECAUSE).nullable().meta({
    description: "Why the server made it inactive; null when it did not.",
    example: null,
  }),
  failingSince: timestamp("Since when no delivery has been taken; null while they are.").nullable(),
  oldSecretUntil: timestamp(
    "Until when deliveries are signed with the secret before, too; null: they are not.",
  ).nullable(),
  version,
  createdAt: timestamp("When it was created."),
};

export const webhook = z
  .object(webhookShape)
  .meta({ id: "Webhook", description: "An endpoint that events are delivered to." });

export const webhookWithSecret = z
  .object({
    ...webhookShape,
    secret: z.string().meta({
      description: "What deliveries are signed with, shown this once.",
      example: "whsec_...",
    }),
  })
  .meta({ id: "WebhookWithSecret", description: "A webhook with a new secret." });

export const webhookPage = page("WebhookPage", webhook);

export const webhookById = z.strictObject({ id: webhookPathId });
export const listWebhooksInput = z.strictObject(paging);

export const createWebhookInput = z.strictObject({
  url,
  description: description.optional(),
  eventTypes: eventTypes.optional().meta({ description: "All when left out or empty." }),
  includeInternal: includeInternal.optional().meta({ description: "False when left out." }),
});

export const updateWebhookBody = z.strictObject({
  url: url.optional(),
  description: description.optional(),
  eventTypes: eventTypes.optional().meta({ description: "The types to deliver; empty for all." }),
  includeInternal: includeInternal.optional(),
  active: active.optional(),
});
export const updateWebhookInput = updateWebhookBody.extend({ id: webhookPathId });

export const rotateSecretBody = z.strictObject({
  overlapSeconds: z.int().min(0).max(604_800).optional().meta({
    description: "How long both secrets sign; a day when left out, 0 for a leaked secret.",
    example: 0,
  }),
});
export const rotateSecretInput = rotateSecretBody.extend({ id: webhookPathId });

export const replayBody = z.strictObject({
  after: feedCursor(
    "Everything behind this cursor. `start` is the beginning of the log; `now` leaves out what has not been queued.",
  ).optional(),
  deliveryId: publicId("delivery", "One delivery, once more.").optional(),
});
export const replayInput = replayBody.extend({ id: webhookPathId });

const deliveryStatus = z.enum(DELIVERY_STATUSES).meta({
  id: "DeliveryStatus",
  description:
    "PENDING: to be sent, or sent again. FAILED: given up. REPLACED: a replay sends it anew.",
  example: "DELIVERED",
});

export const delivery = z
  .object({
    id: idOf("delivery", "Id of the delivery."),
    webhookId: idOf("webhook", "Id of the webhook."),
    eventId: idOf("auditEntry", "Id of the event, sent as `webhook-id`."),
    eventType: auditAction,
    cursor: cursorOf("Where the event stands in the feed."),
    status: deliveryStatus,
    attempts: z.int().meta({ description: "How often it was sent.", example: 1 }),
    responseStatus: z
      .int()
      .nullable()
      .meta({ description: "Status of the last answer; null: there was none.", example: 204 }),
    responseBody: z
      .string()
      .nullable()
      .meta({ description: "The first 1024 bytes of the last answer.", example: "" }),
    error: z
      .string()
      .nullable()
      .meta({ description: "Why the last attempt had no answer.", example: null }),
    durationMs: z
      .int()
      .nullable()
      .meta({ description: "How long the last attempt took, in milliseconds.", example: 42 }),
    createdAt: timestamp("When it was queued."),
    lastAttemptAt: timestamp("When it was last sent; null is not yet.").nullable(),
    nextAttemptAt: timestamp("When it is sent next; null is not again.").nullable(),
  })
  .meta({ id: "Delivery", description: "One event on its way to one webhook." });

export const deliveryPage = page("DeliveryPage", delivery);

export const listDeliveriesBody = z.strictObject({
  status: deliveryStatus.optional().meta({ description: "Only deliveries of this status." }),
  ...paging,
});
export const listDeliveriesInput = listDeliveriesBody.extend({ id: webhookPathId });
