import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import type { Logger } from "pino";
import { KeyWatch } from "./access/key-watch.ts";
import { KeyUseRecorder } from "./access/last-used.ts";
import { SignInFailureRecorder } from "./access/sign-in-failures.ts";
import { createApp } from "./app.ts";
import { IdempotencyCleaner } from "./commands/idempotency-cleaner.ts";
import type { Config } from "./config.ts";
import { connect } from "./connect.ts";
import type { Services } from "./context.ts";
import type { Database } from "./db/database.ts";
import { describeFailure } from "./db/failure.ts";
import { EventTail } from "./events/feed-end.ts";
import { OpenStreams } from "./events/open-streams.ts";
import { memoryCounters, redisCounters } from "./http/limit-counter.ts";
import { createLimits, type Limits, UNLIMITED } from "./http/limits.ts";
import { Metrics } from "./http/metrics.ts";
import { PUBLIC_TARGETS } from "./http/outbound-target.ts";
import { Sealer, sealStatus } from "./log/sealer.ts";
import { finishErasures } from "./people/users/erasure.ts";
import { WebhookDispatcher } from "./webhooks/dispatcher.ts";
import { countWaiting } from "./webhooks/queue.ts";

const DRAIN_LIMIT_MS = 10_000;
const IDLE_CHECK_MS = 50;

/** The configured address cannot be listened on. */
export class CannotListen extends Error {
  override readonly name = "CannotListen";

  constructor({ host, port }: Config, cause: NodeJS.ErrnoException) {
    const message =
      cause.code === "EADDRINUSE"
        ? `Port ${port} on ${host} is in use. Stop what answers there, or choose another PORT.`
        : `Cannot listen on ${host}, port ${port} (${cause.code}). Choose another HOST or PORT.`;
    super(message, { cause });
  }
}

/** A running server. */
export interface RunningServer {
  /** Where it answers: `http://127.0.0.1:8000`. */
  url: string;
  db: Database;
  /** Lets the calls under way finish, then closes the database. */
  close(): Promise<void>;
}

const clock = () => new Date();
const random = (size: number) => randomBytes(size);

/** Services over a database that is connected and migrated, without what a server does in the background. */
export function createServices(
  db: Database,
  log: Logger,
  bootstrapKey: string | null,
  background: Partial<Services> = {},
): Services {
  const keys = new KeyWatch(db, log, clock);
  return {
    db,
    log,
    bootstrapKey,
    clock,
    random,
    limits: UNLIMITED,
    metrics: new Metrics(),
    noteKeyUse: () => {},
    noteSignInFailure: () => {},
    watchKey: (keyUuid, role) => keys.watch(keyUuid, role),
    openStreams: new OpenStreams(0),
    tail: new EventTail(db, log, clock),
    webhookTargets: PUBLIC_TARGETS,
    ...background,
  };
}

/**
 * Connects, migrates and serves.
 * @throws InvalidConfig, DataDirectoryInUse, SchemaMismatch, CannotListen
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const db = await connect(config, log);
  try {
    return await serveOn(db, config, log);
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** Serves on a database that is connected and migrated, and closes it in the end. */
export async function serveOn(db: Database, config: Config, log: Logger): Promise<RunningServer> {
  const keyUse = new KeyUseRecorder(db, log, clock);
  const keyWatch = new KeyWatch(db, log, clock);
  const failures = new SignInFailureRecorder(db, log, { clock, random });
  const cleaner = new IdempotencyCleaner(db, log);
  const sealer = new Sealer(db, log, clock);
  finishErasures(db, clock()).catch((error: unknown) =>
    log.warn(describeFailure(error), "could not finish an erasure"),
  );
  const limits = limitsOf(config, log);
  const metrics = new Metrics();
  metrics.includeProcess();
  metrics.gauge(
    "serviceflow_audit_seal_lag_seconds",
    "Age of the oldest audit entry that is not sealed yet.",
    async () => (await sealStatus(db)).lagSeconds,
  );
  const tail = new EventTail(db, log, clock);
  metrics.gauge("serviceflow_event_streams", "Streams of events that are open.", () =>
    Promise.resolve(tail.followers),
  );
  metrics.gauge(
    "serviceflow_webhook_deliveries_pending",
    "Deliveries to active webhooks that are pending, counted to 100,000.",
    () => countWaiting(db),
  );
  const services = createServices(db, log, config.bootstrapKey, {
    limits,
    metrics,
    tail,
    openStreams: new OpenStreams(config.streamsPerKey),
    webhookTargets: config.webhookTargets,
    noteKeyUse: (uuid, at) => keyUse.note(uuid, at),
    noteSignInFailure: (failure) => failures.note(failure),
    watchKey: (uuid, role) => keyWatch.watch(uuid, role),
  });
  const dispatcher = new WebhookDispatcher(services, config.webhookTimeoutMs);
  let draining = false;
  const app = createApp({
    ...services,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    metricsToken: config.metricsToken,
    isDraining: () => draining,
  });
  const stopBackground = async () => {
    cleaner.close();
    limits.close();
    await dispatcher.close();
    await tail.close();
    await keyUse.close();
    await failures.close();
    await sealer.close();
  };
  const server = await listen(app.fetch, config).catch(async (error: unknown) => {
    await stopBackground();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return {
    url: `http://${host}:${port}`,
    db,
    async close() {
      draining = true;
      keyWatch.close();
      await drain(server);
      await stopBackground();
      await db.close();
    },
  };
}

function limitsOf(config: Config, log: Logger): Limits {
  const { redisUrl } = config;
  const store = redisUrl === null ? memoryCounters() : redisCounters(redisUrl, log);
  return createLimits({
    callsPerMinute: config.rateLimitPerMinute,
    failuresPerMinute: config.authFailuresPerMinute,
    ...store,
    now: () => Date.now(),
  });
}

function listen(fetch: Parameters<typeof serve>[0]["fetch"], config: Config): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port: config.port, hostname: config.host }, () =>
      resolve(server),
    );
    server.on("error", (cause) => reject(new CannotListen(config, cause)));
  });
}

async function drain(server: ServerType): Promise<void> {
  // A kept-alive connection that has no call on it would hold the server open.
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
