import type {
  CreateWebhookInput,
  Delivery,
  DeliveryWithAttempts,
  ListDeliveriesInput,
  ListWebhooksInput,
  ReplayInput,
  RotateSecretInput,
  UpdateWebhookInput,
  Webhook,
  WebhookWithSecret,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageIterable, paginate } from "./paginate.ts";

/** Webhooks: endpoints that receive events (Standard Webhooks). Administrators only. */
export class Webhooks {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Creates a webhook for events from now on. You are its owner: the server disables it when you stop being an active
   * administrator. The signing secret is returned only once.
   * @returns the webhook with its `secret`
   * @throws ServiceFlowError `forbidden`, `too_many_webhooks`, `secret_not_replayable`
   * @example
   * ```ts
   * const { id, secret } = await sf.webhooks.create({
   *   url: "https://bot.example.com/serviceflow",
   *   eventTypes: ["request.created", "request.transitioned"],
   * });
   * ```
   */
  create(input: CreateWebhookInput, options?: MutationOptions): ApiPromise<WebhookWithSecret> {
    return this.#call((server, context) => server.webhooks.create.mutate(input, context), options);
  }

  /**
   * Lists webhooks, newest first; all of them, or those of one owner.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * for await (const { url, failingSince } of sf.webhooks.list()) console.log(url, failingSince);
   * ```
   */
  list(input: ListWebhooksInput = {}, options?: CallOptions): PageIterable<Webhook> {
    return paginate(input, options, (page, ofPage) =>
      this.#call((server, context) => server.webhooks.list.query(page, context), ofPage),
    );
  }

  /**
   * Gets a webhook.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const { active, disabledBecause } = await sf.webhooks.get("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  get(id: string, options?: CallOptions): ApiPromise<Webhook> {
    return this.#call((server, context) => server.webhooks.get.query({ id }, context), options);
  }

  /**
   * Updates a webhook; omitted fields stay unchanged. A reactivated webhook resumes where it stopped.
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`; `webhook_unowned`: take it over before you
   * activate it
   * @example
   * ```ts
   * await sf.webhooks.update("whk_01kjg3v9tefya8h8m6q1v0c3zd", { active: true });
   * ```
   */
  update(id: string, patch: UpdateWebhookInput, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call(
      (server, context) => server.webhooks.update.mutate({ ...patch, id }, context),
      options,
    );
  }

  /**
   * Makes you the owner of a webhook. A webhook that is inactive stays so: check its URL and rotate its secret, which the
   * owner before you may know, then activate it.
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`
   * @example
   * ```ts
   * const { id } = await sf.webhooks.takeOver("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * await sf.webhooks.rotate(id, { overlapSeconds: 0 });
   * await sf.webhooks.update(id, { active: true });
   * ```
   */
  takeOver(id: string, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call(
      (server, context) => server.webhooks.takeOver.mutate({ id }, context),
      options,
    );
  }

  /**
   * Deletes a webhook and its deliveries, including pending ones.
   * @returns the deleted webhook
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`
   * @example
   * ```ts
   * await sf.webhooks.delete("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  delete(id: string, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call((server, context) => server.webhooks.delete.mutate({ id }, context), options);
  }

  /**
   * Rotates the signing secret. Deliveries carry signatures of both secrets for `overlapSeconds`: one day by default; pass
   * 0 if the secret has leaked.
   * @returns the webhook with its new `secret`
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`, `secret_not_replayable`
   * @example
   * ```ts
   * const { secret } = await sf.webhooks.rotate("whk_01kjg3v9tefya8h8m6q1v0c3zd", { overlapSeconds: 3600 });
   * ```
   */
  rotate(
    id: string,
    input: RotateSecretInput = {},
    options?: VersionedOptions,
  ): ApiPromise<WebhookWithSecret> {
    return this.#call(
      (server, context) => server.webhooks.rotate.mutate({ ...input, id }, context),
      options,
    );
  }

  /**
   * Sends a `webhook.pinged` event to the webhook, regardless of its event types. `deliveries` shows the outcome.
   * @throws ServiceFlowError `not_found`, `forbidden`, `webhook_inactive`
   * @example
   * ```ts
   * await sf.webhooks.ping("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  ping(id: string, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call((server, context) => server.webhooks.ping.mutate({ id }, context), options);
  }

  /**
   * Redelivers one delivery, or all events after a cursor. Redeliveries keep their message ids.
   * @throws ServiceFlowError `not_found`, `forbidden`, `cursor_unknown`
   * @example
   * ```ts
   * const { items } = await sf.webhooks.deliveries("whk_01kjg3v9tefya8h8m6q1v0c3zd", { status: "FAILED" });
   * for (const { id } of items) {
   *   await sf.webhooks.replay("whk_01kjg3v9tefya8h8m6q1v0c3zd", { deliveryId: id });
   * }
   * ```
   */
  replay(id: string, input: ReplayInput, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call(
      (server, context) => server.webhooks.replay.mutate({ ...input, id }, context),
      options,
    );
  }

  /**
   * Lists the deliveries to a webhook, newest first.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const list = sf.webhooks.deliveries("whk_01kjg3v9tefya8h8m6q1v0c3zd", { status: "PENDING" });
   * for await (const { eventType, error, nextAttemptAt } of list) console.log(eventType, error, nextAttemptAt);
   * ```
   */
  deliveries(
    id: string,
    filter: ListDeliveriesInput = {},
    options?: CallOptions,
  ): PageIterable<Delivery> {
    return paginate(filter, options, (page, ofPage) =>
      this.#call(
        (server, context) => server.webhooks.deliveries.query({ ...page, id }, context),
        ofPage,
      ),
    );
  }

  /**
   * Gets a delivery with each of its attempts: when the event happened, when it was queued, and when and how each attempt
   * ended.
   * @throws ServiceFlowError `not_found`, `forbidden`
   * @example
   * ```ts
   * const webhookId = "whk_01kjg3v9tefya8h8m6q1v0c3zd";
   * for await (const { id } of sf.webhooks.deliveries(webhookId, { status: "FAILED" })) {
   *   const { occurredAt, history } = await sf.webhooks.delivery(webhookId, id);
   *   for (const { endedAt, responseStatus, error } of history) {
   *     console.log(occurredAt, endedAt, responseStatus ?? error);
   *   }
   * }
   * ```
   */
  delivery(
    id: string,
    deliveryId: string,
    options?: CallOptions,
  ): ApiPromise<DeliveryWithAttempts> {
    return this.#call(
      (server, context) => server.webhooks.delivery.query({ id, deliveryId }, context),
      options,
    );
  }
}
