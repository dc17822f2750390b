// The only file that loads OpenTelemetry, together with what it imports: `start.ts` loads it where something is traced.
import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import {
  type Span as ApiSpan,
  type Tracer as ApiTracer,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { ExportReport } from "./export-report.ts";
import { MAX_EXPORT_MS, OtlpExporter } from "./exporter.ts";
import type { TracingSettings } from "./settings.ts";
import type { RemoteParent } from "./trace-context.ts";
import type { Attributes, Beginning, Span, Tracer, Tracing } from "./tracer.ts";

const MAX_BATCH = 512;
/** What is exported is short; this is a net under mistakes. */
const MAX_VALUE_LENGTH = 256;
/** Calls whose events may still cause something. */
const MAX_REMEMBERED = 10_000;
const STOP_LIMIT_MS = 2_000;

const KINDS = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
} as const;

/** @param version of the server */
export function openTracing(
  settings: TracingSettings,
  { log, version, attributes }: { log: Logger; version: string; attributes: Attributes },
): Tracing {
  const report = new ExportReport(log);
  const exporter = new OtlpExporter(settings, report);
  const processor = new BoundedProcessor(exporter, settings, report);
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        "service.version": version,
        "service.instance.id": randomUUID(),
        ...attributes,
        ...settings.resource,
      }),
    ),
    sampler: samplerOf(settings),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    spanProcessors: [processor],
  });
  return {
    tracer: new OtelTracer(provider.getTracer("serviceflow", version)),
    outcomes: () => report.outcomes,
    async stop() {
      const limit = setTimeout(() => exporter.cut(), STOP_LIMIT_MS);
      // What waits to be sent again would hold up the rest.
      const before = exporter.shutdown();
      await processor.shutdown();
      await before;
      await exporter.shutdown();
      clearTimeout(limit);
    },
  };
}

function samplerOf({ sampler, ratio }: TracingSettings): Sampler {
  const root = sampler.endsWith("ratio")
    ? new TraceIdRatioBasedSampler(ratio)
    : sampler.endsWith("off")
      ? new AlwaysOffSampler()
      : new AlwaysOnSampler();
  return sampler.startsWith("parentbased") ? new ParentBasedSampler({ root }) : root;
}

/** OpenTelemetry's batches, with a count of what does not fit into its queue. */
class BoundedProcessor implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  readonly #max: number;
  readonly #report: ExportReport;
  #queued = 0;

  constructor(exporter: SpanExporter, settings: TracingSettings, report: ExportReport) {
    this.#max = settings.maxQueued;
    this.#report = report;
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          this.#queued -= spans.length;
          exporter.export(spans, done);
        },
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: settings.maxQueued,
      maxExportBatchSize: Math.min(MAX_BATCH, settings.maxQueued),
      scheduledDelayMillis: settings.intervalMs,
      exportTimeoutMillis: MAX_EXPORT_MS + settings.timeoutMs,
    });
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#queued >= this.#max) {
      this.#report.lost("queue_full", 1);
      return;
    }
    this.#queued += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  /** Never fails: what was not exported has been counted. */
  shutdown(): Promise<void> {
    return this.#batches.shutdown().catch(() => {});
  }
}

class OtelTracer implements Tracer {
  readonly #tracer: ApiTracer;
  readonly #spans = new AsyncLocalStorage<OtelSpan>();
  readonly #remembered = new Map<string, SpanContext>();

  constructor(tracer: ApiTracer) {
    this.#tracer = tracer;
  }

  start({ name, kind, attributes, parent, cause }: Beginning): Span {
    const remembered = cause === undefined ? undefined : this.#remembered.get(cause);
    const links: Link[] = remembered ? [{ context: remembered }] : [];
    const context = contextOf(parent);
    const options = { kind: KINDS[kind], attributes, links };
    return new OtelSpan(
      this.#tracer.startSpan(
        name,
        options,
        context === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, context),
      ),
    );
  }

  within<Result>(span: Span, work: () => Result): Result {
    return span instanceof OtelSpan ? this.#spans.run(span, work) : work();
  }

  current(): Span | null {
    const span = this.#spans.getStore();
    // What a call began in the background, such as polling for a stream, outlives it.
    return span?.isOpen ? span : null;
  }

  remember(requestId: string, span: Span): void {
    const context = contextOf(span);
    if (context === null || (context.traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.#remembered.set(requestId, context);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) {
      this.#remembered.delete(oldest);
    }
  }
}

function contextOf(parent: Span | RemoteParent | null): SpanContext | null {
  if (parent === null) return null;
  if (parent instanceof OtelSpan) return parent.context;
  const { traceId, spanId, isSampled, state } = parent as RemoteParent;
  return {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...(state === null ? {} : { traceState: createTraceState(state) }),
    isRemote: true,
  };
}

class OtelSpan implements Span {
  readonly #span: ApiSpan;
  isOpen = true;

  constructor(span: ApiSpan) {
    this.#span = span;
  }

  get context(): SpanContext {
    return this.#span.spanContext();
  }

  get traceId(): string {
    return this.context.traceId;
  }

  rename(name: string): void {
    this.#span.updateName(name);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  headers(): Record<string, string> {
    const { traceId, spanId, traceFlags, traceState } = this.context;
    const flags = traceFlags.toString(16).padStart(2, "0");
    const state = traceState?.serialize() ?? "";
    return {
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      ...(state === "" ? {} : { tracestate: state }),
    };
  }

  end(error: string | null = null, isFault = true): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (error !== null) {
      this.#span.setAttribute("error.type", error);
      if (isFault) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}
