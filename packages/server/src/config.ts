import { z } from "zod";
import { areProxies } from "./http/client-address.ts";
import { isNetwork, type TargetRules } from "./http/outbound-target.ts";

export interface Config {
  port: number;
  host: string;
  /** Null: the embedded database. */
  databaseUrl: string | null;
  databasePoolSize: number;
  preparedStatements: boolean;
  dataDir: string;
  bootstrapKey: string | null;
  /** Null: only when the embedded database is new. */
  seedDemo: boolean | null;
  corsOrigins: string[];
  trustedProxies: string[];
  /** Null: limits are counted in this process. */
  redisUrl: string | null;
  rateLimitPerMinute: number;
  authFailuresPerMinute: number;
  /** Open streams of events with one key; 0 is no limit. */
  streamsPerKey: number;
  webhookTargets: TargetRules;
  webhookTimeoutMs: number;
  /** Null: metrics are for this machine alone. */
  metricsToken: string | null;
  logLevel: string;
  logPretty: boolean;
}

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

/** Every environment variable, with its default and its meaning. */
export const variables = z.object({
  PORT: whole(0, 65_535).default(8000).describe("Port to listen on; 0 takes any free one."),
  HOST: z
    .string()
    .default("127.0.0.1")
    .describe("Address to listen on; `0.0.0.0` is every one that the machine has."),
  DATABASE_URL: postgresUrl
    .optional()
    .describe(
      "PostgreSQL, `postgres://user:password@host:5432/name`. None: the embedded database.",
    ),
  DATABASE_URL_POSTGRES: postgresUrl
    .optional()
    .describe("The same under another name; `DATABASE_URL` comes first."),
  DATABASE_POOL_SIZE: whole(1, 1000)
    .default(10)
    .describe("Most connections to PostgreSQL that this process opens."),
  DATABASE_PREPARED_STATEMENTS: flag
    .default("true")
    .describe("`false` behind PgBouncer in transaction mode, which cannot keep named statements."),
  DATA_DIR: z
    .string()
    .default(".serviceflow/data")
    .describe("Where the embedded database lies. One process at a time can open it."),
  ADMIN_BOOTSTRAP_KEY: z
    .string()
    .min(32, { error: "must have at least 32 characters" })
    .optional()
    .describe(
      "At least 32 characters. Sent as `X-Bootstrap-Key`, it makes the first administrator, once. None: nobody can.",
    ),
  SEED_DEMO: flag
    .optional()
    .describe(
      "Whether to fill an empty database with demo data. When left out, only a new embedded one is.",
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
      "Origins whose pages may call, separated by commas: `https://app.example.com`. None by default.",
    ),
  TRUST_PROXY: list
    .refine(areProxies, {
      error: "must be addresses or ranges such as 10.0.0.0/8, or loopback, linklocal, uniquelocal",
    })
    .describe(
      "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, separated by commas: addresses, ranges such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. None by default.",
    ),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, { error: "must begin with redis:// or rediss://" })
    .optional()
    .describe("Redis in which the replicas count limits together. None: each counts for itself."),
  RATE_LIMIT_PER_MINUTE: whole(0, 1_000_000)
    .default(1200)
    .describe("Most calls a minute with one API key; 0 is no limit."),
  AUTH_FAILURES_PER_MINUTE: whole(0, 1_000_000)
    .default(30)
    .describe(
      "Most calls a minute without a valid API key from one address (IPv6: one /64); 0 is no limit.",
    ),
  STREAMS_PER_KEY: whole(0, 1_000_000)
    .default(20)
    .describe("Most streams of events that one API key can have open at a replica; 0 is no limit."),
  WEBHOOK_ALLOW_HTTP: flag
    .default("false")
    .describe("`true` lets webhooks lead to `http:` URLs, where others can read what is sent."),
  WEBHOOK_ALLOWED_NETWORKS: list
    .refine((networks) => networks.every(isNetwork), {
      error: "must be networks such as 10.0.0.0/8, separated by commas",
    })
    .describe(
      "Private networks that webhooks may lead to, separated by commas: `10.0.0.0/8,fd00::/8`. None by default.",
    ),
  WEBHOOK_TIMEOUT_SECONDS: whole(1, 60)
    .default(15)
    .describe("How long a webhook's receiver has to answer."),
  METRICS_TOKEN: z
    .string()
    .min(16, { error: "must have at least 16 characters" })
    .regex(/^\S+$/, { error: "must not hold spaces" })
    .optional()
    .describe(
      "At least 16 characters. Opens `/metrics` to `Authorization: Bearer`. None: to this machine alone.",
    ),
  LOG_LEVEL: z
    .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` })
    .default("info")
    .describe(`The least that is logged: one of ${LOG_LEVELS.join(", ")}.`),
  LOG_PRETTY: flag
    .optional()
    .describe("Log for people instead of as JSON Lines. When left out, on a terminal only."),
});

/** The environment is not one the server can start with. `faults` has a line for each variable at fault. */
export class InvalidConfig extends Error {
  override readonly name = "InvalidConfig";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The configuration is invalid:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
    this.faults = faults;
  }
}

/**
 * Reads the configuration from environment variables. An empty variable counts as not set. No value is ever in the
 * message, since it may be a secret.
 * @throws InvalidConfig naming every fault at once
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  isTerminal: boolean = process.stdout.isTTY === true,
): Config {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = variables.safeParse(set);
  if (!result.success) {
    throw new InvalidConfig(
      result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`),
    );
  }
  const env = result.data;
  return {
    port: env.PORT,
    host: env.HOST,
    databaseUrl: env.DATABASE_URL ?? env.DATABASE_URL_POSTGRES ?? null,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    preparedStatements: env.DATABASE_PREPARED_STATEMENTS === "true",
    dataDir: env.DATA_DIR,
    bootstrapKey: env.ADMIN_BOOTSTRAP_KEY ?? null,
    seedDemo: env.SEED_DEMO === undefined ? null : env.SEED_DEMO === "true",
    corsOrigins: env.CORS_ORIGINS,
    trustedProxies: env.TRUST_PROXY,
    redisUrl: env.REDIS_URL ?? null,
    rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    authFailuresPerMinute: env.AUTH_FAILURES_PER_MINUTE,
    streamsPerKey: env.STREAMS_PER_KEY,
    webhookTargets: {
      allowHttp: env.WEBHOOK_ALLOW_HTTP === "true",
      allowedNetworks: env.WEBHOOK_ALLOWED_NETWORKS,
    },
    webhookTimeoutMs: env.WEBHOOK_TIMEOUT_SECONDS * 1000,
    metricsToken: env.METRICS_TOKEN ?? null,
    logLevel: env.LOG_LEVEL,
    logPretty: env.LOG_PRETTY === undefined ? isTerminal : env.LOG_PRETTY === "true",
  };
}
