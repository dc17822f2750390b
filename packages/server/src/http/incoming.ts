import type { IncomingMessage } from "node:http";

/** Node's side of a call, when it came over a socket. */
export function incomingOf(env: unknown): IncomingMessage | undefined {
  return ((env ?? {}) as { incoming?: IncomingMessage }).incoming;
}
