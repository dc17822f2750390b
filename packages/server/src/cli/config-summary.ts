import type { Config } from "../config.ts";
import type { OidcSettings } from "../oidc/settings.ts";
import type { TracingSettings } from "../tracing/settings.ts";

type Shown = "shown" | "address" | "secret" | "oidc" | "tracing";

/** Which settings a log may show, all in all or without what authenticates. */
const SETTINGS: Record<keyof Config, Shown> = {
  port: "shown",
  host: "shown",
  databaseUrl: "address",
  databaseReadUrl: "address",
  databaseSchema: "shown",
  migrationUrl: "address",
  databasePoolSize: "shown",
  databaseHeavyConnections: "shown",
  databaseHeavyTimeoutMs: "shown",
  preparedStatements: "shown",
  dataDir: "shown",
  ignoredDatabaseUrls: "shown",
  bootstrapKey: "secret",
  keyBounds: "shown",
  sessionBounds: "shown",
  defaultCategory: "shown",
  seedDemo: "shown",
  corsOrigins: "shown",
  trustedProxies: "shown",
  forwardingHeader: "shown",
  compression: "shown",
  workers: "shown",
  maxConnections: "shown",
  connectionTimes: "shown",
  readyGraceMs: "shown",
  redisUrl: "address",
  rateLimitPerMinute: "shown",
  userRateLimitPerMinute: "shown",
  authFailuresPerMinute: "shown",
  streamsPerKey: "shown",
  streamsPerUser: "shown",
  logReadsPerUser: "shown",
  webhookSending: "shown",
  webhookTargets: "shown",
  webhookTimeoutMs: "shown",
  webhookMaxInFlight: "shown",
  anchors: "address",
  metricsToken: "secret",
  metricsPort: "shown",
  metricsHost: "shown",
  oidc: "oidc",
  tracing: "tracing",
  logLevel: "shown",
  logPretty: "shown",
};

/** The settings of a server for its log: of a secret only whether it is set, of a URL only where it leads. */
export function configSummary(config: Config): Record<string, unknown> {
  const names = Object.keys(SETTINGS) as (keyof Config)[];
  return Object.fromEntries(names.map((name) => [name, shown(config[name], SETTINGS[name])]));
}

function shown(value: unknown, as: Shown): unknown {
  if (as === "shown" || value === null) return value;
  if (as === "secret") return "set";
  if (as === "oidc") return shownOidc(value as NonNullable<Config["oidc"]>);
  if (as === "tracing") return shownTracing(value as NonNullable<Config["tracing"]>);
  if (typeof value === "object") {
    const { file, url } = value as Config["anchors"];
    return { file, url: shown(url, "address") };
  }
  return addressOf(String(value));
}

function shownOidc({ clientSecret, stateSecret, ...settings }: OidcSettings) {
  return { ...settings, clientSecret: clientSecret === null ? null : "set", stateSecret: "set" };
}

function shownTracing({ url, headers, protocol, sampler, ratio, resource }: TracingSettings) {
  return {
    to: new URL(url).origin,
    headers: Object.keys(headers),
    protocol,
    sampler,
    ...(sampler.endsWith("ratio") ? { ratio } : {}),
    service: resource["service.name"],
  };
}

/** Credentials can lie in any part but these. */
function addressOf(url: string): string {
  if (!URL.canParse(url)) return "set";
  const { protocol, host, pathname } = new URL(url);
  return protocol === "https:" ? `${protocol}//${host}` : `${protocol}//${host}${pathname}`;
}
