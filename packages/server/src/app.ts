import { DomainError } from "@serviceflow/domain";
import { type Context, Hono } from "hono";
import type { Logger } from "pino";
import { hasSessionCookie } from "./access/session-cookie.ts";
import { callContexts } from "./call-context.ts";
import type { Services } from "./context.ts";
import { onlyRead } from "./http/allow.ts";
import { API_BASE } from "./http/api-base.ts";
import { type ProxyTrust, peerReader } from "./http/client-address.ts";
import { BODY_TIMEOUT_MS } from "./http/connection-limits.ts";
import { consoleRoutes } from "./http/console.ts";
import { corsPolicy } from "./http/cors.ts";
import { DOCS_PATHS, docsRoutes } from "./http/docs/routes.ts";
import type { ForwardingHeader } from "./http/forwarded.ts";
import { healthRoutes } from "./http/health.ts";
import { incomingOf } from "./http/incoming.ts";
import { keptContent } from "./http/kept-content.ts";
import { metricsRoutes } from "./http/metrics.ts";
import { toDomainError } from "./http/problem.ts";
import { problemResponse } from "./http/problem-response.ts";
import { type Phase, READY_GRACE_MS } from "./http/readiness.ts";
import {
  API_HEADERS,
  CONSOLE_HEADERS,
  DOCS_HEADERS,
  withHeaders,
} from "./http/security-headers.ts";
import type { OidcProvider } from "./oidc/provider.ts";
import { openApiDocument } from "./rest/document.ts";
import { oidcRoutes } from "./rest/oidc-routes.ts";
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
  /** The identity provider that people sign in with; by default there is none. */
  oidc?: OidcProvider | null;
  /** Whether the server should get calls; by default it should. */
  phase?: () => Phase;
  /** For how long the database may be away before the server is not ready; 60 s by default. */
  readyGraceMs?: number;
}

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
    oidc = null,
    phase = () => "ready",
    readyGraceMs = READY_GRACE_MS,
    ...services
  } = options;
  const app = new Hono({ strict: true });
  const readPeer = peerReader({
    proxies: trustedProxies,
    header: forwardingHeader,
    onUnknown: warnOnce(services.log, forwardingHeader),
  });
  const contextOf = callContexts(services, { readPeer, bodyTimeoutMs, compression });
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
  const signIn = oidcRoutes(API_BASE, rest, oidc);
  app.route(API_BASE, signIn);
  app.route(API_BASE, restRoutes(API_BASE, rest));
  app.route("/health", healthRoutes({ db: services.db, phase, graceMs: readyGraceMs, problem }));
  app.get(
    "/openapi.json",
    keptContent(openApiDocument, { "content-type": "application/json" }, compression),
  );
  app.route("/docs", docsRoutes(compression));
  app.get("/docs/", (c) => c.redirect("/docs"));
  const console = consoleRoutes((c) =>
    hasSessionCookie(c.req.header("cookie") ?? null, { secure: isSecure(c.env) }),
  );
  if (console !== null) {
    app.use("/console/*", withHeaders(CONSOLE_HEADERS, isSecure));
    app.route("/console", console);
  }
  app.get("/", (c) => c.redirect(console !== null && wantsPage(c) ? "/console/" : "/docs"));
  onlyRead(
    app,
    [
      ...[
        "/",
        "/docs/",
        ...DOCS_PATHS,
        "/openapi.json",
        "/health",
        "/health/live",
        "/health/ready",
      ],
      ...(metricsToken === null ? [] : ["/metrics"]),
      ...(console === null ? [] : ["/console", "/console/*"]),
    ],
    (c) => rest(c.req.raw, c.env),
  );
  // The unversioned paths of the original service answer as v1.
  app.route("/", signIn);
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

/** Whether the client is a browser that opens a page. */
function wantsPage(c: Context): boolean {
  return (c.req.header("accept") ?? "").includes("text/html");
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
