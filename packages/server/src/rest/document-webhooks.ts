import { EVENT_TYPES } from "@serviceflow/domain";
import { eventPayloads } from "@serviceflow/domain/contract";
import { z } from "zod";
import type { ZodOpenApiPathItemObject } from "zod-openapi";

const HEADERS = z.object({
  "webhook-id": z.string().meta({
    description: "Id of the event, the same for every attempt and replay.",
    example: "evt_01kjg3v9tefya8h8m6q1v0c3zd",
    param: { id: "WebhookMessageId" },
  }),
  "webhook-timestamp": z.string().meta({
    description: "Time of this attempt, in seconds since 1970.",
    example: "1772439330",
    param: { id: "WebhookTimestamp" },
  }),
  "webhook-signature": z.string().meta({
    description:
      "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; two signatures, separated by a space, while a secret is being rotated.",
    example: "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    param: { id: "WebhookSignature" },
  }),
});

/** Deliveries to webhooks, by event type. */
export function webhookObjects(): Record<string, ZodOpenApiPathItemObject> {
  return Object.fromEntries(
    EVENT_TYPES.map((type) => [
      type,
      {
        post: {
          operationId: `on.${type}`,
          tags: ["Webhooks"],
          summary: `Delivery of ${type}`,
          security: [],
          requestParams: { header: HEADERS },
          requestBody: {
            required: true,
            content: { "application/json": { schema: eventPayloads.get(type) } },
          },
          responses: {
            "2XX": { description: "Accepted." },
            "410": { description: "Gone: the webhook is disabled." },
            default: { description: "Failed: the delivery is retried later." },
          },
        },
      } as ZodOpenApiPathItemObject,
    ]),
  );
}
