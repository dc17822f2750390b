import type { Logger } from "pino";
import type { SpanOutcome } from "./tracer.ts";

const WARN_INTERVAL_MS = 60_000;

const WORDS: Readonly<Record<Exclude<SpanOutcome, "exported">, string>> = {
  queue_full: "traces are lost: spans end faster than the collector takes them",
  refused: "traces are lost: the collector refuses them",
  unreachable: "traces are lost: the collector cannot be reached",
};

/** Why a collector did not take spans: a status or a code, never its words. */
export interface ExportFailure {
  status?: number;
  code?: string;
}

/** Counts what becomes of spans, and warns of losses of each kind once a minute. */
export class ExportReport {
  readonly outcomes = new Map<SpanOutcome, number>();
  readonly #log: Logger;
  readonly #unsaid = new Map<SpanOutcome, number>();
  readonly #saidAt = new Map<SpanOutcome, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  exported(spans: number): void {
    this.#count("exported", spans);
  }

  lost(outcome: Exclude<SpanOutcome, "exported">, spans: number, why: ExportFailure = {}): void {
    this.#count(outcome, spans);
    const unsaid = (this.#unsaid.get(outcome) ?? 0) + spans;
    const saidAt = this.#saidAt.get(outcome) ?? Number.NEGATIVE_INFINITY;
    const now = performance.now();
    if (now - saidAt < WARN_INTERVAL_MS) {
      this.#unsaid.set(outcome, unsaid);
      return;
    }
    this.#saidAt.set(outcome, now);
    this.#unsaid.set(outcome, 0);
    this.#log.warn({ spans: unsaid, ...why }, WORDS[outcome]);
  }

  #count(outcome: SpanOutcome, spans: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + spans);
  }
}
