import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { CallContext, ContextFactory, HttpCall, Services } from "./context.ts";
import { callLines } from "./http/call-lines.ts";
import type { Peer } from "./http/client-address.ts";
import { exchangeOf, incomingOf } from "./http/incoming.ts";
import { API_HEADERS, TRANSPORT_SECURITY } from "./http/security-headers.ts";

interface ContextOptions {
  readPeer(incoming: IncomingMessage | undefined): Peer;
  /** How long a body may take. */
  bodyTimeoutMs: number;
  /** Whether answers may be compressed. */
  compression: boolean;
}

/** Contexts of calls over each transport. They inherit the services, which are many, instead of holding each of them. */
export function callContexts(
  services: Services,
  { readPeer, bodyTimeoutMs: timeoutMs, compression }: ContextOptions,
): (transport: CallContext["transport"]) => ContextFactory {
  const { log, tracer } = services;
  return (transport) => (request, env) => {
    const incoming = incomingOf(env);
    const peer = readPeer(incoming);
    const headers = incoming?.headers;
    // Node has parsed the headers already; a Request would build its own list.
    const header = headers
      ? (name: string) => headers[name]?.toString() ?? null
      : (name: string) => request.headers.get(name);
    // Never the caller's: two calls could share it, and the log would keep its text for good.
    const requestId = randomUUID();
    const path = pathOf(request.url);
    const clientAddress = peer.address;
    const lines = callLines(
      { log, tracer, transport, requestId, path, clientAddress, secure: peer.secure, header },
      request.method,
      exchangeOf(env),
    );
    return {
      __proto__: services,
      transport,
      requestId,
      path,
      clientAddress,
      secure: peer.secure,
      lines,
      disconnected: () => request.signal,
      header,
      body: { request, header, incoming, timeoutMs },
      acceptEncoding: compression ? header("accept-encoding") : null,
      responseHeaders: {
        "x-request-id": requestId,
        ...API_HEADERS,
        ...(peer.secure ? TRANSPORT_SECURITY : {}),
      },
    } as unknown as HttpCall;
  };
}

/** A context that is copied, as tRPC's middlewares do, holds the services itself. */
export function holdingServices(ctx: HttpCall): HttpCall {
  const all: Record<string, unknown> = {};
  for (const name in ctx) all[name] = ctx[name as keyof HttpCall];
  return all as unknown as HttpCall;
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return url.slice(start, end === -1 ? undefined : end).slice(0, 500);
}
