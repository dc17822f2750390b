import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../contenders/process.ts";
import { number } from "../run/options.ts";
import { SDK_NAMES, type SdkName } from "./catalogue.ts";

export interface SdkOptions {
  only: readonly SdkName[];
  /** Length of a round of calls. */
  seconds: number;
  /** Rounds of calls, and of type checks. */
  rounds: number;
  /** How often each is loaded. */
  loads: number;
  /** Where the results go. */
  out: string;
  /** Whether the documentation states these results. */
  write: boolean;
}

export const RESULTS = join(ROOT, "bench/results");

/** @throws Error that names what is wrong */
export function readSdkOptions(args: readonly string[], env: NodeJS.ProcessEnv): SdkOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      out: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  if (values.write && values.only !== undefined) {
    throw new Error("--write states all results: leave out --only");
  }
  const only = values.only?.split(",") ?? SDK_NAMES;
  const unknown = only.filter((each) => !SDK_NAMES.some((name) => name === each));
  if (unknown.length > 0) {
    throw new Error(`--only: ${unknown} is none of ${SDK_NAMES.join(", ")}`);
  }
  const rounds = number("ROUNDS", env.ROUNDS ?? "5");
  return {
    only: SDK_NAMES.filter((name) => only.includes(name)),
    seconds: number("SECONDS", env.SECONDS ?? "2"),
    rounds,
    loads: rounds * 2,
    out: values.out ?? (values.write ? RESULTS : join(RESULTS, "local")),
    write: values.write,
  };
}
