import { describe, expect, it } from "vitest";
import { readTracing, type TracingSettings } from "./settings.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
const DEFAULTS: TracingSettings = {
  url: "http://collector:4318/v1/traces",
  headers: {},
  protocol: "http/protobuf",
  isCompressed: false,
  timeoutMs: 10_000,
  intervalMs: 5_000,
  maxQueued: 2_048,
  sampler: "parentbased_always_on",
  ratio: 1,
  resource: { "service.name": "serviceflow" },
};

describe("tracing", () => {
  it.each([
    ["without an endpoint", {}],
    ["without an endpoint, though something else is set", { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }],
    ["when it is disabled", { ...ENDPOINT, OTEL_SDK_DISABLED: "TRUE" }],
    ["without an exporter", { ...ENDPOINT, OTEL_TRACES_EXPORTER: "none" }],
    [
      "when what is not valid is disabled",
      { OTEL_EXPORTER_OTLP_ENDPOINT: "?", OTEL_SDK_DISABLED: "true" },
    ],
  ])("is off %s", (_, environment) => {
    expect(readTracing(environment)).toEqual({ settings: null, faults: [] });
  });

  it.each<[Record<string, string>, Partial<TracingSettings>]>([
    [{}, {}],
    [{ OTEL_SDK_DISABLED: "false", OTEL_TRACES_EXPORTER: "otlp" }, {}],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "https://c.example/otlp/" },
      { url: "https://c.example/otlp/v1/traces" },
    ],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://c.example/take?a=b" },
      { url: "https://c.example/take?a=b" },
    ],
    [
      {
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a%3Db, x-scope = one ,",
        OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-scope=two",
      },
      { headers: { authorization: "Bearer a=b", "x-scope": "two" } },
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" },
      { protocol: "http/json" },
    ],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }, { isCompressed: true }],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: "500" }, { timeoutMs: 500 }],
    [
      { OTEL_BSP_SCHEDULE_DELAY: "1", OTEL_BSP_MAX_QUEUE_SIZE: "1" },
      { intervalMs: 1, maxQueued: 1 },
    ],
    [
      { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" },
      { sampler: "traceidratio", ratio: 0.25 },
    ],
    [
      { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: ".5" },
      { sampler: "parentbased_traceidratio", ratio: 0.5 },
    ],
    [{ OTEL_TRACES_SAMPLER_ARG: "of nothing" }, {}],
    [
      { OTEL_RESOURCE_ATTRIBUTES: "service.name=desk,deployment.environment.name=a%2Cb" },
      { resource: { "service.name": "desk", "deployment.environment.name": "a,b" } },
    ],
    [
      { OTEL_RESOURCE_ATTRIBUTES: "service.name=desk", OTEL_SERVICE_NAME: "other" },
      { resource: { "service.name": "other" } },
    ],
  ])("takes %o", (environment, expected) => {
    const { settings, faults } = readTracing({ ...ENDPOINT, ...environment });
    expect(faults).toEqual([]);
    expect(settings).toEqual({ ...DEFAULTS, ...expected });
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://hunter2:4317"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "https://ada:hunter2@collector"],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "hunter2"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "hunter2"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "=hunter2"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a header=hunter2"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "authorization=hunter2%"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "authorization=hunter2%0d%0ax: y"],
    ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "hunter2"],
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_COMPRESSION", "br"],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "0"],
    ["OTEL_BSP_SCHEDULE_DELAY", "5s"],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "-1"],
    ["OTEL_RESOURCE_ATTRIBUTES", "hunter2"],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
    ["OTEL_TRACES_EXPORTER", "zipkin"],
  ])("refuses %s=%s by one fault that names it", (name, value) => {
    const { settings, faults } = readTracing({ ...ENDPOINT, [name]: value });
    expect(settings).toBeNull();
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} must `))]);
    expect(faults[0]).not.toContain("hunter2");
  });

  it.each(["2", "-0.1", "1.5", "half", "1e-1", "."])("refuses a part of %s", (part) => {
    const environment = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: part };
    expect(readTracing({ ...ENDPOINT, ...environment }).faults).toEqual([
      "OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1",
    ]);
  });
});
