import type { Problem } from "@serviceflow/domain";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Database } from "./db/database.ts";
import { problemBytes } from "./rest/event-stream.ts";
import { createServices } from "./services.ts";
import { localSender, type MessageHandler, THIS_MACHINE } from "./webhooks/local-sender.ts";

/** In the input of a webhook. */
const LEADS_HERE = /"https?:\/\/(localhost|127\.|\[::1\])/;

/** A ServiceFlow inside another program, without a port. */
export interface InProcessServer {
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Begins to send to webhooks, as it does once a webhook leads to this machine. */
  startSending(): void;
  /** Sends to webhooks what has happened so far, each message once. */
  flushWebhooks(): Promise<void>;
  /** Ends open streams at once, waits for calls in progress and closes the database. */
  close(): Promise<void>;
}

export interface InProcessOptions {
  bootstrapKey: string;
  /** The current time. */
  clock: () => Date;
  /** Who receives what is sent to a URL of a webhook; undefined: this machine, if the URL leads there, or else nobody. */
  handlerOf?: ((url: string) => MessageHandler | undefined) | undefined;
}

/**
 * Serves on a database that is migrated. Nothing runs in the background until there are webhooks to send to: readers of
 * the log seal what they read.
 */
export function serveInProcess(
  db: Database,
  log: Logger,
  { bootstrapKey, clock, handlerOf = () => undefined }: InProcessOptions,
): InProcessServer {
  const { services, background } = createServices(db, log, {
    bootstrapKey,
    clock,
    webhookTargets: THIS_MACHINE,
    webhookSender: localSender(handlerOf),
  });
  // Nothing between the two would decode it.
  const app = createApp({ ...services, compression: false });
  const streams = new Set<() => void>();
  let inProgress = 0;
  let closed = false;
  let whenIdle = () => {};
  return {
    async fetch(input, init) {
      if (closed) return gone();
      inProgress += 1;
      try {
        const response = await app.request(input, init);
        if (init?.signal?.aborted) {
          // Nobody will read it, and a stream would stay open.
          await response.body?.cancel();
          throw init.signal.reason;
        }
        const isOfWebhook = /\/webhooks\b/.test(input);
        if (isOfWebhook && LEADS_HERE.test(String(init?.body))) background.startSending();
        const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
        return isStream ? endedBy(streams, response) : response;
      } finally {
        inProgress -= 1;
        if (inProgress === 0) whenIdle();
      }
    },
    startSending: () => background.startSending(),
    flushWebhooks: () => background.flushWebhooks(),
    async close() {
      if (closed) return;
      closed = true;
      for (const end of streams) end();
      background.cutStreams();
      await background.stop();
      if (inProgress > 0) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
      }
      await db.close();
    },
  };
}

/** A stream that says why it ends when it is ended: after a plain end, its reader would wait and connect again. */
function endedBy(streams: Set<() => void>, response: Response): Response {
  const reader = response.body?.getReader();
  if (!reader) return response;
  let end = () => {};
  const leave = () => streams.delete(end);
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(controller) {
      end = () => {
        leave();
        controller.enqueue(problemBytes(CLOSED));
        controller.close();
        reader.cancel().catch(() => {});
      };
      streams.add(end);
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!streams.has(end)) return;
        if (!done) return controller.enqueue(value);
        leave();
        controller.close();
      } catch (error) {
        if (leave()) controller.error(error);
      }
    },
    cancel(reason) {
      leave();
      return reader.cancel(reason);
    },
  };
  return new Response(new ReadableStream(source, { highWaterMark: 0 }), response);
}

/** Not retryable: a client would otherwise retry in vain. */
const CLOSED = {
  type: "about:blank",
  title: "Gone",
  status: 410,
  detail: "This in-process server was closed.",
  instance: "",
  code: "server_closed",
  requestId: "",
  retryable: false,
  errors: [],
} as unknown as Problem;

function gone(): Response {
  return Response.json(CLOSED, {
    status: 410,
    headers: { "content-type": "application/problem+json" },
  });
}
