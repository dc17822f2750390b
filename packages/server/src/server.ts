import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import type { Logger } from "pino";
import { createApp } from "./app.ts";
import { requireDefaultCategory } from "./categories/default-category.ts";
import { type Config, readWorkerNumber } from "./config.ts";
import { connect } from "./connect.ts";
import type { Services } from "./context.ts";
import type { Database } from "./db/database.ts";
import { tracedDatabase } from "./db/traced-database.ts";
import { API_BASE } from "./http/api-base.ts";
import { peerReader } from "./http/client-address.ts";
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  cuttingUnread,
  outlivingErrors,
  serverOptions,
} from "./http/connection-limits.ts";
import { holdBody } from "./http/expectation.ts";
import { memoryCounters, redisCounters } from "./http/limit-counter.ts";
import { createLimits, type Limits } from "./http/limits.ts";
import { type Metrics, metricsApp } from "./http/metrics.ts";
import { boundPipelining } from "./http/pipelining.ts";
import type { Phase } from "./http/readiness.ts";
import { RefusedCalls } from "./http/refused-calls.ts";
import { drainingUnread } from "./http/unread-body.ts";
import { OidcProvider } from "./oidc/provider.ts";
import { RedisBroadcast } from "./presence/redis-broadcast.ts";
import { createServices } from "./services.ts";
import { startTracing } from "./tracing/start.ts";
import type { Tracing } from "./tracing/tracer.ts";
import { VERSION } from "./version.ts";
import type { Member } from "./workers/member.ts";

const DRAIN_LIMIT_MS = 10_000;
const IDLE_CHECK_MS = 50;

/** An address to listen on, and the prefix of the variables that configure it. */
interface Listener {
  host: string;
  port: number;
  prefix: "" | "METRICS_";
}

/** How connections are handled. */
interface Handling {
  limits: ConnectionLimits;
  refused: RefusedCalls;
}

/** The server cannot listen on a configured address. */
export class CannotListen extends Error {
  override readonly name = "CannotListen";

  constructor({ host, port, prefix }: Listener, cause: NodeJS.ErrnoException) {
    const message =
      cause.code === "EADDRINUSE"
        ? `Port ${port} on ${host} is in use. Stop the process that listens there, or choose another ${prefix}PORT.`
        : `Cannot listen on ${host}, port ${port} (${cause.code}). Choose another ${prefix}HOST or ${prefix}PORT.`;
    super(message, { cause });
  }
}

/** A running server. */
export interface RunningServer {
  /** Its base URL: `http://127.0.0.1:8000`. */
  url: string;
  /** Where its metrics have a port of their own: `http://127.0.0.1:9464/metrics`. */
  metricsUrl: string | null;
  db: Database;
  services: Services;
  /** From now on it wants calls: until then its readiness fails, though it answers. */
  becomeReady(): void;
  /**
   * Lets calls in progress finish, then closes the database.
   * @param othersEnded what the work in the background still waits for
   */
  close(othersEnded?: () => Promise<void>): Promise<void>;
}

/**
 * Connects, migrates and serves.
 * @throws InvalidConfig, DataDirectoryInUse, SchemaMismatch, NoDefaultCategory, CannotListen
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const { db } = await connect(config, log);
  try {
    await requireDefaultCategory(db, config.defaultCategory, log);
    return await serveOn(db, config, log);
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * Serves on a database that is migrated, and closes it in the end.
 * @param member of several processes that share the port
 */
export async function serveOn(
  db: Database,
  config: Config,
  log: Logger,
  connectionLimits: Partial<ConnectionLimits> = {},
  member?: Member,
): Promise<RunningServer> {
  const limits = { ...CONNECTION_LIMITS, ...config.connectionTimes, ...connectionLimits };
  const worker = readWorkerNumber();
  const tracing = await startTracing(config.tracing, {
    log,
    version: VERSION,
    attributes: worker === null ? {} : { "serviceflow.worker": worker },
  });
  const { databaseUrl: url, databaseReadUrl } = config;
  const traced = tracing
    ? tracedDatabase(db, tracing.tracer, { url, hasReplica: databaseReadUrl !== null })
    : db;
  const { services, background } = createServices(traced, log, {
    tracer: tracing?.tracer ?? null,
    maxStalledMs: limits.maxStalledMs,
    bootstrapKey: config.bootstrapKey,
    keyBounds: config.keyBounds,
    sessionBounds: config.sessionBounds,
    defaultCategory: config.defaultCategory,
    limits: limitsOf(config, log, member),
    checksAnswers: false,
    streamLimits: { perKey: config.streamsPerKey, perUser: config.streamsPerUser },
    logReadsPerUser: config.logReadsPerUser,
    webhookTargets: config.webhookTargets,
    webhookTimeoutMs: config.webhookTimeoutMs,
    webhookSending: config.webhookSending,
    webhookMaxInFlight: config.webhookMaxInFlight,
    anchors: config.anchors,
    broadcast: config.redisUrl === null ? null : new RedisBroadcast(config.redisUrl, log),
    ...(member ? { slots: member.slots, team: member } : {}),
  });
  services.metrics.includeProcess();
  const refused = new RefusedCalls(log, peersOf(config));
  refused.measure(services.metrics);
  if (tracing) countSpans(services.metrics, tracing);
  let phase: Phase = "starting";
  const app = createApp({
    ...services,
    ...(member ? { metricsText: () => member.metricsText() } : {}),
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    forwardingHeader: config.forwardingHeader,
    compression: config.compression,
    oidc: config.oidc === null ? null : new OidcProvider(config.oidc, API_BASE),
    bodyTimeoutMs: limits.bodyTimeoutMs,
    metricsToken: config.metricsPort === null ? config.metricsToken : null,
    phase: () => phase,
    readyGraceMs: config.readyGraceMs,
  });
  const servers: ServerType[] = [];
  try {
    const listener: Listener = { ...config, prefix: "" };
    servers.push(await listen(drainingUnread(app.fetch), listener, { limits, refused }));
    if (!member && config.metricsPort !== null) {
      servers.push(
        await listenForMetrics(services.metrics.text, config, config.metricsPort, {
          limits,
          refused,
        }),
      );
    }
  } catch (error) {
    for (const server of servers) server.close();
    await background.stop();
    await tracing?.stop();
    throw error;
  }
  const [server, metricsServer] = servers as [ServerType, ServerType?];
  boundConnections(server, config.maxConnections, log);
  services.metrics.gauge(
    "serviceflow_http_connections",
    "Open connections to the port of the API.",
    () => countConnections(server),
  );
  member?.onLead(background.lead);
  member?.onFailure(services.noteSignInFailure);
  member?.onMeasure(() => services.metrics.values());
  background.start();
  return {
    url: urlOf(server, config.host),
    metricsUrl: metricsServer ? `${urlOf(metricsServer, config.metricsHost)}/metrics` : null,
    db,
    services,
    becomeReady() {
      if (phase === "starting") phase = "ready";
    },
    async close(othersEnded) {
      phase = "stopping";
      background.cutStreams();
      await Promise.all(servers.map(drain));
      await othersEnded?.();
      await background.stop();
      await Promise.all([tracing?.stop(), db.close()]);
    },
  };
}

function countSpans(metrics: Metrics, tracing: Tracing): void {
  metrics.counters(
    "serviceflow_trace_spans_total",
    "Spans by what became of them: `exported`, or lost as `queue_full`, `refused` or `unreachable`.",
    "outcome",
    () => tracing.outcomes(),
  );
}

/**
 * Serves the metrics of all processes of a server, if they have a port of their own.
 * @returns closes it
 * @throws CannotListen
 */
export async function serveMetrics(
  metricsText: () => Promise<string>,
  config: Config,
  log: Logger,
): Promise<() => Promise<void>> {
  if (config.metricsPort === null) return async () => {};
  const limits = { ...CONNECTION_LIMITS, ...config.connectionTimes };
  const refused = new RefusedCalls(log, peersOf(config));
  const server = await listenForMetrics(metricsText, config, config.metricsPort, {
    limits,
    refused,
  });
  return () => drain(server);
}

function peersOf({ trustedProxies: proxies, forwardingHeader: header }: Config) {
  return peerReader({ proxies, header });
}

function listenForMetrics(
  metricsText: () => Promise<string>,
  { metricsHost: host, metricsToken }: Config,
  port: number,
  handling: Handling,
): Promise<ServerType> {
  const { fetch } = metricsApp(metricsText, metricsToken);
  return listen(fetch, { host, port, prefix: "METRICS_" }, handling);
}

function limitsOf(config: Config, log: Logger, member: Member | undefined): Limits {
  const { redisUrl } = config;
  const ofServer = member?.counters(config.workers) ?? memoryCounters();
  const store = redisUrl === null ? ofServer : redisCounters(redisUrl, log);
  return createLimits({
    callsPerMinute: config.rateLimitPerMinute,
    userCallsPerMinute: config.userRateLimitPerMinute,
    failuresPerMinute: config.authFailuresPerMinute,
    ...store,
    ...(member ? { peers: member.peers } : {}),
    now: () => Date.now(),
  });
}

function listen(
  fetch: Parameters<typeof serve>[0]["fetch"],
  listener: Listener,
  { limits, refused }: Handling,
): Promise<ServerType> {
  const { host: hostname, port } = listener;
  return new Promise((resolve, reject) => {
    const options = {
      fetch,
      port,
      hostname,
      serverOptions: serverOptions(limits),
      createServer: ((settings: ServerOptions, onRequest: RequestListener) =>
        createServer(settings, refused.gate(onRequest))) as typeof createServer,
    };
    const server = serve(options, () => resolve(server)) as Server;
    refused.watch(server);
    boundPipelining(server);
    server.prependListener("request", cuttingUnread(limits.maxStalledMs));
    server.prependListener("request", outlivingErrors);
    // Node itself would ask for the body before anybody knows the caller.
    server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      holdBody(incoming, outgoing);
      server.emit("request", incoming, outgoing);
    });
    server.on("error", (cause) => reject(new CannotListen(listener, cause)));
  });
}

function urlOf(server: ServerType, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

const WARN_INTERVAL_MS = 60_000;

/** @param max 0: no limit */
function boundConnections(server: ServerType, max: number, log: Logger): void {
  if (max === 0) return;
  // Without the second, the primary process would offer it to one full worker after the other.
  Object.assign(server, { maxConnections: max, dropMaxConnection: true });
  let warnedAt = Number.NEGATIVE_INFINITY;
  server.on("drop", () => {
    if (performance.now() - warnedAt < WARN_INTERVAL_MS) return;
    warnedAt = performance.now();
    log.warn({ max }, "too many connections: others are closed");
  });
}

function countConnections(server: ServerType): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}

async function drain(server: ServerType): Promise<void> {
  // An idle keep-alive connection would hold the server open.
  const closeIdle = setInterval(() => {
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  }, IDLE_CHECK_MS);
  const limit = setTimeout(() => {
    if ("closeAllConnections" in server) server.closeAllConnections();
  }, DRAIN_LIMIT_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearInterval(closeIdle);
  clearTimeout(limit);
}
