import type { Logger } from "pino";
import type { TracingSettings } from "./settings.ts";
import type { Attributes, Tracing } from "./tracer.ts";

/** Loads OpenTelemetry and begins to trace; null, and nothing is loaded, without settings. */
export async function startTracing(
  settings: TracingSettings | null,
  options: { log: Logger; version: string; attributes: Attributes },
): Promise<Tracing | null> {
  if (settings === null) return null;
  const { openTracing } = await import("./otlp.ts");
  return openTracing(settings, options);
}
