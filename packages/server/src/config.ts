import type { KeyBounds, SessionBounds } from "@serviceflow/domain";
import { slug } from "@serviceflow/domain/contract";
import { z } from "zod";
import { inSchema } from "./db/own-schema.ts";
import { areProxies } from "./http/client-address.ts";
import { CONNECTION_LIMITS, type ConnectionTimes } from "./http/connection-limits.ts";
import { FORWARDING_HEADERS, type ForwardingHeader } from "./http/forwarded.ts";
import { isNetwork, type TargetRules } from "./http/outbound-target.ts";
import { READY_GRACE_MS } from "./http/readiness.ts";
import { type OidcSettings, oidcVariables, readOidc } from "./oidc/settings.ts";
import { withSecretFiles } from "./secret-files.ts";
import { readTracing, type TracingSettings, tracingVariables } from "./tracing/settings.ts";

export interface Config {
  port: number;
  host: string;
  /** Null: the embedded database. */
  databaseUrl: string | null;
  /** Of the tables; null: what the connection's search_path names. */
  databaseSchema: string | null;
  /** Of a read replica; null: none. */
  databaseReadUrl: string | null;
  /** Of the role that owns the tables, and past a pooler; null: the same as `databaseUrl`. */
  migrationUrl: string | null;
  databasePoolSize: number;
  /** Of the pool, for heavy reads; null: a third. */
  databaseHeavyConnections: number | null;
  databaseHeavyTimeoutMs: number;
  preparedStatements: boolean;
  dataDir: string;
  /** Variables that look like a misspelt DATABASE_URL, when there is none. */
  ignoredDatabaseUrls: string[];
  bootstrapKey: string | null;
  keyBounds: KeyBounds;
  sessionBounds: SessionBounds;
  /** Slug of the category of a request that names none. */
  defaultCategory: string;
  /** Null: only for a new embedded database, and without showing its keys unless on a terminal. */
  seedDemo: boolean | null;
  corsOrigins: string[];
  trustedProxies: string[];
  forwardingHeader: ForwardingHeader;
  compression: boolean;
  /** Processes that share the port; 1: no other than this one. */
  workers: number;
  /** Open connections of each process; 0 disables the limit. */
  maxConnections: number;
  connectionTimes: ConnectionTimes;
  /** For how long the database may be away before the server is not ready. */
  readyGraceMs: number;
  /** Null: each process counts its own limits. */
  redisUrl: string | null;
  rateLimitPerMinute: number;
  /** Calls of a user with all their keys together; 0 disables the limit. */
  userRateLimitPerMinute: number;
  authFailuresPerMinute: number;
  /** Open event streams per key; 0 disables the limit. */
  streamsPerKey: number;
  /** Open event streams per user; 0 disables the limit. */
  streamsPerUser: number;
  /** Verifications and exports of the log that a user runs at a time; 0 disables the limit. */
  logReadsPerUser: number;
  /** Whether anything is sent to webhooks; otherwise it waits. */
  webhookSending: boolean;
  webhookTargets: TargetRules;
  webhookTimeoutMs: number;
  /** Messages that are sent to one endpoint at a time. */
  webhookMaxInFlight: number;
  /** Where anchors of the audit log go besides the server's own log. */
  anchors: { file: string | null; url: string | null };
  /** Null: `/metrics` on the port of the API is closed. */
  metricsToken: string | null;
  /** Null: metrics have no port of their own. */
  metricsPort: number | null;
  metricsHost: string;
  /** The identity provider that people sign in with; null: none. */
  oidc: OidcSettings | null;
  /** How traces are exported; null: nothing is traced. */
  tracing: TracingSettings | null;
  logLevel: string;
  logPretty: boolean;
}

/** What a user may do with all their keys together, as a multiple of what one key may. */
const USER_MULTIPLE = 5;
const LIKE_DATABASE_URL = /^(DATABASE|DB|POSTGRES|POSTGRESQL|PG)_?(URL|URI|DSN|CONNECTION_STRING)$/;
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
const flag = z.enum(["true", "false"], { error: "must be true or false" });
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: `must be a whole number from ${min} to ${max}` })
    .transform(Number)
    .refine((value) => value >= min && value <= max, {
      error: `must be a whole number from ${min} to ${max}`,
    });
const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  );
const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, { error: "must begin with postgres:// or postgresql://" });

function isAnchorUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === "https:" && username === "" && password === "";
}

function seconds(limit: keyof ConnectionTimes): number {
  return CONNECTION_LIMITS[limit] / 1000;
}

/** Every environment variable, with its default and its description. */
export const variables = z.object({
  NODE_ENV: z
    .string()
    .optional()
    .describe(
      "`production`: without `DATABASE_URL`, the server only starts if `DATA_DIR` is set, and loads demo data only if `SEED_DEMO` asks for it.",
    ),
  PORT: whole(0, 65_535).default(8000).describe("Port to listen on; 0 takes any free port."),
  HOST: z
    .string()
    .default("127.0.0.1")
    .describe("Address to listen on; `0.0.0.0` listens on every interface."),
  WEB_CONCURRENCY: whole(1, 256)
    .default(1)
    .describe(
      "Number of worker processes that share the port, about one for each core; `serviceflow serve --workers` takes precedence. 1: a single process. Needs PostgreSQL.",
    ),
  DATABASE_URL: postgresUrl
    .optional()
    .describe(
      "PostgreSQL, `postgres://user:password@host:5432/name`. Not set: the embedded database.",
    ),
  DATABASE_URL_POSTGRES: postgresUrl
    .optional()
    .describe("Another name for it; `DATABASE_URL` takes precedence."),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, {
      error: "must be lower-case letters, digits and _, at most 63 and no digit first",
    })
    .refine((name) => !name.startsWith("pg_"), { error: "must not begin with pg_" })
    .optional()
    .describe(
      "Schema of the tables, made by the first migration: installations in schemas of one database share nothing. Not set: `public`, or what the role's `search_path` names.",
    ),
  DATABASE_READ_URL: postgresUrl
    .optional()
    .describe(
      "A streaming replica of the database. Lists, searches, statistics, verification and export of the log, and catching up with the feed go to it as long as it has what was committed when the call came; otherwise to `DATABASE_URL`. Not set: none.",
    ),
  DATABASE_MIGRATION_URL: postgresUrl
    .optional()
    .describe(
      "PostgreSQL for migrations alone: the role that owns the tables, and no pooler in between. A migration grants the role of `DATABASE_URL` what a server needs. Not set: `DATABASE_URL`.",
    ),
  DATABASE_POOL_SIZE: whole(1, 1000)
    .default(10)
    .describe(
      "Maximum number of connections to PostgreSQL that each process opens; with `WEB_CONCURRENCY`, each worker.",
    ),
  DATABASE_HEAVY_CONNECTIONS: whole(1, 999)
    .optional()
    .describe(
      "How many of these connections heavy reads can occupy: statistics, searches, verification and export of the log, and catching up with the feed. Fewer than `DATABASE_POOL_SIZE`. Not set: a third.",
    ),
  DATABASE_HEAVY_TIMEOUT_SECONDS: whole(1, 15)
    .default(10)
    .describe("Timeout of a statement of a heavy read, in seconds. Other statements have 15 s."),
  DATABASE_PREPARED_STATEMENTS: flag
    .default("true")
    .describe(
      "`false` behind PgBouncer in transaction mode, if it does not support named statements.",
    ),
  DATA_DIR: z
    .string()
    .default(".serviceflow/data")
    .describe("Directory of the embedded database. One process at a time can open it."),
  ADMIN_BOOTSTRAP_KEY: z
    .string()
    .min(32, { error: "must have at least 32 characters" })
    .optional()
    .describe(
      "At least 32 characters. Sent as `X-Bootstrap-Key`, it creates the first administrator, once. Not set: the bootstrap is closed.",
    ),
  MAX_KEYS_PER_USER: whole(1, 1000)
    .default(50)
    .describe(
      "Maximum number of active API keys of one user; a rotated key counts until its overlap ends.",
    ),
  KEY_MAX_LIFETIME_DAYS: whole(1, 36_500)
    .optional()
    .describe(
      "Days for which any new API key is valid at most, the operator's too, and by default. Not set: keys need not expire.",
    ),
  SESSION_IDLE_HOURS: whole(1, 8760)
    .default(12)
    .describe("Hours after which the session of a person ends that nobody uses."),
  SESSION_MAX_DAYS: whole(1, 366)
    .default(30)
    .describe(
      "Days after which a session ends in any case; `KEY_MAX_LIFETIME_DAYS` holds for sessions too.",
    ),
  DEFAULT_CATEGORY: z
    .string()
    .refine((text) => slug.safeParse(text).success, {
      error: "must be the slug of a category: lower-case letters and digits, with single hyphens",
    })
    .default("general")
    .describe(
      "Slug of the category of requests that name none. It must exist when the server starts, and cannot be retired. Set the same on every replica: each refuses to retire its own.",
    ),
  SEED_DEMO: flag
    .optional()
    .describe(
      "Whether to fill an empty database with demo data and print its API keys. Not set: only a new embedded one outside production, and its keys only to a terminal.",
    ),
  CORS_ORIGINS: list
    .refine(
      (origins) =>
        origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      {
        error: "must be origins such as https://app.example.com, separated by commas",
      },
    )
    .describe(
      "Origins of pages that may call (CORS), separated by commas: `https://app.example.com`. None by default.",
    ),
  TRUST_PROXY: list
    .refine(areProxies, {
      error: "must be addresses or ranges such as 10.0.0.0/8, or loopback, linklocal, uniquelocal",
    })
    .describe(
      "Trusted proxies, whose `FORWARDING_HEADER` counts, separated by commas: addresses, ranges such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. None by default.",
    ),
  FORWARDING_HEADER: z
    .enum(FORWARDING_HEADERS, { error: `must be one of ${FORWARDING_HEADERS.join(", ")}` })
    .default("x-forwarded-for")
    .describe(
      "The header that the trusted proxies write: `x-forwarded-for`, with `X-Forwarded-Proto`, or `forwarded` (RFC 7239). The server ignores the other one, which a client could forge.",
    ),
  COMPRESSION: flag
    .default("true")
    .describe(
      "Whether answers of more than 1 KB are compressed (gzip, br) for clients that accept it. `false` if a proxy does it, or if the clients run on the same machine.",
    ),
  MAX_CONNECTIONS: whole(0, 1_000_000)
    .default(10_000)
    .describe(
      "Maximum number of open connections to each process, streams included; it closes others at once. 0 disables the limit.",
    ),
  KEEP_ALIVE_TIMEOUT_SECONDS: whole(1, 3600)
    .default(seconds("keepAliveTimeoutMs"))
    .describe(
      "How long an idle connection stays open, in seconds. Longer than the proxy keeps its own to the server, or the proxy sends calls into closed ones and answers 502.",
    ),
  HEADERS_TIMEOUT_SECONDS: whole(1, 3600)
    .default(seconds("headersTimeoutMs"))
    .describe("How long the headers of a call may take, in seconds."),
  BODY_TIMEOUT_SECONDS: whole(1, 3600)
    .default(seconds("bodyTimeoutMs"))
    .describe("How long the body of a call may take, from when the server reads it, in seconds."),
  REQUEST_TIMEOUT_SECONDS: whole(2, 7200)
    .default(seconds("requestTimeoutMs"))
    .describe(
      "How long a whole call may take to arrive, in seconds, also where nobody reads its body. At least the two before together.",
    ),
  READY_GRACE_SECONDS: whole(0, 86_400)
    .default(READY_GRACE_MS / 1000)
    .describe(
      "For how long the database may be away, in seconds, before `/health/ready` fails. Longer than a failover takes, or a proxy would take every server out of rotation at once.",
    ),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, { error: "must begin with redis:// or rediss://" })
    .optional()
    .describe(
      "Redis in which the replicas share rate limits. Not set: each replica counts its own.",
    ),
  RATE_LIMIT_PER_MINUTE: whole(0, 1_000_000)
    .default(1200)
    .describe("Maximum number of calls a minute with one API key; 0 disables the limit."),
  USER_RATE_LIMIT_PER_MINUTE: whole(0, 1_000_000)
    .optional()
    .describe(
      "Maximum number of calls a minute by one user, with all their API keys together; 0 disables the limit. Not set: five times `RATE_LIMIT_PER_MINUTE`.",
    ),
  AUTH_FAILURES_PER_MINUTE: whole(0, 1_000_000)
    .default(30)
    .describe(
      "Maximum number of calls a minute without a valid API key from one address (IPv6: one /64); 0 disables the limit.",
    ),
  STREAMS_PER_KEY: whole(0, 1_000_000)
    .default(20)
    .describe(
      "Maximum number of event streams that one API key can have open on a replica; 0 disables the limit.",
    ),
  STREAMS_PER_USER: whole(0, 1_000_000)
    .optional()
    .describe(
      "Maximum number of event streams that one user can have open on a replica, with all their API keys together; 0 disables the limit. Not set: five times `STREAMS_PER_KEY`.",
    ),
  LOG_READS_PER_USER: whole(0, 1_000_000)
    .default(2)
    .describe(
      "Maximum number of verifications and exports of the audit log, and of lists as CSV, that one user can run at a time on a replica; 0 disables the limit.",
    ),
  WEBHOOK_SENDING: flag
    .default("true")
    .describe(
      "`false` on a copy that must send nothing, such as a rehearsal of a restore: what webhooks would get waits in the database.",
    ),
  WEBHOOK_ALLOW_HTTP: flag
    .default("false")
    .describe("`true` allows webhooks with `http:` URLs, which are not encrypted."),
  WEBHOOK_ALLOWED_NETWORKS: list
    .refine((networks) => networks.every(isNetwork), {
      error: "must be networks such as 10.0.0.0/8, separated by commas",
    })
    .describe(
      "Private networks that webhooks may address, separated by commas: `10.0.0.0/8,fd00::/8`. None by default.",
    ),
  WEBHOOK_TIMEOUT_SECONDS: whole(1, 60)
    .default(15)
    .describe("Timeout of a webhook delivery, in seconds."),
  WEBHOOK_MAX_IN_FLIGHT: whole(1, 64)
    .default(8)
    .describe(
      "Maximum number of messages that are sent to one webhook at a time. Those about one service request are sent one after another, in the order of the feed; with 1, all are.",
    ),
  AUDIT_ANCHOR_FILE: z
    .string()
    .optional()
    .describe(
      "File to which the server appends an anchor of the audit log each minute in which the log grew. Keep it where the database administrator has no access.",
    ),
  AUDIT_ANCHOR_URL: z
    .string()
    .refine(isAnchorUrl, {
      error: "must be an https:// URL without a user name and a password",
    })
    .optional()
    .describe(
      "`https:` URL to which the server posts each anchor as JSON. It may address a private network.",
    ),
  METRICS_TOKEN: z
    .string()
    .min(16, { error: "must have at least 16 characters" })
    .regex(/^\S+$/, { error: "must not hold spaces" })
    .optional()
    .describe(
      "At least 16 characters. Opens `/metrics` to `Authorization: Bearer`. Not set: only `METRICS_PORT` serves metrics.",
    ),
  METRICS_PORT: whole(0, 65_535)
    .optional()
    .describe(
      "A port for `/metrics` alone, which then needs no token unless one is set; 0 takes any free port. Not set: none.",
    ),
  METRICS_HOST: z
    .string()
    .default("127.0.0.1")
    .describe(
      "Address on which `METRICS_PORT` listens. Anybody who reaches it can read the metrics.",
    ),
  ...oidcVariables,
  ...tracingVariables,
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` })
    .default("info")
    .describe(`Minimum level of log lines: one of ${LOG_LEVELS.join(", ")}.`),
  LOG_PRETTY: flag
    .optional()
    .describe("Human-readable logs instead of JSON Lines. Not set: only on a terminal."),
});

/** The server cannot start with this environment. `faults` has a line for each invalid variable. */
export class InvalidConfig extends Error {
  override readonly name = "InvalidConfig";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

/**
 * Reads the configuration from environment variables, and from the files that hold secrets in their place. An empty
 * variable counts as not set. The message holds no values, since they may be secrets.
 * @param workers from the command line
 * @throws InvalidConfig with all faults
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  isTerminal: boolean = process.stdout.isTTY === true,
  workers?: number,
): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  if (workers !== undefined) given.WEB_CONCURRENCY = String(workers);
  const { set, faults } = withSecretFiles(given);
  const result = variables.safeParse(set);
  const issues = result.error?.issues ?? [];
  const { settings: tracing, faults: tracingFaults } = readTracing(set);
  const { settings: oidc, faults: oidcFaults } = readOidc(set);
  if (!result.success || faults.length + tracingFaults.length + oidcFaults.length > 0) {
    throw new InvalidConfig([
      ...faults,
      ...issues.map((issue) => `${issue.path.join(".")} ${issue.message}`),
      ...oidcFaults,
      ...tracingFaults,
    ]);
  }
  const env = result.data;
  const databaseUrl = env.DATABASE_URL ?? env.DATABASE_URL_POSTGRES ?? null;
  const ignored = databaseUrl === null ? misspeltDatabaseUrls(set) : [];
  const isProduction = env.NODE_ENV === "production";
  if (isProduction && databaseUrl === null && set.DATA_DIR === undefined) {
    const hint = ignored.length === 0 ? "" : `; ${ignored.join(", ")} is set, but is not read`;
    throw new InvalidConfig([
      `DATABASE_URL must be set when NODE_ENV is production, or DATA_DIR for the embedded database${hint}`,
    ]);
  }
  if (databaseUrl === null && env.DATABASE_MIGRATION_URL !== undefined) {
    throw new InvalidConfig([
      "DATABASE_MIGRATION_URL must not be set without DATABASE_URL: the embedded database has no other role",
    ]);
  }
  if (databaseUrl === null && env.WEB_CONCURRENCY > 1) {
    throw new InvalidConfig([
      "WEB_CONCURRENCY (--workers) must be 1 for the embedded database, which only one process can open; set DATABASE_URL for more",
    ]);
  }
  if (databaseUrl === null && env.DATABASE_READ_URL !== undefined) {
    throw new InvalidConfig([
      "DATABASE_READ_URL must be a replica of DATABASE_URL, which is not set",
    ]);
  }
  if (databaseUrl === null && env.DATABASE_SCHEMA !== undefined) {
    throw new InvalidConfig(["DATABASE_SCHEMA must not be set without DATABASE_URL"]);
  }
  const urls = [databaseUrl, env.DATABASE_READ_URL, env.DATABASE_MIGRATION_URL];
  if (env.DATABASE_SCHEMA !== undefined && urls.some((url) => url && !URL.canParse(url))) {
    throw new InvalidConfig([
      "DATABASE_SCHEMA must not be set with several hosts in a URL: set search_path for the role instead",
    ]);
  }
  const within = (url: string | undefined) =>
    url === undefined ? null : inSchema(url, env.DATABASE_SCHEMA ?? null);
  const { DATABASE_HEAVY_CONNECTIONS: heavy, DATABASE_POOL_SIZE: all } = env;
  if (heavy !== undefined && heavy >= all) {
    throw new InvalidConfig([
      "DATABASE_HEAVY_CONNECTIONS must be less than DATABASE_POOL_SIZE, so that some remain for everything else",
    ]);
  }
  if (env.REQUEST_TIMEOUT_SECONDS < env.HEADERS_TIMEOUT_SECONDS + env.BODY_TIMEOUT_SECONDS) {
    throw new InvalidConfig([
      "REQUEST_TIMEOUT_SECONDS must be at least HEADERS_TIMEOUT_SECONDS and BODY_TIMEOUT_SECONDS together, or slow calls would end without an answer",
    ]);
  }
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: within(databaseUrl ?? undefined),
    databaseSchema: env.DATABASE_SCHEMA ?? null,
    databaseReadUrl: within(env.DATABASE_READ_URL),
    migrationUrl: within(env.DATABASE_MIGRATION_URL),
    databasePoolSize: env.DATABASE_POOL_SIZE,
    databaseHeavyConnections: env.DATABASE_HEAVY_CONNECTIONS ?? null,
    databaseHeavyTimeoutMs: env.DATABASE_HEAVY_TIMEOUT_SECONDS * 1000,
    preparedStatements: env.DATABASE_PREPARED_STATEMENTS === "true",
    dataDir: env.DATA_DIR,
    ignoredDatabaseUrls: ignored,
    bootstrapKey: env.ADMIN_BOOTSTRAP_KEY ?? null,
    keyBounds: {
      maxPerUser: env.MAX_KEYS_PER_USER,
      maxLifetimeDays: env.KEY_MAX_LIFETIME_DAYS ?? null,
    },
    sessionBounds: { idleHours: env.SESSION_IDLE_HOURS, maxDays: env.SESSION_MAX_DAYS },
    defaultCategory: env.DEFAULT_CATEGORY,
    seedDemo:
      env.SEED_DEMO === undefined ? (isProduction ? false : null) : env.SEED_DEMO === "true",
    corsOrigins: env.CORS_ORIGINS,
    trustedProxies: env.TRUST_PROXY,
    forwardingHeader: env.FORWARDING_HEADER,
    compression: env.COMPRESSION === "true",
    workers: env.WEB_CONCURRENCY,
    maxConnections: env.MAX_CONNECTIONS,
    connectionTimes: {
      keepAliveTimeoutMs: env.KEEP_ALIVE_TIMEOUT_SECONDS * 1000,
      headersTimeoutMs: env.HEADERS_TIMEOUT_SECONDS * 1000,
      bodyTimeoutMs: env.BODY_TIMEOUT_SECONDS * 1000,
      requestTimeoutMs: env.REQUEST_TIMEOUT_SECONDS * 1000,
    },
    readyGraceMs: env.READY_GRACE_SECONDS * 1000,
    redisUrl: env.REDIS_URL ?? null,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    userRateLimitPerMinute:
      env.USER_RATE_LIMIT_PER_MINUTE ?? USER_MULTIPLE * env.RATE_LIMIT_PER_MINUTE,
    authFailuresPerMinute: env.AUTH_FAILURES_PER_MINUTE,
    streamsPerKey: env.STREAMS_PER_KEY,
    streamsPerUser: env.STREAMS_PER_USER ?? USER_MULTIPLE * env.STREAMS_PER_KEY,
    logReadsPerUser: env.LOG_READS_PER_USER,
    webhookSending: env.WEBHOOK_SENDING === "true",
    webhookTargets: {
      allowHttp: env.WEBHOOK_ALLOW_HTTP === "true",
      allowedNetworks: env.WEBHOOK_ALLOWED_NETWORKS,
    },
    webhookTimeoutMs: env.WEBHOOK_TIMEOUT_SECONDS * 1000,
    webhookMaxInFlight: env.WEBHOOK_MAX_IN_FLIGHT,
    anchors: { file: env.AUDIT_ANCHOR_FILE ?? null, url: env.AUDIT_ANCHOR_URL ?? null },
    metricsToken: env.METRICS_TOKEN ?? null,
    metricsPort: env.METRICS_PORT ?? null,
    metricsHost: env.METRICS_HOST,
    oidc,
    tracing,
    logLevel: env.LOG_LEVEL,
    logPretty: env.LOG_PRETTY === undefined ? isTerminal : env.LOG_PRETTY === "true",
  };
}

const WORKER_NUMBER = "SERVICEFLOW_WORKER";

/** The number of this process among the workers of a server; null: it is none of them. */
export function readWorkerNumber(): number | null {
  const number = process.env[WORKER_NUMBER];
  return number === undefined ? null : Number(number);
}

/** The environment that makes a process a worker. */
export function workerEnvironment(number: number, port: number): Record<string, string> {
  return { [WORKER_NUMBER]: String(number), PORT: String(port) };
}

/** Names that other programs use for the same, and those of anything that holds the URL of a PostgreSQL. */
function misspeltDatabaseUrls(set: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(set)
    .filter(([name, value]) => LIKE_DATABASE_URL.test(name) || postgresUrl.safeParse(value).success)
    .map(([name]) => name)
    .sort();
}
