import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { ExportReport } from "./export-report.ts";
import { failureCode, postTraces } from "./post.ts";
import type { TracingSettings } from "./settings.ts";

type ExportResult = Parameters<Parameters<SpanExporter["export"]>[1]>[0];
type Serializer = typeof ProtobufTraceSerializer;

const gzipped = promisify(gzip);
const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
/** For all attempts to export a batch, with the pauses between them. */
export const MAX_EXPORT_MS = 60_000;
const RETRYABLE = new Set([429, 502, 503, 504]);

/**
 * Exports batches of spans over OTLP/HTTP. A batch that the collector cannot take now is sent again a few times; what is
 * lost is counted. OpenTelemetry's own exporter cannot be stopped while it waits, and does not say what a collector
 * refused of a batch.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class OtlpExporter implements SpanExporter {
  readonly #settings: TracingSettings;
  readonly #report: ExportReport;
  readonly #serializer: Serializer;
  /** No attempt follows. */
  readonly #stopping = new AbortController();
  readonly #cut = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();

  constructor(settings: TracingSettings, report: ExportReport) {
    this.#settings = settings;
    this.#report = report;
    this.#serializer =
      settings.protocol === "http/json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const ended = this.#export(spans).then(
      () => done({ code: 0 }),
      (error: unknown) => {
        this.#report.lost("refused", spans.length, { code: failureCode(error) });
        done({ code: 1 });
      },
    );
    this.#inProgress.add(ended);
    void ended.finally(() => this.#inProgress.delete(ended));
  }

  async #export(spans: ReadableSpan[]): Promise<void> {
    const bytes = this.#serializer.serializeRequest(spans);
    if (!bytes) {
      this.#report.lost("refused", spans.length, { code: "NOT_SERIALIZED" });
      return;
    }
    const isGzip = this.#settings.isCompressed;
    const body = new Uint8Array(isGzip ? await gzipped(bytes) : bytes);
    const givesUpAt = performance.now() + MAX_EXPORT_MS;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#attempt(body, spans.length);
      if (failure === null) return;
      const { waitMs = 2 ** (attempt - 1) * FIRST_PAUSE_MS * (0.8 + 0.4 * Math.random()), ...why } =
        failure;
      const isLast = attempt === MAX_ATTEMPTS || performance.now() + waitMs > givesUpAt;
      if (isLast || !(await this.#pause(waitMs))) {
        this.#report.lost("unreachable", spans.length, why);
        return;
      }
    }
  }

  /** @returns null: that was it; else why it can be tried again, and after what time if the collector says so */
  async #attempt(
    body: Uint8Array<ArrayBuffer>,
    spans: number,
  ): Promise<{ status?: number; code?: string; waitMs?: number } | null> {
    const { isCompressed: isGzip } = this.#settings;
    try {
      const answer = await postTraces(this.#settings, { body, isGzip, signal: this.#cut.signal });
      const { status, retryAfter } = answer;
      if (status >= 200 && status < 300) {
        const rejected = Math.min(spans, this.#rejectedOf(answer.body));
        this.#report.exported(spans - rejected);
        if (rejected > 0) this.#report.lost("refused", rejected, { status });
        return null;
      }
      if (RETRYABLE.has(status)) {
        const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
        return { status, ...(seconds === null ? {} : { waitMs: seconds * 1000 }) };
      }
      this.#report.lost("refused", spans, { status });
      return null;
    } catch (error) {
      return { code: failureCode(error) };
    }
  }

  /** Of a success, which can be one in part. */
  #rejectedOf(body: Uint8Array): number {
    try {
      const { partialSuccess } = this.#serializer.deserializeResponse(body);
      return Number(partialSuccess?.rejectedSpans ?? 0) || 0;
    } catch {
      return 0;
    }
  }

  /** @returns false: nothing may follow */
  async #pause(waitMs: number): Promise<boolean> {
    const { signal } = this.#stopping;
    await pause(waitMs, undefined, { signal, ref: false }).catch(() => {});
    return !signal.aborted;
  }

  /** Waits for what is being sent, and sends nothing again. */
  async shutdown(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#inProgress);
  }

  /** Ends what is being sent. */
  cut(): void {
    this.#stopping.abort();
    this.#cut.abort();
  }
}
