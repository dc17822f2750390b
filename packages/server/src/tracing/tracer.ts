import type { RemoteParent } from "./trace-context.ts";

type SpanKind = "server" | "internal" | "client" | "producer";

/** Of a span: names and codes of the server's own, never what people wrote. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work in a trace. */
export interface Span {
  readonly traceId: string;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** `traceparent` and `tracestate` of calls that are made within it. */
  headers(): Record<string, string>;
  /**
   * Ends it, once.
   * @param error why it failed: a code; null: it did not
   * @param isFault false: its caller caused it, which is not an error of this server
   */
  end(error?: string | null, isFault?: boolean): void;
}

/** A span that begins. */
export interface Beginning {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** Null: it begins a trace. */
  parent: Span | RemoteParent | null;
  /** A call, by its request id, in whose wake it happens; it is linked if this process remembers it. */
  cause?: string;
}

/** Makes spans. There is none where nothing is traced: `Tracer | null`. */
export interface Tracer {
  start(beginning: Beginning): Span;
  /** Runs work to which `current` is that span until it ends, also across asynchronous calls. */
  within<Result>(span: Span, work: () => Result): Result;
  /** The span, not yet ended, within which this runs. */
  current(): Span | null;
  /** Remembers the span of a call, for those that it causes. */
  remember(requestId: string, span: Span): void;
}

/** What became of spans that should be exported. */
export type SpanOutcome = "exported" | "queue_full" | "refused" | "unreachable";

/** The tracer of a process. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Spans since the start. */
  outcomes(): ReadonlyMap<SpanOutcome, number>;
  /** Exports what has ended, within a time limit. */
  stop(): Promise<void>;
}
