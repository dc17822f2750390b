import type { EventOf, EventType, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { RecentIds } from "../recent-ids.ts";
import { runHook } from "../run-hook.ts";
import { refuseNodeRequest } from "./node-handler.ts";
import type { SeenDeliveries } from "./seen-deliveries.ts";
import { readSecrets, type WebhookSecret } from "./signature.ts";
import { type VerifyOptions, verifyWebhook, type WebhookDelivery } from "./verify.ts";

const MAX_REMEMBERED_DELIVERIES = 10_000;

/** Handles an event. A returned promise is awaited before the response is sent. */
export type EventHandler<Event> = (event: Event, delivery: WebhookDelivery) => unknown;

/** Options of `createHandler`. */
export interface HandlerOptions extends VerifyOptions {
  /** `whsec_...`; an array of secrets during a rotation. Undefined, as of an environment variable that is not set, is refused. */
  secret: WebhookSecret | undefined;
  /** Handlers by event type. */
  on?: { readonly [Type in EventType]?: EventHandler<EventOf<Type>> } | undefined;
  /** Handles events of all other types, including types that this version of the SDK does not know. */
  onOther?: EventHandler<ServiceFlowEvent> | undefined;
  /** Deliveries that were already handled. By default the last 10000 of this process, in memory. */
  seen?: SeenDeliveries | undefined;
  /** Called with the error when verification or a handler fails. By default prints it to the console. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Creates a handler of webhook deliveries for any runtime with `Request` and `Response`. It verifies the signature, skips
 * deliveries that were already handled, and calls the handler of the event's type.
 *
 * The handler responds with 204 when done, 401 for an invalid signature, 413 for a body that is too large, 400 for an
 * invalid payload or a body that a parser has read, 405 for methods other than POST, and 500 when a handler throws. The
 * server retries the delivery unless the response is 2xx.
 * @throws TypeError for an invalid or missing secret
 * @example
 * ```ts
 * const handle = createHandler({
 *   secret: process.env.WEBHOOK_SECRET,
 *   on: {
 *     "request.created": (event) => console.log("New:", event.request?.title),
 *     "comment.created": (event) => console.log("Comment:", event.comment?.body),
 *   },
 * });
 * // Hono: app.post("/serviceflow", (c) => handle(c.req.raw)); Next.js: export const POST = handle;
 * // Express, Fastify: app.post("/serviceflow", toNodeHandler(handle));
 * const response = await handle(new Request("http://localhost/", { method: "POST", body: "{}" }));
 * console.log(response.status); // 401: no signature
 * ```
 */
export function createHandler(options: HandlerOptions): (request: Request) => Promise<Response> {
  const { secret, on = {}, onOther, onError = report } = options;
  readSecrets(secret);
  const seen = options.seen ?? new RecentIds(MAX_REMEMBERED_DELIVERIES);
  const inProgress = new Map<string, Promise<void>>();

  async function handleOnce(delivery: WebhookDelivery): Promise<void> {
    const { id, event } = delivery;
    if (await seen.has(id)) return;
    const handler = (Object.hasOwn(on, event.type) ? on[event.type] : undefined) ?? onOther;
    await (handler as EventHandler<ServiceFlowEvent> | undefined)?.(event, delivery);
    await seen.add(id);
  }

  return async (request: Request, reply?: unknown) => {
    const misused = refuseNodeRequest(reply);
    if (misused) {
      runHook(onError, misused);
      return respond(500);
    }
    if (request.method !== "POST") return respond(405, { allow: "POST" });
    let delivery: WebhookDelivery;
    try {
      delivery = await verifyWebhook(request, secret, options);
    } catch (error) {
      runHook(onError, error);
      return respond((ServiceFlowError.is(error) ? STATUS_OF[error.code] : undefined) ?? 500);
    }
    try {
      // A duplicate that arrives meanwhile gets the same result.
      const running = inProgress.get(delivery.id) ?? handleOnce(delivery);
      inProgress.set(delivery.id, running);
      await running.finally(() => inProgress.delete(delivery.id));
      return respond(204);
    } catch (error) {
      runHook(onError, error);
      return respond(500);
    }
  };
}

function respond(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** The status of each verification error; 500 for any other. */
const STATUS_OF: Readonly<Record<string, number>> = {
  invalid_signature: 401,
  signature_expired: 401,
  payload_too_large: 413,
  invalid_payload: 400,
  raw_body_required: 400,
};

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: by default a failed delivery must not go unnoticed
  console.error("Handling a ServiceFlow webhook failed:", error);
}
