import type { IncomingMessage } from "node:http";

/** Node's request, when the call came over a socket. */
export function incomingOf(env: unknown): IncomingMessage | undefined {
  return ((env ?? {}) as { incoming?: IncomingMessage }).incoming;
}
