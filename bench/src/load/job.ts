import type { Facts } from "../scenarios.ts";

/** How calls are sent: over HTTP with as little work as possible, with `fetch`, to procedures, or through the SDK. */
export type CallerKind = "http" | "fetch" | "trpc" | "sdk";

/**
 * `closed`: that many callers, each calling again when answered. `open`: calls at a fixed rate, however long the
 * answers take; the latency of a call counts from the moment at which it was due.
 */
export type Shape =
  | { loop: "closed"; connections: number; seconds: number }
  | { loop: "open"; rate: number; seconds: number };

/** What the load generator is asked for. */
export interface LoadJob {
  caller: CallerKind;
  /** Without a trailing slash; paths of scenarios follow. */
  base: string;
  apiKey: string;
  scenario: string;
  facts: Facts;
  shape: Shape;
}

/** In milliseconds. */
export interface Latencies {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** What a load came to. */
export interface Load extends Latencies {
  calls: number;
  /** From the first call to the last answer. */
  seconds: number;
  perSecond: number;
  /** Mean size of an answer's body; null: not known. */
  bytes: number | null;
  /** How often calls ended otherwise than expected, by status or error code. */
  unexpected: Readonly<Record<string, number>>;
  /** CPU time of the load generator; null: not known. */
  generatorCpuMs: number | null;
}
