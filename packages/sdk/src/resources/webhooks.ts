import type {
  CreateWebhookInput,
  Delivery,
  ListDeliveriesInput,
  ReplayInput,
  RotateSecretInput,
  UpdateWebhookInput,
  Webhook,
  WebhookWithSecret,
} from "@serviceflow/domain";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions, MutationOptions, VersionedOptions } from "../transport/call-options.ts";
import type { Call } from "../transport/trpc.ts";
import { type PageInput, type PageIterable, paginate } from "./page.ts";

/** Endpoints that events are sent to, by the Standard Webhooks; administrators only. */
export class Webhooks {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /**
   * Creates a webhook. Events from now on are delivered to it; the secret that signs them is only in this answer.
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
    return this.#call((server, sent) => server.webhooks.create.mutate(input, sent), options);
  }

  /**
   * Lists webhooks, newest first.
   * @throws ServiceFlowError `forbidden`
   * @example
   * ```ts
   * for await (const { url, failingSince } of sf.webhooks.list()) console.log(url, failingSince);
   * ```
   */
  list(input: PageInput = {}, options?: CallOptions): PageIterable<Webhook> {
    return paginate(input, (page) =>
      this.#call((server, sent) => server.webhooks.list.query(page, sent), options),
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
    return this.#call((server, sent) => server.webhooks.get.query({ id }, sent), options);
  }

  /**
   * Changes a webhook, or makes it active or inactive. One that is made active again goes on where it stopped.
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`
   * @example
   * ```ts
   * await sf.webhooks.update("whk_01kjg3v9tefya8h8m6q1v0c3zd", { active: true });
   * ```
   */
  update(id: string, patch: UpdateWebhookInput, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call(
      (server, sent) => server.webhooks.update.mutate({ ...patch, id }, sent),
      options,
    );
  }

  /**
   * Deletes a webhook with its deliveries. What was not delivered yet will not be.
   * @throws ServiceFlowError `not_found`, `forbidden`, `precondition_failed`
   * @example
   * ```ts
   * await sf.webhooks.delete("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  delete(id: string, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call((server, sent) => server.webhooks.delete.mutate({ id }, sent), options);
  }

  /**
   * Replaces the secret. Deliveries are signed with both for the overlap: a day by default, 0 seconds for a leaked one.
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
      (server, sent) => server.webhooks.rotate.mutate({ ...input, id }, sent),
      options,
    );
  }

  /**
   * Sends the webhook an event `webhook.pinged`, whatever types it takes; its deliveries tell what came of it.
   * @throws ServiceFlowError `not_found`, `forbidden`, `webhook_inactive`
   * @example
   * ```ts
   * await sf.webhooks.ping("whk_01kjg3v9tefya8h8m6q1v0c3zd");
   * ```
   */
  ping(id: string, options?: VersionedOptions): ApiPromise<Webhook> {
    return this.#call((server, sent) => server.webhooks.ping.mutate({ id }, sent), options);
  }

  /**
   * Delivers again: everything behind a cursor, or one delivery. The messages have the ids that they had.
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
      (server, sent) => server.webhooks.replay.mutate({ ...input, id }, sent),
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
    return paginate(filter, (page) =>
      this.#call(
        (server, sent) => server.webhooks.deliveries.query({ ...page, id }, sent),
        options,
      ),
    );
  }
}
