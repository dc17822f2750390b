import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CONTENDER_NAMES, type ContenderName } from "../contenders/catalogue.ts";
import { ROOT } from "../contenders/process.ts";
import { ENTRIES_EACH } from "../data/made-requests.ts";
import { SCENARIOS, type Scenario } from "../scenarios.ts";

export interface Options {
  /** Requests in the tables before the measurement. */
  sizes: readonly number[];
  /** Length of a round. */
  seconds: number;
  rounds: number;
  /** Log or history entries of each request. */
  entriesEach: number;
  /** Calls a second of the open loop. */
  rates: readonly number[];
  contenders: readonly ContenderName[];
  scenarios: readonly Scenario[];
  /** Another checkout of ServiceFlow. */
  before: string | null;
  /** A cluster to create databases in; null: one of its own. */
  databaseUrl: string | null;
  /** Whether the databases of ServiceFlow stay in that cluster for the next run. */
  keep: boolean;
  /** Where the results go. */
  out: string;
  /** Whether the README states these results. */
  write: boolean;
}

/** Connections of the closed loop. */
export const CONNECTIONS = 16;

const RESULTS = join(ROOT, "bench/results");

/** @throws Error that names what is wrong */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      scenarios: { type: "string" },
      out: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const before = env.BEFORE || null;
  const isPart = values.only !== undefined || values.scenarios !== undefined;
  if (values.write && isPart) {
    throw new Error("--write states all results: leave out --only and --scenarios");
  }
  if (values.write && before !== null) {
    throw new Error("--write states what this checkout does: leave out BEFORE");
  }
  if (before !== null && !existsSync(join(before, "packages/server/src/main.ts"))) {
    throw new Error(`BEFORE: ${before} is not a checkout of ServiceFlow`);
  }
  const databaseUrl = env.DATABASE_URL || null;
  const keep = env.KEEP === "1";
  if (keep && databaseUrl === null) {
    throw new Error("KEEP keeps databases in the cluster of DATABASE_URL: give both");
  }
  return {
    sizes: numbers("SIZES", env.SIZES ?? "1000,100000"),
    seconds: number("SECONDS", env.SECONDS ?? "3"),
    rounds: number("ROUNDS", env.ROUNDS ?? "3"),
    entriesEach: number("ENTRIES_EACH", env.ENTRIES_EACH ?? String(ENTRIES_EACH)),
    rates: env.RATES === "" ? [] : numbers("RATES", env.RATES ?? "500,1000,2000"),
    contenders: contenders(values.only, before),
    scenarios: scenarios(values.scenarios),
    before,
    databaseUrl,
    keep,
    out: values.out ?? (values.write ? RESULTS : join(RESULTS, "local")),
    write: values.write,
  };
}

function contenders(only: string | undefined, before: string | null): ContenderName[] {
  const asked = only?.split(",") ?? [];
  const isAsked = (name: string) =>
    asked.length === 0 || asked.some((each) => name === each || name.startsWith(`${each}-`));
  const unknown = asked.filter((each) => !CONTENDER_NAMES.some((name) => name === each));
  if (unknown.length > 0) {
    throw new Error(`--only: ${unknown} is none of ${CONTENDER_NAMES.join(", ")}`);
  }
  return CONTENDER_NAMES.filter((name) => (name === "before" ? before !== null : isAsked(name)));
}

function scenarios(asked: string | undefined): Scenario[] {
  const names = asked?.split(",") ?? SCENARIOS.map(({ name }) => name);
  const unknown = names.filter((each) => !SCENARIOS.some(({ name }) => name === each));
  if (unknown.length > 0) {
    throw new Error(
      `--scenarios: ${unknown} is none of ${SCENARIOS.map(({ name }) => name).join(", ")}`,
    );
  }
  return SCENARIOS.filter(({ name }) => names.includes(name));
}

function numbers(name: string, text: string): number[] {
  return text.split(",").map((each) => number(name, each));
}

export function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name}: ${text} is not a positive number`);
  return value;
}
