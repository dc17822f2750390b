import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import type { CallContext, ContextFactory, HttpCall, Services } from "./context.ts";
import { type Peer, type ProxyTrust, peerReader } from "./http/client-address.ts";
import { BODY_TIMEOUT_MS } from "./http/connection-limits.ts";
import { corsPolicy } from "./http/cors.ts";
import { docsRoutes } from "./http/docs.ts";
import type { ForwardingHeader } from "./http/forwarded.ts";
import { healthRoutes } from "./http/health.ts";
import { incomingOf } from "./http/incoming.ts";
import { keptContent } from "./http/kept-content.ts";
import { metricsRoutes } from "./http/metrics.ts";
import { toDomainError } from "./http/problem.ts";
import { problemResponse } from "./http/problem-response.ts";
import {
  API_HEADERS,
  DOCS_HEADERS,
  TRANSPORT_SECURITY,
  withHeaders,
} from "./http/security-headers.ts";
import { openApiDocument } from "./rest/document.ts";
import { restRoutes } from "./rest/routes.ts";
import { trpcRoutes } from "./trpc/routes.ts";

export interface AppOptions extends Services {
  /** Origins of pages that may call; none by default. */
  corsOrigins?: readonly string[];
  /** Trusted proxies, whose forwarding header counts; none by default. */
  trustedProxies?: readonly string[];
  /** The header that they write; `x-forwarded-for` by default. */
  forwardingHeader?: ForwardingHeader;
  /** How long the body of a call may take; 30 s by default. */
  bodyTimeoutMs?: number;
  /** What `/metrics` answers with; by default the metrics of this process. */
  metricsText?: () => Promise<string>;
  /** Opens `/metrics` to its bearer; null: there is none. */
  metricsToken?: string | null;
  /** Whether answers are compressed for those who accept it; by default they are. */
  compression?: boolean;
  /** Whether the server is stopping and should get no new calls. */
  isDraining?: () => boolean;
}

const API_BASE = "/api/v1";

/** The whole service as one `fetch`, without a port: a test can call it directly. */
export function createApp(options: AppOptions): Hono {
  const {
    corsOrigins = [],
    trustedProxies = [],
    forwardingHeader = "x-forwarded-for",
    bodyTimeoutMs = BODY_TIMEOUT_MS,
    metricsToken = null,
    metricsText = options.metrics.text,
    compression = true,
    isDraining = () => false,
    ...services
  } = options;
  const app = new Hono({ strict: true });
  const readPeer = peerReader({
    proxies: trustedProxies,
    header: forwardingHeader,
    onUnknown: warnOnce(services.log, forwardingHeader),
  });
  const contextOf =
    (transport: CallContext["transport"]): ContextFactory =>
    (request, env) =>
      callContext({ services, transport, request, env, readPeer, bodyTimeoutMs, compression });
  const rest = contextOf("rest");
  const problem = (error: DomainError, c: Context) =>
    problemResponse(error, rest(c.req.raw, c.env));

  const isSecure = (env: unknown) => readPeer(incomingOf(env)).secure;
  for (const path of ["/docs", "/docs/*"]) app.use(path, withHeaders(DOCS_HEADERS, isSecure));
  for (const path of ["/", "/openapi.json", "/metrics", "/health", "/health/*"]) {
    app.use(path, withHeaders(API_HEADERS, isSecure));
  }
  if (corsOrigins.length > 0) {
    app.on("OPTIONS", "*", withHeaders(API_HEADERS, isSecure));
    app.use(corsPolicy(corsOrigins));
  }
  if (metricsToken !== null) app.route("/metrics", metricsRoutes(metricsText, metricsToken));
  app.route("/trpc", trpcRoutes(contextOf("trpc")));
  app.route(API_BASE, restRoutes(API_BASE, rest));
  app.route("/health", healthRoutes({ db: services.db, isDraining, problem }));
  app.get(
    "/openapi.json",
    keptContent(openApiDocument, { "content-type": "application/json" }, compression),
  );
  app.route("/docs", docsRoutes(compression));
  for (const path of ["/", "/docs/"]) app.get(path, (c) => c.redirect("/docs"));
  // The unversioned paths of the original service answer as v1.
  app.route("/", restRoutes(API_BASE, rest));

  app.notFound((c) => problem(new DomainError("not_found", "There is nothing at this path."), c));
  app.onError((thrown, c) => {
    const ctx = rest(c.req.raw, c.env);
    const error = toDomainError(thrown);
    services.log.error({ requestId: ctx.requestId, path: ctx.path, err: thrown }, "unhandled");
    return problemResponse(error, ctx);
  });
  return app;
}

interface CallParts {
  services: Services;
  transport: CallContext["transport"];
  request: Request;
  env: unknown;
  readPeer(incoming: IncomingMessage | undefined): Peer;
  bodyTimeoutMs: number;
  compression: boolean;
}

function callContext(parts: CallParts): HttpCall {
  const { services, transport, request, env, bodyTimeoutMs: timeoutMs } = parts;
  const incoming = incomingOf(env);
  const peer = parts.readPeer(incoming);
  const headers = incoming?.headers;
  // Node has parsed the headers already; a Request would build its own list.
  const header = headers
    ? (name: string) => headers[name]?.toString() ?? null
    : (name: string) => request.headers.get(name);
  // Never the caller's: two calls could share it, and the log would keep its text for good.
  const requestId = randomUUID();
  return {
    ...services,
    transport,
    requestId,
    path: pathOf(request.url),
    clientAddress: peer.address,
    disconnected: () => request.signal,
    header,
    body: { request, header, incoming, timeoutMs },
    acceptEncoding: parts.compression ? header("accept-encoding") : null,
    responseHeaders: {
      "x-request-id": requestId,
      ...API_HEADERS,
      ...(peer.secure ? TRANSPORT_SECURITY : {}),
    },
  };
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return url.slice(start, end === -1 ? undefined : end).slice(0, 500);
}

const UNKNOWN_CLIENT = {
  unreadable: "a trusted proxy sent an address that cannot be read: its clients count as one",
  other_header: "a trusted proxy sent another forwarding header: set FORWARDING_HEADER to it",
} as const;

/** A log that has a line for each call would say nothing more. */
function warnOnce(log: Logger, header: ForwardingHeader): NonNullable<ProxyTrust["onUnknown"]> {
  const warned = new Set<string>();
  return (reason) => {
    if (warned.has(reason)) return;
    warned.add(reason);
    log.warn({ header }, UNKNOWN_CLIENT[reason]);
  };
}
