import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import { MAX_STALLED_MS } from "./guarded-body.ts";

/** How long the body of a call may take once it is read. */
export const BODY_TIMEOUT_MS = 30_000;

/** What an operator sets for the proxies and clients of an installation. */
export interface ConnectionTimes {
  /** From the first byte, or the connection itself, to the last header. */
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  /** Of a whole request, also when nobody reads its body. */
  requestTimeoutMs: number;
  /** Of an idle connection. Longer than that of usual proxies, which would otherwise send into a closed one. */
  keepAliveTimeoutMs: number;
}

/** What one connection may cost. */
export interface ConnectionLimits extends ConnectionTimes {
  /** Of an answer of which the client reads nothing. */
  maxStalledMs: number;
  /** How often connections are looked at. */
  checkIntervalMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: BODY_TIMEOUT_MS,
  requestTimeoutMs: 90_000,
  keepAliveTimeoutMs: 75_000,
  maxStalledMs: MAX_STALLED_MS,
  checkIntervalMs: 1_000,
};

/** Node's options; the body's timeout is the server's own, and has an answer. */
export function serverOptions(limits: ConnectionLimits): ServerOptions {
  return {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    // Checked with everything else of an address, and answered in words.
    requireHostHeader: false,
  };
}

/**
 * Makes a listener that cuts a client which reads nothing of the end of an answer. Node itself would keep what is left
 * for as long as the client stays. A streamed body is guarded until it ends.
 */
export function cuttingUnread(
  maxStalledMs: number,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  function onPrefinish(this: ServerResponse): void {
    const { socket } = this;
    if (!socket || socket.writableLength === 0) return;
    socket.setTimeout(maxStalledMs);
    // Before Node's own listener, which sets the timeout of an idle connection.
    this.prependOnceListener("finish", () => socket.setTimeout(0));
  }
  return (_, outgoing) => void outgoing.on("prefinish", onPrefinish);
}

/**
 * A listener that keeps the process alive when a client leaves amid its request. Readers of its body listen for
 * errors only while they read, and Node can emit one in the moment after.
 */
export function outlivingErrors(incoming: IncomingMessage): void {
  incoming.on("error", () => {});
}
