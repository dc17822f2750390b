import type { Logger } from "pino";
import { KeyWatch } from "./access/key-watch.ts";
import { createApp } from "./app.ts";
import type { Database } from "./db/database.ts";
import { EventTail } from "./events/feed-end.ts";
import { createServices } from "./server.ts";

/** A ServiceFlow without a port, for a program of its own. */
export interface InProcessServer {
  fetch(input: string, init?: RequestInit): Promise<Response>;
  /** Ends what is open, and closes the database. */
  close(): Promise<void>;
}

/** What a server in process does not take from its surroundings. */
export interface InProcessOptions {
  bootstrapKey: string;
  /** The moment it is. */
  clock: () => Date;
}

/** Serves on a database that is migrated. Nothing runs in the background: what readers ask for is sealed as they ask. */
export function serveInProcess(
  db: Database,
  log: Logger,
  { bootstrapKey, clock }: InProcessOptions,
): InProcessServer {
  const keys = new KeyWatch(db, log, clock);
  const tail = new EventTail(db, log, clock);
  const services = createServices(db, log, bootstrapKey, {
    clock,
    tail,
    watchKey: (keyUuid, role) => keys.watch(keyUuid, role),
  });
  const app = createApp(services);
  let underWay = 0;
  let closed = false;
  let whenIdle = () => {};
  return {
    async fetch(input, init) {
      if (closed) return gone();
      underWay += 1;
      try {
        const response = await app.request(input, init);
        init?.signal?.throwIfAborted();
        return response;
      } finally {
        underWay -= 1;
        if (underWay === 0) whenIdle();
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      keys.close();
      await tail.close();
      if (underWay > 0) {
        await new Promise<void>((resolve) => {
          whenIdle = resolve;
        });
      }
      await db.close();
    },
  };
}

/** Not retryable, so that nobody tries again for ever. */
function gone(): Response {
  return Response.json(
    {
      type: "about:blank",
      title: "Gone",
      status: 410,
      detail: "This server in process was closed.",
      instance: "",
      code: "server_closed",
      requestId: "",
      retryable: false,
      errors: [],
    },
    { status: 410, headers: { "content-type": "application/problem+json" } },
  );
}
