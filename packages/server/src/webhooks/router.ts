import {
  type Anchor,
  type Caller,
  createWebhook,
  type Decision,
  DomainError,
  deleteWebhook,
  pingWebhook,
  replayWebhook,
  requireRole,
  rotateSecret,
  SECRET_ROTATION_DEFAULTS,
  takeOverWebhook,
  toPublicId,
  updateWebhook,
  WEBHOOK_DEFAULTS,
  type Webhook,
} from "@serviceflow/domain";
import {
  createWebhookInput,
  deliveryById,
  deliveryPage,
  deliveryWithAttempts,
  listDeliveriesInput,
  listWebhooksInput,
  replayInput,
  rotateSecretInput,
  updateWebhookInput,
  webhookById,
  webhookPage,
  webhook as webhookSchema,
  webhookWithSecret,
} from "@serviceflow/domain/contract";
import { type Deciding, execute } from "../commands/command.ts";
import { defaultsOf } from "../commands/defaults.ts";
import { newUuid, secretBytes, shownSecret } from "../commands/dry-run.ts";
import type { Write } from "../commands/write.ts";
import type { CommandContext } from "../context.ts";
import { uuidv7 } from "../db/uuidv7.ts";
import { resolveCursor } from "../events/cursor.ts";
import { requireTarget } from "../http/outbound-target.ts";
import { sealForReader } from "../log/sealer.ts";
import { command, procedure, router } from "../procedure.ts";
import { toOwnerState, toWebhook } from "./columns.ts";
import { getDelivery, listDeliveries } from "./deliveries.ts";
import { newSecret, secretText } from "./secret.ts";
import {
  deleteWebhookRow,
  getWebhook,
  insertWebhook,
  listWebhooks,
  loadCount,
  loadWebhook,
  pingRow,
  replayFromRow,
  replayOneRow,
  rotateSecretRow,
  takeOverRow,
  updateWebhookRow,
  type WebhookRow,
} from "./store.ts";

const tags: [string] = ["Webhooks"];

/** A command on an existing webhook. */
interface Command {
  input: { id: string; deliveryId?: string | undefined };
  prepare?(dryRun: boolean): Promise<void>;
  decide(webhook: Webhook, by: Deciding, row: WebhookRow): Decision<Webhook>;
  write(next: Webhook, row: WebhookRow): Write;
}

function onWebhook(ctx: CommandContext, { decide, ...command }: Command) {
  const { id, deliveryId } = command.input;
  return execute(ctx, {
    ...command,
    load: loadWebhook(id, deliveryId),
    permit: requireManager,
    versionOf: (row) => row.version,
    decide: (row, by) => decide(toWebhook(row), by, row),
    answer: (next) => next,
  });
}

function requireManager(caller: Caller): void {
  requireRole("webhook.manage", caller);
}

export const webhooksRouter = router({
  create: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/webhooks",
        tags,
        example: {
          url: "https://bot.example.com/serviceflow",
          description: "Bot",
          eventTypes: ["request.created", "request.transitioned"],
        },
        summary: "Create a webhook",
        description:
          "Administrators only. It receives events from now on, as specified by Standard Webhooks, with the caller's authority: it is disabled when the caller stops being an active administrator. The secret is shown only once.",
        status: 201,
        answers: "versioned",
        location: "/webhooks/{id}",
        errors: ["forbidden", "too_many_webhooks", "secret_not_replayable"],
      },
    })
    .input(createWebhookInput)
    .output(webhookWithSecret)
    .mutation(({ ctx, input }) => {
      const id = toPublicId("webhook", newUuid(ctx));
      const secret = newSecret(secretBytes(ctx));
      return execute(ctx, {
        input,
        defaults: defaultsOf(createWebhookInput, WEBHOOK_DEFAULTS),
        secret: true,
        load: loadCount({}),
        permit: requireManager,
        // Its deliveries begin after what is sealed now.
        async prepare(dryRun) {
          if (!dryRun) await sealForReader(ctx.db, ctx.clock());
        },
        decide: ({ count }, by) => {
          const url = requireTarget(input.url, ctx.webhookTargets);
          return createWebhook({ ...input, url }, { ...by, id, count });
        },
        write: (next, row) => insertWebhook(next, secret, row),
        answer: (next) => ({ ...next, secret: shownSecret(ctx, secretText(secret)) }),
      });
    }),

  list: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/webhooks",
        tags,
        summary: "List webhooks, newest first",
        description: "Administrators only.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listWebhooksInput)
    .output(webhookPage)
    .query(({ ctx, input }) => {
      requireRole("webhook.manage", ctx.caller);
      return listWebhooks(ctx.db, input);
    }),

  get: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/webhooks/{id}",
        tags,
        summary: "Get a webhook",
        description: "Administrators only.",
        answers: "versioned",
        errors: ["forbidden"],
      },
    })
    .input(webhookById)
    .output(webhookSchema)
    .query(({ ctx, input }) => {
      requireRole("webhook.manage", ctx.caller);
      return getWebhook(ctx.db, input.id);
    }),

  update: command
    .meta({
      scope: "admin",
      openapi: {
        method: "PATCH",
        path: "/webhooks/{id}",
        tags,
        example: { active: false },
        summary: "Update a webhook, activate or deactivate it",
        description:
          "Administrators only. After activation it resumes where it stopped; to skip that backlog, replay it from `now` first.",
        answers: "versioned",
        errors: ["forbidden", "webhook_unowned"],
      },
    })
    .input(updateWebhookInput)
    .output(webhookSchema)
    .mutation(({ ctx, input: { id, ...patch } }) =>
      onWebhook(ctx, {
        input: { id, ...patch },
        decide: (webhook, by, row) => {
          const url =
            patch.url === undefined ? undefined : requireTarget(patch.url, ctx.webhookTargets);
          const { caller } = by;
          return updateWebhook(webhook, { ...patch, url }, { caller, owner: toOwnerState(row) });
        },
        write: updateWebhookRow,
      }),
    ),

  takeOver: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/webhooks/{id}/take-over",
        tags,
        summary: "Become the owner of a webhook",
        description:
          "Administrators only. It then receives events with the caller's authority. An inactive webhook stays inactive: check its URL, rotate its secret, which the owner before may know, and activate it.",
        answers: "versioned",
        errors: ["forbidden"],
      },
    })
    .input(webhookById)
    .output(webhookSchema)
    .mutation(({ ctx, input }) =>
      onWebhook(ctx, {
        input,
        decide: takeOverWebhook,
        write: takeOverRow,
      }),
    ),

  delete: command
    .meta({
      scope: "admin",
      openapi: {
        method: "DELETE",
        path: "/webhooks/{id}",
        tags,
        summary: "Delete a webhook with its deliveries",
        description: "Administrators only. Pending deliveries are discarded.",
        answers: "versioned",
        errors: ["forbidden"],
      },
    })
    .input(webhookById)
    .output(webhookSchema)
    .mutation(({ ctx, input }) =>
      onWebhook(ctx, {
        input,
        decide: deleteWebhook,
        write: deleteWebhookRow,
      }),
    ),

  rotate: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/webhooks/{id}/rotate",
        tags,
        summary: "Rotate a webhook's secret",
        description:
          "Administrators only. Answers the new secret, which is shown only once. Both secrets sign deliveries for the overlap: a day by default, 0 for a leaked secret.",
        status: 201,
        answers: "versioned",
        errors: ["forbidden", "secret_not_replayable"],
      },
    })
    .input(rotateSecretInput)
    .output(webhookWithSecret)
    .mutation(({ ctx, input }) => {
      const secret = newSecret(secretBytes(ctx));
      return execute(ctx, {
        input,
        defaults: defaultsOf(rotateSecretInput, SECRET_ROTATION_DEFAULTS),
        secret: true,
        load: loadWebhook(input.id),
        permit: requireManager,
        versionOf: (row) => row.version,
        decide: (row, by): Decision<Webhook> => rotateSecret(toWebhook(row), input, by),
        write: (next) => rotateSecretRow(next, secret),
        answer: (next) => ({ ...next, secret: shownSecret(ctx, secretText(secret)) }),
      });
    }),

  ping: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/webhooks/{id}/ping",
        tags,
        summary: "Send a test event to a webhook",
        description:
          "Administrators only. Delivers an event `webhook.pinged`, regardless of its event types; its deliveries show the result.",
        answers: "versioned",
        errors: ["forbidden", "webhook_inactive"],
      },
    })
    .input(webhookById)
    .output(webhookSchema)
    .mutation(({ ctx, input }) =>
      onWebhook(ctx, {
        input,
        decide: pingWebhook,
        write: pingRow,
      }),
    ),

  replay: command
    .meta({
      scope: "admin",
      openapi: {
        method: "POST",
        path: "/webhooks/{id}/replay",
        tags,
        example: { after: "now" },
        summary: "Replay all deliveries after a cursor, or one delivery",
        description:
          "Administrators only. Send either `after` or `deliveryId`. Messages keep their ids, so that a receiver can recognize duplicates. Pending deliveries after the cursor are replaced; an inactive webhook receives them once it is active again.",
        answers: "versioned",
        errors: ["forbidden", "cursor_unknown"],
      },
    })
    .input(replayInput)
    .output(webhookSchema)
    .mutation(({ ctx, input: { id, ...input } }) => {
      const { after, deliveryId } = input;
      let place: Anchor | null = null;
      return onWebhook(ctx, {
        input: { id, ...input },
        async prepare(dryRun) {
          // A committed event is before `now` only once it is sealed.
          if (!dryRun) await sealForReader(ctx.db, ctx.clock());
          if (after !== undefined) place = await resolveCursor(ctx.db, after, "/after");
        },
        decide: (webhook, by, { hasDelivery }) => {
          const decision = replayWebhook(webhook, input, by);
          if (deliveryId !== undefined && !hasDelivery) {
            throw new DomainError("not_found", "This webhook has no such delivery.");
          }
          return decision;
        },
        write: (next) => {
          if (place) return replayFromRow(next, place.position);
          if (deliveryId === undefined) throw new Error("A replay names a cursor or a delivery.");
          const now = ctx.clock();
          const copy = uuidv7(now.getTime(), ctx.random(10));
          return replayOneRow(next, deliveryId, copy, now.toISOString());
        },
      });
    }),

  deliveries: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/webhooks/{id}/deliveries",
        tags,
        summary: "List a webhook's deliveries, newest first",
        description:
          "Administrators only. Finished deliveries are kept for 30 days, pending ones until they finish.",
        answers: "page",
        errors: ["forbidden"],
      },
    })
    .input(listDeliveriesInput)
    .output(deliveryPage)
    .query(async ({ ctx, input }) => {
      requireRole("webhook.manage", ctx.caller);
      const { id } = await getWebhook(ctx.db, input.id);
      return listDeliveries(ctx.db, id, input);
    }),

  delivery: procedure
    .meta({
      scope: "admin",
      openapi: {
        method: "GET",
        path: "/webhooks/{id}/deliveries/{deliveryId}",
        tags,
        summary: "Get a delivery with each of its attempts",
        description:
          "Administrators only. Shows when the event happened, when it was queued, and when and how each attempt ended.",
        errors: ["forbidden"],
      },
    })
    .input(deliveryById)
    .output(deliveryWithAttempts)
    .query(({ ctx, input }) => {
      requireRole("webhook.manage", ctx.caller);
      return getDelivery(ctx.db, input);
    }),
});
