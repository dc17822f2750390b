import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Load, Shape } from "../load/job.ts";

/** One load of one contender, and what it cost. */
export interface Round extends Load {
  scenario: string;
  contender: string;
  round: number;
  shape: Shape;
  /** CPU time a call in milliseconds; null: not known, or there is no such process. */
  cpu: { server: number | null; postgres: number | null; generator: number | null };
}

/** Resident memory of a process and those that it started, in bytes. */
export interface Memory {
  process: string;
  peak: number;
  /** After the load, and a rest. */
  resting: number;
}

/** Everything that one run measured at one size. */
export interface Results {
  at: string;
  /** Requests in the tables before the measurement. */
  size: number;
  entriesEach: number;
  /** Making and filling all databases. */
  fillSeconds: number;
  /** All rounds. */
  measuredSeconds: number;
  seconds: number;
  rounds: number;
  machine: Readonly<Record<string, string | number>>;
  postgresSettings: Readonly<Record<string, string>>;
  leftOut: Readonly<Record<string, string>>;
  memory: readonly Memory[];
  measured: readonly Round[];
}

/** Writes the results of a size, a round a line. */
export function writeResults(folder: string, results: Results): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${results.size}.json`);
  const { measured, ...facts } = results;
  const lines = measured.map((round) => `    ${JSON.stringify(rounded(round))}`);
  const head = JSON.stringify(facts, null, 2).slice(0, -2);
  writeFileSync(path, `${head},\n  "measured": [\n${lines.join(",\n")}\n  ]\n}\n`);
  return path;
}

/** The results in a folder, the smallest size first. */
export function readResults(folder: string): Results[] {
  const files = readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  return files
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Results)
    .toSorted((a, b) => a.size - b.size);
}

function rounded(round: Round): unknown {
  return JSON.parse(
    JSON.stringify(round, (_, value) =>
      typeof value === "number" ? Number(value.toPrecision(6)) : value,
    ),
  );
}
