import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { type Config, InvalidConfig, readConfig, variables } from "./config.ts";

const URL = "postgres://ada:hunter2@db:5432/serviceflow";
const OTHER_URL = "postgresql://db/other";
const KEY = "k".repeat(32);
const ANCHOR_URL = { anchors: { file: null, url: "https://10.0.0.5/a?k=v" } };

const DEFAULTS: Config = {
  port: 8000,
  host: "127.0.0.1",
  databaseUrl: null,
  databaseReadUrl: null,
  databaseSchema: null,
  migrationUrl: null,
  databasePoolSize: 10,
  databaseHeavyConnections: null,
  databaseHeavyTimeoutMs: 10_000,
  preparedStatements: true,
  dataDir: ".serviceflow/data",
  ignoredDatabaseUrls: [],
  bootstrapKey: null,
  keyBounds: { maxPerUser: 50, maxLifetimeDays: null },
  sessionBounds: { idleHours: 12, maxDays: 30 },
  defaultCategory: "general",
  seedDemo: null,
  corsOrigins: [],
  trustedProxies: [],
  forwardingHeader: "x-forwarded-for",
  compression: true,
  workers: 1,
  maxConnections: 10_000,
  connectionTimes: {
    keepAliveTimeoutMs: 75_000,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 30_000,
    requestTimeoutMs: 90_000,
  },
  readyGraceMs: 60_000,
  redisUrl: null,
  rateLimitPerMinute: 1200,
  userRateLimitPerMinute: 6000,
  authFailuresPerMinute: 30,
  streamsPerKey: 20,
  streamsPerUser: 100,
  logReadsPerUser: 2,
  webhookSending: true,
  webhookTargets: { allowHttp: false, allowedNetworks: [] },
  webhookTimeoutMs: 15_000,
  webhookMaxInFlight: 8,
  anchors: { file: null, url: null },
  metricsToken: null,
  metricsPort: null,
  metricsHost: "127.0.0.1",
  tracing: null,
  oidc: null,
  logLevel: "info",
  logPretty: false,
};

function times(changed: Partial<Config["connectionTimes"]>): Partial<Config> {
  return { connectionTimes: { ...DEFAULTS.connectionTimes, ...changed } };
}

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment, false);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidConfig);
    return (error as InvalidConfig).faults;
  }
}

describe("the configuration", () => {
  it("has a default for everything", () => expect(readConfig({}, false)).toEqual(DEFAULTS));

  it("is pretty on a terminal only", () => {
    expect(readConfig({}, true)).toEqual({ ...DEFAULTS, logPretty: true });
    expect(readConfig({ LOG_PRETTY: "false" }, true).logPretty).toBe(false);
  });

  it.each<[string, string, Partial<Config>]>([
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65_535 }],
    ["HOST", "0.0.0.0", { host: "0.0.0.0" }],
    ["DATABASE_URL", URL, { databaseUrl: URL }],
    ["DATABASE_URL", OTHER_URL, { databaseUrl: OTHER_URL }],
    ["DATABASE_URL_POSTGRES", URL, { databaseUrl: URL }],
    ["DATABASE_POOL_SIZE", "1", { databasePoolSize: 1 }],
    ["DATABASE_HEAVY_CONNECTIONS", "9", { databaseHeavyConnections: 9 }],
    ["DATABASE_HEAVY_TIMEOUT_SECONDS", "15", { databaseHeavyTimeoutMs: 15_000 }],
    ["LOG_READS_PER_USER", "0", { logReadsPerUser: 0 }],
    ["DATABASE_PREPARED_STATEMENTS", "false", { preparedStatements: false }],
    ["DATA_DIR", "/var/lib/serviceflow", { dataDir: "/var/lib/serviceflow" }],
    ["ADMIN_BOOTSTRAP_KEY", KEY, { bootstrapKey: KEY }],
    ["MAX_KEYS_PER_USER", "3", { keyBounds: { maxPerUser: 3, maxLifetimeDays: null } }],
    ["SESSION_IDLE_HOURS", "2", { sessionBounds: { idleHours: 2, maxDays: 30 } }],
    ["SESSION_MAX_DAYS", "7", { sessionBounds: { idleHours: 12, maxDays: 7 } }],
    ["KEY_MAX_LIFETIME_DAYS", "90", { keyBounds: { maxPerUser: 50, maxLifetimeDays: 90 } }],
    ["DEFAULT_CATEGORY", "help-desk", { defaultCategory: "help-desk" }],
    ["WEBHOOK_SENDING", "false", { webhookSending: false }],
    ["SEED_DEMO", "true", { seedDemo: true }],
    ["SEED_DEMO", "false", { seedDemo: false }],
    [
      "CORS_ORIGINS",
      "https://a.example, http://localhost:5173,",
      { corsOrigins: ["https://a.example", "http://localhost:5173"] },
    ],
    ["TRUST_PROXY", "loopback, 10.0.0.0/8", { trustedProxies: ["loopback", "10.0.0.0/8"] }],
    ["TRUST_PROXY", "2001:db8::/32", { trustedProxies: ["2001:db8::/32"] }],
    ["FORWARDING_HEADER", "forwarded", { forwardingHeader: "forwarded" }],
    ["MAX_CONNECTIONS", "0", { maxConnections: 0 }],
    ["KEEP_ALIVE_TIMEOUT_SECONDS", "620", times({ keepAliveTimeoutMs: 620_000 })],
    ["HEADERS_TIMEOUT_SECONDS", "60", times({ headersTimeoutMs: 60_000 })],
    ["BODY_TIMEOUT_SECONDS", "80", times({ bodyTimeoutMs: 80_000 })],
    ["REQUEST_TIMEOUT_SECONDS", "40", times({ requestTimeoutMs: 40_000 })],
    ["READY_GRACE_SECONDS", "0", { readyGraceMs: 0 }],
    ["METRICS_PORT", "9464", { metricsPort: 9464 }],
    ["METRICS_HOST", "0.0.0.0", { metricsHost: "0.0.0.0" }],
    ["REDIS_URL", "rediss://cache:6379/1", { redisUrl: "rediss://cache:6379/1" }],
    ["RATE_LIMIT_PER_MINUTE", "0", { rateLimitPerMinute: 0, userRateLimitPerMinute: 0 }],
    ["RATE_LIMIT_PER_MINUTE", "7", { rateLimitPerMinute: 7, userRateLimitPerMinute: 35 }],
    ["USER_RATE_LIMIT_PER_MINUTE", "0", { userRateLimitPerMinute: 0 }],
    ["USER_RATE_LIMIT_PER_MINUTE", "1200", { userRateLimitPerMinute: 1200 }],
    ["STREAMS_PER_KEY", "2", { streamsPerKey: 2, streamsPerUser: 10 }],
    ["STREAMS_PER_USER", "20", { streamsPerUser: 20 }],
    ["AUTH_FAILURES_PER_MINUTE", "5", { authFailuresPerMinute: 5 }],
    ["AUDIT_ANCHOR_FILE", "/mnt/a", { anchors: { file: "/mnt/a", url: null } }],
    ["AUDIT_ANCHOR_URL", "https://10.0.0.5/a?k=v", ANCHOR_URL],
    ["METRICS_TOKEN", "m".repeat(16), { metricsToken: "m".repeat(16) }],
    ["LOG_LEVEL", "silent", { logLevel: "silent" }],
    ["LOG_PRETTY", "true", { logPretty: true }],
  ])("takes %s=%s", (name, value, expected) => {
    expect(readConfig({ [name]: value }, false)).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each<[Record<string, string>, string[]]>([
    [{ DATABASE_URI: URL }, ["DATABASE_URI"]],
    [{ DATABSE_URL: URL, LANG: "C" }, ["DATABSE_URL"]],
    [{ DB_URL: "db.internal", PGURL: "x" }, ["DB_URL", "PGURL"]],
    [{ POSTGRES_URL: OTHER_URL, DATABASE_URL: URL }, []],
    [{ DB_URL: "", HOME: "/root" }, []],
  ])("of %o ignores %j, which look like DATABASE_URL", (environment, names) => {
    expect(readConfig(environment, false).ignoredDatabaseUrls).toEqual(names);
  });

  it("takes a read replica, but not without its primary", () => {
    const both = { DATABASE_URL: URL, DATABASE_READ_URL: OTHER_URL };
    expect(readConfig(both, false)).toMatchObject({ databaseUrl: URL, databaseReadUrl: OTHER_URL });
    expect(faultsOf({ DATABASE_READ_URL: OTHER_URL })).toEqual([
      "DATABASE_READ_URL must be a replica of DATABASE_URL, which is not set",
    ]);
  });

  it.each([
    ["", "?options=-c+search_path%3Dtenant_1"],
    ["?options=-c%20jit%3Doff", "?options=-c+jit%3Doff+-c+search_path%3Dtenant_1"],
    ["?sslmode=require", "?sslmode=require&options=-c+search_path%3Dtenant_1"],
  ])("names a schema in every URL, also one with %j", (given, expected) => {
    const config = readConfig(
      {
        DATABASE_URL: `${URL}${given}`,
        DATABASE_READ_URL: `${OTHER_URL}${given}`,
        DATABASE_MIGRATION_URL: `${URL}${given}`,
        DATABASE_SCHEMA: "tenant_1",
      },
      false,
    );
    expect(config).toMatchObject({
      databaseSchema: "tenant_1",
      databaseUrl: `${URL}${expected}`,
      databaseReadUrl: `${OTHER_URL}${expected}`,
      migrationUrl: `${URL}${expected}`,
    });
  });

  it.each(["Tenant", "1st", "a-b", "pg_own", "a".repeat(64), 'a"b'])(
    "refuses the schema %s",
    (name) => {
      const [fault] = faultsOf({ DATABASE_URL: URL, DATABASE_SCHEMA: name });
      expect(fault).toMatch(/^DATABASE_SCHEMA must/);
    },
  );

  it("in production needs a database, and names a variable that looks like one", () => {
    const production = { NODE_ENV: "production" };
    const missing =
      "DATABASE_URL must be set when NODE_ENV is production, or DATA_DIR for the embedded database";
    expect(faultsOf(production)).toEqual([missing]);
    expect(faultsOf({ ...production, DATA_DIR: "" })).toEqual([missing]);
    expect(faultsOf({ ...production, DATABASE_URI: URL })).toEqual([
      `${missing}; DATABASE_URI is set, but is not read`,
    ]);
    for (const given of [{ DATABASE_URL: URL }, { DATABASE_URL_POSTGRES: URL }]) {
      expect(readConfig({ ...production, ...given }, false).databaseUrl).toBe(URL);
    }
    const embedded = { ...production, DATA_DIR: "/data" };
    expect(readConfig(embedded, false)).toMatchObject({ databaseUrl: null, seedDemo: false });
    expect(readConfig({ ...embedded, SEED_DEMO: "true" }, false).seedDemo).toBe(true);
    expect(readConfig({ NODE_ENV: "test" }, false)).toEqual(DEFAULTS);
  });

  it("prefers DATABASE_URL over its other name", () => {
    const both = { DATABASE_URL: URL, DATABASE_URL_POSTGRES: OTHER_URL };
    expect(readConfig(both, false).databaseUrl).toBe(URL);
    expect(readConfig({ ...both, DATABASE_URL: "" }, false).databaseUrl).toBe(OTHER_URL);
  });

  it("counts an empty variable as not set, and leaves others' variables alone", () => {
    const names = [
      "PORT",
      "HOST",
      "DATABASE_URL",
      "DATABASE_URL_POSTGRES",
      "DATABASE_POOL_SIZE",
      "DATABASE_HEAVY_CONNECTIONS",
      "DATABASE_HEAVY_TIMEOUT_SECONDS",
      "DATABASE_PREPARED_STATEMENTS",
      "DATA_DIR",
      "ADMIN_BOOTSTRAP_KEY",
      "SEED_DEMO",
      "CORS_ORIGINS",
      "TRUST_PROXY",
      "FORWARDING_HEADER",
      "MAX_CONNECTIONS",
      "REDIS_URL",
      "RATE_LIMIT_PER_MINUTE",
      "AUTH_FAILURES_PER_MINUTE",
      "AUDIT_ANCHOR_FILE",
      "AUDIT_ANCHOR_URL",
      "LOG_READS_PER_USER",
      "METRICS_TOKEN",
      "METRICS_PORT",
      "METRICS_HOST",
      "LOG_LEVEL",
      "LOG_PRETTY",
    ];
    const empty = Object.fromEntries(names.map((name) => [name, ""]));
    expect(readConfig({ ...empty, HOME: "/root", PATH: "" }, false)).toEqual(DEFAULTS);
  });

  it.each([
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "80.5"],
    ["PORT", "0x50"],
    ["PORT", " 80"],
    ["DATABASE_URL", "mysql://ada:hunter2@db/app"],
    ["DATABASE_URL_POSTGRES", "hunter2"],
    ["DATABASE_POOL_SIZE", "0"],
    ["DATABASE_POOL_SIZE", "1001"],
    ["DATABASE_HEAVY_CONNECTIONS", "0"],
    ["DATABASE_HEAVY_CONNECTIONS", "10"],
    ["DATABASE_HEAVY_TIMEOUT_SECONDS", "16"],
    ["DATABASE_PREPARED_STATEMENTS", "yes"],
    ["LOG_READS_PER_USER", "two"],
    ["ADMIN_BOOTSTRAP_KEY", "k".repeat(31)],
    ["SEED_DEMO", "1"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "https://a.example/"],
    ["CORS_ORIGINS", "https://a.example,b.example"],
    ["TRUST_PROXY", "true"],
    ["TRUST_PROXY", "10.0.0.0/33"],
    ["FORWARDING_HEADER", "via"],
    ["MAX_CONNECTIONS", "-1"],
    ["KEEP_ALIVE_TIMEOUT_SECONDS", "0"],
    ["HEADERS_TIMEOUT_SECONDS", "1.5"],
    ["BODY_TIMEOUT_SECONDS", "3601"],
    ["REQUEST_TIMEOUT_SECONDS", "39"],
    ["METRICS_PORT", "65536"],
    ["REDIS_URL", "http://cache"],
    ["RATE_LIMIT_PER_MINUTE", "-1"],
    ["AUTH_FAILURES_PER_MINUTE", "many"],
    ["AUDIT_ANCHOR_URL", "http://anchors.example/"],
    ["AUDIT_ANCHOR_URL", "https://ada:hunter2@anchors.example/"],
    ["AUDIT_ANCHOR_URL", "/mnt/a"],
    ["METRICS_TOKEN", "m".repeat(15)],
    ["METRICS_TOKEN", "with spaces in between"],
    ["LOG_LEVEL", "loud"],
    ["LOG_PRETTY", "TRUE"],
  ])("refuses %s=%s by one fault that names it", (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} must `))]);
  });

  it("names all faults at once, and shows no value of any", () => {
    const environment = {
      PORT: "hunter2",
      DATABASE_URL: "mysql://ada:hunter2@db/app",
      DATABASE_URL_POSTGRES: "hunter2",
      DATABASE_MIGRATION_URL: "hunter2",
      DATABASE_POOL_SIZE: "hunter2",
      DATABASE_HEAVY_CONNECTIONS: "hunter2",
      DATABASE_HEAVY_TIMEOUT_SECONDS: "hunter2",
      DATABASE_PREPARED_STATEMENTS: "hunter2",
      ADMIN_BOOTSTRAP_KEY: "hunter2",
      SEED_DEMO: "hunter2",
      CORS_ORIGINS: "hunter2",
      TRUST_PROXY: "hunter2",
      REDIS_URL: "hunter2",
      RATE_LIMIT_PER_MINUTE: "hunter2",
      AUTH_FAILURES_PER_MINUTE: "hunter2",
      AUDIT_ANCHOR_URL: "hunter2",
      METRICS_TOKEN: "hunter2",
      LOG_LEVEL: "hunter2",
      LOG_PRETTY: "hunter2",
    };
    const faults = faultsOf(environment);
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual(Object.keys(environment));
    const { message, stack } = new InvalidConfig(faults);
    for (const fault of faults) expect(message).toContain(`\n  ${fault}`);
    expect(`${message}${stack}`).not.toContain("hunter2");
  });
});

describe("a file that an operator copies", () => {
  const read = (file: string) => readFileSync(join(import.meta.dirname, "../../..", file), "utf8");
  const namesIn = (text: string, line: RegExp) => [...text.matchAll(line)].map(([, name]) => name);
  const all = Object.keys(variables.shape);

  it("names every variable, and sets none but to its default: .env.example", () => {
    const example = read(".env.example");
    expect(namesIn(example, /^#?([A-Z_]+)=/gm)).toEqual(expect.arrayContaining(all));
    const environment = parseEnv(example);
    expect(readConfig(environment, false)).toEqual(DEFAULTS);
    const [fault] = faultsOf({ ...environment, NODE_ENV: "production" });
    expect(fault).toContain("DATABASE_URL must be set");
  });

  it("passes on every variable that the image does not set: docker-compose.yml", () => {
    const own = ["NODE_ENV", "PORT", "HOST", "DATA_DIR", "DATABASE_URL_POSTGRES"];
    const passed = namesIn(read("docker-compose.yml"), /^ {6}([A-Z_]+): /gm);
    expect(passed).toEqual(expect.arrayContaining(all.filter((name) => !own.includes(name))));
    // Those that migrate and those that serve mean the same schema.
    expect(passed.filter((name) => name === "DATABASE_SCHEMA")).toHaveLength(2);
  });

  it("contains what it runs, and publishes no port but on loopback: docker-compose.yml", () => {
    const services = read("docker-compose.yml")
      .split(/\n(?= {2}[a-z]+:\n)/)
      .slice(1);
    expect(services.map((service) => service.trim().split(":")[0])).toEqual([
      "postgres",
      "roles",
      "migrate",
      "server",
      "prometheus",
      "grafana",
      "jaeger",
    ]);
    for (const service of services) {
      expect(service).toMatch(/<<: \*contained|no-new-privileges.*\n.*cap_drop: \[ALL\]/);
    }
    const ports = services.flatMap((service) => service.match(/- "[^"]*:\d+"/g) ?? []);
    expect(ports).toEqual([
      expect.stringMatching(/"\$\{PUBLISH_ADDRESS:-127\.0\.0\.1\}:/),
      '- "127.0.0.1:9090:9090"',
      '- "127.0.0.1:3000:3000"',
      '- "127.0.0.1:16686:16686"',
    ]);
  });
});

it("every document and tool asks for the same Node", () => {
  const required = {
    "package.json": /"node": ">=(\d+)"/,
    "README.md": /You need Node (\d+) or newer/,
    "README.ru.md": /Нужны Node (\d+) или новее/,
    "CONTRIBUTING.md": /You need Node (\d+) or newer/,
    Dockerfile: /^FROM node:(\d+)/m,
    ".github/workflows/ci.yml": /node: \[(\d+)/,
    ".github/workflows/release.yml": /node-version: (\d+)/,
    "packages/server/src/cli/doctor-machine.ts": /MIN_NODE_VERSION = (\d+)/,
  };
  const root = join(import.meta.dirname, "../../..");
  for (const [file, version] of Object.entries(required)) {
    expect(version.exec(readFileSync(join(root, file), "utf8"))?.[1], file).toBe("24");
  }
});
