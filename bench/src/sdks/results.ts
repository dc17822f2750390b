import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Spread } from "../report/summary.ts";
import type { SdkName } from "./catalogue.ts";

/** Bytes, but for what is named otherwise. */
export interface Sizes {
  packed: number;
  unpacked: number;
  /** In `node_modules`, with everything that it depends on. */
  installed: number;
  /** What was installed, `name@version`, without the SDK. */
  dependencies: readonly string[];
  /** Minified, and minified and compressed. `needs` names modules of Node that a page does not have. */
  bundle: { minified: number; gzip: number; needs: readonly string[] };
  /** Whether `require` loads it where Node does not load ES modules so. */
  isCommonJs: boolean;
}

export interface Loading {
  /** Milliseconds of `import` and of a client. */
  ms: Spread;
  /** Growth of the resident memory in bytes. */
  memory: Spread;
}

/** One round of reads. */
export interface CallRound {
  connections: number;
  perSecond: number;
  /** CPU time in microseconds a call, user and system. */
  cpu: number;
}

export interface Checking {
  /** Seconds of the whole compiler. */
  seconds: Spread;
  instantiations: number;
  types: number;
  lines: number;
  /** Bytes. */
  memory: number;
}

/** What a program found by calling a scripted server. */
export interface Behaviour {
  /** Attempts of a read, and of a write, that are always answered with 503. */
  readAttempts: number;
  writeAttempts: number;
  /** Attempts of a write whose connection ends without an answer. */
  resetAttempts: number;
  /** Milliseconds until the second attempt after too many calls and `Retry-After: 3`; null: there is none. */
  retryAfterMs: number | null;
  /** Different idempotency keys in all attempts of a write; 0: none is sent. */
  idempotencyKeys: number;
  cancel: "call" | "client" | null;
  iterates: "items" | "pages" | null;
  webhook: { refusesChanged: boolean; refusesOld: boolean } | null;
  stream: { resumes: boolean } | null;
}

export interface Measured {
  version: string;
  sizes: Sizes;
  loading: Loading;
  calls: readonly CallRound[];
  checking: Checking;
  behaviour: Behaviour;
}

export interface SdkResults {
  at: string;
  seconds: number;
  rounds: number;
  typescript: string;
  machine: Readonly<Record<string, string | number>>;
  /** Calls by `fetch`, and an empty program. */
  baseline: { calls: readonly CallRound[]; checking: Checking; loading: Loading };
  sdks: Readonly<Partial<Record<SdkName, Measured>>>;
}

export function writeSdkResults(folder: string, results: SdkResults): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "sdks.json");
  writeFileSync(path, `${JSON.stringify(results, rounded, 2)}\n`);
  return path;
}

export function readSdkResults(folder: string): SdkResults {
  return JSON.parse(readFileSync(join(folder, "sdks.json"), "utf8")) as SdkResults;
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(6))
    : value;
}
