import type { Logger } from "pino";
import { createApp } from "./app.ts";
import type { Database } from "./db/database.ts";
import { createServices } from "./services.ts";

/** A ServiceFlow inside another program, without a port. */
export interface InProcessServer {
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Cuts open streams, waits for calls in progress and closes the database. */
  close(): Promise<void>;
}

export interface InProcessOptions {
  bootstrapKey: string;
  /** The current time. */
  clock: () => Date;
}

/** Serves on a database that is migrated. Nothing runs in the background: readers of the log seal what they read. */
export function serveInProcess(
  db: Database,
  log: Logger,
  { bootstrapKey, clock }: InProcessOptions,
): InProcessServer {
  const { services, background } = createServices(db, log, { bootstrapKey, clock });
  // Nothing between the two would decode it.
  const app = createApp({ ...services, compression: false });
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
        return response;
      } finally {
        inProgress -= 1;
        if (inProgress === 0) whenIdle();
      }
    },
    async close() {
      if (closed) return;
      closed = true;
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

/** Not retryable: a client would otherwise retry in vain. */
function gone(): Response {
  return Response.json(
    {
      type: "about:blank",
      title: "Gone",
      status: 410,
      detail: "This in-process server was closed.",
      instance: "",
      code: "server_closed",
      requestId: "",
      retryable: false,
      errors: [],
    },
    { status: 410, headers: { "content-type": "application/problem+json" } },
  );
}
