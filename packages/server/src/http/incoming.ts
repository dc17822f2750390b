import type { IncomingMessage } from "node:http";
import type { Exchange } from "./call-lines.ts";

/** Node's request, when the call came over a socket. */
export function incomingOf(env: unknown): IncomingMessage | undefined {
  return exchangeOf(env).incoming;
}

/** Node's request and answer, when the call came over a socket. */
export function exchangeOf(env: unknown): Exchange {
  return (env ?? {}) as Exchange;
}
