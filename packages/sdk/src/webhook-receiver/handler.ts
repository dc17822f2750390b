import type { EventOf, EventType, ServiceFlowEvent } from "@serviceflow/domain";
import { isServiceFlowError } from "../error.ts";
import { type SeenDeliveries, SeenInMemory } from "./seen.ts";
import { type VerifyOptions, verify, type WebhookDelivery } from "./verify.ts";

/** What is called with an event; what it answers is waited for. */
export type EventHandler<Event> = (event: Event, delivery: WebhookDelivery) => unknown;

export interface HandlerOptions extends VerifyOptions {
  /** `whsec_...`; several while one replaces another. */
  secret: string | readonly string[];
  /** What to do with the events of a type. */
  on?: { readonly [Type in EventType]?: EventHandler<EventOf<Type>> } | undefined;
  /** What to do with events of every other type, those that this version of the SDK does not know included. */
  onOther?: EventHandler<ServiceFlowEvent> | undefined;
  /** Which deliveries were handled before; by default those of this process, the newest 10000 of them. */
  seen?: SeenDeliveries | undefined;
  /** Told why a delivery was not handled: what was thrown, by `verify` or by what you do. By default the console is. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Makes a handler of deliveries that any runtime with `Request` and `Response` can serve. It verifies them, passes over
 * those that were handled before, and answers: 204 when it is done, 401 for a signature that is not right, 413 for too
 * large a body, 400 for what is no event, 405 for what is no POST, and 500 when what you do throws: the delivery is sent
 * again later then.
 * @throws TypeError for something that is no secret, with the first delivery
 * @example
 * ```ts
 * const handle = createHandler({
 *   secret: process.env.WEBHOOK_SECRET ?? "",
 *   on: {
 *     "request.created": (event) => console.log("New:", event.request?.title),
 *     "comment.created": (event) => console.log("Said:", event.comment?.body),
 *   },
 * });
 * // Hono: app.post("/serviceflow", (c) => handle(c.req.raw)); Next.js: export const POST = handle;
 * const response = await handle(new Request("http://localhost/", { method: "POST", body: "{}" }));
 * console.log(response.status); // 401: nobody has signed it
 * ```
 */
export function createHandler(options: HandlerOptions): (request: Request) => Promise<Response> {
  const { secret, on = {}, onOther, onError = report } = options;
  const seen = options.seen ?? new SeenInMemory();
  const underWay = new Map<string, Promise<void>>();

  async function handleOnce(delivery: WebhookDelivery): Promise<void> {
    const { id, event } = delivery;
    if (await seen.has(id)) return;
    const handler = (Object.hasOwn(on, event.type) ? on[event.type] : undefined) ?? onOther;
    await (handler as EventHandler<ServiceFlowEvent> | undefined)?.(event, delivery);
    await seen.add(id);
  }

  return async (request) => {
    if (request.method !== "POST") return answer(405, { allow: "POST" });
    let delivery: WebhookDelivery;
    try {
      delivery = await verify(request, secret, options);
    } catch (error) {
      onError(error);
      return answer((isServiceFlowError(error) ? FAULTS[error.code] : undefined) ?? 500);
    }
    try {
      // A copy that comes while the first is handled ends as that one does.
      const running = underWay.get(delivery.id) ?? handleOnce(delivery);
      underWay.set(delivery.id, running);
      await running.finally(() => underWay.delete(delivery.id));
      return answer(204);
    } catch (error) {
      onError(error);
      return answer(500);
    }
  };
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** What is the sender's fault, by the code of the error. */
const FAULTS: Readonly<Record<string, number>> = {
  invalid_signature: 401,
  signature_expired: 401,
  payload_too_large: 413,
  invalid_payload: 400,
};

function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a delivery that nobody knows of would be lost in silence
  console.error("A delivery of ServiceFlow was not handled:", error);
}
