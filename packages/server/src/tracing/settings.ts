import { z } from "zod";

const PROTOCOLS = ["http/protobuf", "http/json"] as const;
const SAMPLERS = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

/** How traces are exported. */
export interface TracingSettings {
  /** The collector's URL for traces. */
  url: string;
  /** Of each export; they may hold a token. */
  headers: Readonly<Record<string, string>>;
  protocol: (typeof PROTOCOLS)[number];
  isCompressed: boolean;
  /** Of one attempt to export. */
  timeoutMs: number;
  /** How often spans are exported. */
  intervalMs: number;
  /** Spans that wait; others are dropped. */
  maxQueued: number;
  sampler: (typeof SAMPLERS)[number];
  /** Of traces that begin here, for `traceidratio`. */
  ratio: number;
  /** What is traced: `service.name` and others. */
  resource: Readonly<Record<string, string>>;
}

const setting = (description: string) => z.string().optional().describe(description);

/** OpenTelemetry's own variables. Those that matter are validated once there is an endpoint: a platform may set others for all. */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    "Base URL of an OpenTelemetry collector, such as `http://localhost:4318`; traces are sent to `/v1/traces` below it. Not set, with no `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` either: nothing is traced.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(
    "The whole URL for traces instead, such as `https://collector.example.com/v1/traces`.",
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    "Headers of each export, such as `authorization=Bearer%20...`: separated by commas, values percent-encoded.",
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: setting(
    "Headers for traces alone, which take precedence over the others of the same name.",
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting(
    `\`${PROTOCOLS.join("` or `")}\`; the first by default. gRPC is not supported.`,
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: setting("The protocol for traces alone."),
  OTEL_EXPORTER_OTLP_COMPRESSION: setting("`gzip` or `none`, the default, for exports."),
  OTEL_EXPORTER_OTLP_TIMEOUT: setting(
    "How long an export may take, in milliseconds; 10000 by default.",
  ),
  OTEL_SERVICE_NAME: setting("`service.name` of the traces; `serviceflow` by default."),
  OTEL_RESOURCE_ATTRIBUTES: setting(
    "More attributes of the service, such as `deployment.environment.name=production,service.namespace=helpdesk`: separated by commas, values percent-encoded.",
  ),
  OTEL_TRACES_SAMPLER: setting(
    `Which traces are exported: \`${SAMPLERS.join("`, `")}\`. \`parentbased_always_on\` by default: what the caller decided, else all.`,
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(
    "For `traceidratio` and `parentbased_traceidratio`: the part of the traces, from 0 to 1; 1 by default.",
  ),
  OTEL_BSP_SCHEDULE_DELAY: setting(
    "How often spans are exported, in milliseconds; 5000 by default.",
  ),
  OTEL_BSP_MAX_QUEUE_SIZE: setting(
    "How many spans wait to be exported at most; 2048 by default. Others are dropped and counted.",
  ),
  OTEL_TRACES_EXPORTER: setting("`none` switches tracing off; else `otlp`, the default."),
  OTEL_SDK_DISABLED: setting("`true` switches tracing off."),
};

type Variables = { readonly [Name in keyof typeof tracingVariables]?: string | undefined };

const MAX_MS = 600_000;
const MAX_QUEUED = 1_000_000;

/**
 * Reads the settings of OpenTelemetry.
 * @returns null settings where nothing is traced, and a line for each fault, without values
 */
export function readTracing(env: Variables): {
  settings: TracingSettings | null;
  faults: string[];
} {
  const faults: string[] = [];
  const name = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    : "OTEL_EXPORTER_OTLP_ENDPOINT";
  const endpoint = env[name];
  const isOff =
    env.OTEL_SDK_DISABLED?.toLowerCase() === "true" || env.OTEL_TRACES_EXPORTER === "none";
  if (endpoint === undefined || isOff) return { settings: null, faults };

  const oneOf = <Value extends string>(
    variable: keyof Variables,
    values: readonly Value[],
    byDefault: Value,
  ): Value => {
    const value = env[variable] ?? byDefault;
    if (values.includes(value as Value)) return value as Value;
    faults.push(`${variable} must be one of ${values.join(", ")}`);
    return byDefault;
  };
  const number = (
    variable: keyof Variables,
    byDefault: number,
    { min, max, form }: { min: number; max: number; form: RegExp },
  ): number => {
    const text = env[variable] ?? String(byDefault);
    if (form.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    faults.push(`${variable} must be a number from ${min} to ${max}`);
    return byDefault;
  };
  const whole = (variable: keyof Variables, byDefault: number, max: number) =>
    number(variable, byDefault, { min: 1, max, form: /^\d{1,9}$/ });
  const pairs = (variable: keyof Variables, isValid: (name: string, value: string) => boolean) => {
    const read = readPairs(env[variable] ?? "");
    const isGood = read?.every(([key, value]) => isValid(key, value)) ?? false;
    if (!isGood) faults.push(`${variable} must be name=value pairs, separated by commas`);
    return Object.fromEntries(isGood ? (read ?? []) : []);
  };

  const url = isEndpoint(endpoint) ? endpoint : null;
  if (url === null) {
    faults.push(`${name} must be an http:// or https:// URL without a user name and a password`);
  }
  if (env.OTEL_TRACES_EXPORTER !== undefined && env.OTEL_TRACES_EXPORTER !== "otlp") {
    faults.push("OTEL_TRACES_EXPORTER must be otlp or none");
  }
  const protocolName =
    env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL === undefined
      ? "OTEL_EXPORTER_OTLP_PROTOCOL"
      : "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
  const isNamed = (key: string) => key !== "";
  const sampler = oneOf("OTEL_TRACES_SAMPLER", SAMPLERS, "parentbased_always_on");
  const ratio = sampler.endsWith("ratio")
    ? number("OTEL_TRACES_SAMPLER_ARG", 1, { min: 0, max: 1, form: /^(\d|\d?\.\d{1,15})$/ })
    : 1;
  const resource = pairs("OTEL_RESOURCE_ATTRIBUTES", isNamed);
  const settings: TracingSettings = {
    url: name === "OTEL_EXPORTER_OTLP_ENDPOINT" ? below(url ?? "") : (url ?? ""),
    headers: {
      ...pairs("OTEL_EXPORTER_OTLP_HEADERS", isHeader),
      ...pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS", isHeader),
    },
    protocol: oneOf(protocolName, PROTOCOLS, "http/protobuf"),
    isCompressed: oneOf("OTEL_EXPORTER_OTLP_COMPRESSION", ["none", "gzip"], "none") === "gzip",
    timeoutMs: whole("OTEL_EXPORTER_OTLP_TIMEOUT", 10_000, MAX_MS),
    intervalMs: whole("OTEL_BSP_SCHEDULE_DELAY", 5_000, MAX_MS),
    maxQueued: whole("OTEL_BSP_MAX_QUEUE_SIZE", 2_048, MAX_QUEUED),
    sampler,
    ratio,
    resource: {
      "service.name": "serviceflow",
      ...resource,
      ...(env.OTEL_SERVICE_NAME === undefined ? {} : { "service.name": env.OTEL_SERVICE_NAME }),
    },
  };
  return { settings: faults.length === 0 ? settings : null, faults };
}

/** As in W3C Baggage; null: it is not. */
function readPairs(text: string): [string, string][] | null {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  try {
    return parts.map((part) => {
      const at = part.indexOf("=");
      if (at < 1) throw new URIError();
      const [name, value] = [part.slice(0, at), part.slice(at + 1)];
      return [name.trim(), decodeURIComponent(value.trim())];
    });
  } catch {
    return null;
  }
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

function below(base: string): string {
  if (base === "") return base;
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url.href;
}

function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value);
}
