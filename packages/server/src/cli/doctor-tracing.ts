import type { Config } from "../config.ts";
import { emptyExport, failureCode, postTraces } from "../tracing/post.ts";
import type { Check } from "./check.ts";

/** Checks that the collector accepts traces, with an export that holds none. */
export async function checkTracing({ tracing }: Config): Promise<Check[]> {
  if (tracing === null) return [];
  const name = "tracing";
  const where = `to ${new URL(tracing.url).origin} (${tracing.protocol}, ${tracing.sampler})`;
  const failed = (why: string, advice: string): Check[] => [
    {
      name,
      status: "warn",
      finding: `${where}: ${why}`,
      advice: `${advice} Calls are answered all the same.`,
    },
  ];
  try {
    const body = emptyExport(tracing.protocol);
    const signal = new AbortController().signal;
    const { status } = await postTraces(tracing, { body, isGzip: false, signal });
    if (status >= 200 && status < 300) {
      return [{ name, status: "ok", finding: where, advice: null }];
    }
    return failed(
      `the collector answers ${status}`,
      status === 401 || status === 403
        ? "Correct OTEL_EXPORTER_OTLP_HEADERS."
        : "Correct OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_PROTOCOL.",
    );
  } catch (error) {
    return failed(
      `the collector does not answer (${failureCode(error)})`,
      "Start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT.",
    );
  }
}
