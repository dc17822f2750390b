/**
 * A webhook receiver in a Hono application, on any runtime that Hono supports.
 *
 *     import { serve } from "@hono/node-server";
 *     serve(receiver({ secret: process.env.WEBHOOK_SECRET, notify: console.log }));
 */
import { createHandler } from "@serviceflow/sdk/webhooks";
import { Hono } from "hono";

interface ReceiverOptions {
  /** `whsec_...`, from `sf.webhooks.create`. */
  secret: string | undefined;
  /** Sends a message, for example to a chat or a pager. */
  notify(text: string): unknown;
}

export function receiver({ secret, notify }: ReceiverOptions): Hono {
  const handle = createHandler({
    secret,
    on: {
      "request.created": ({ request }) => notify(`New: ${request?.title}`),
      "request.transitioned": ({ request, changes }) =>
        notify(`${request?.id}: ${changes.status?.from} -> ${changes.status?.to}`),
    },
  });
  const app = new Hono();
  app.post("/serviceflow", (c) => handle(c.req.raw));
  return app;
}
