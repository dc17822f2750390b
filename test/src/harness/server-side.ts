import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/** The server's end of the call that requests a path next. */
export function serverSideOf(path: string): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    const look = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (request.url !== path) return;
      unsubscribe("http.server.request.start", look);
      resolve(request);
    };
    subscribe("http.server.request.start", look);
  });
}
