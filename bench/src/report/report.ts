import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartsOf } from "./charts.ts";
import { withResults } from "./readme.ts";
import { readResults } from "./results.ts";

const BENCH = join(import.meta.dirname, "../..");

/** The README and the plots of the results that the repository holds, by path in it. */
export function committedReport(): Record<string, string> {
  const folder = join(BENCH, "results");
  const all = existsSync(folder) ? readResults(folder) : [];
  const charts = Object.entries(chartsOf(all)).map(([name, svg]) => [`bench/results/${name}`, svg]);
  return {
    "bench/README.md": withResults(readFileSync(join(BENCH, "README.md"), "utf8"), all),
    ...Object.fromEntries(charts),
  };
}

/** Draws the plots of a folder of results; with `write`, states them in the README. @returns what it wrote */
export function writeReport({ out, write }: { out: string; write: boolean }): string[] {
  const files = write
    ? Object.entries(committedReport()).map(([path, text]) => [join(BENCH, "..", path), text])
    : Object.entries(chartsOf(readResults(out))).map(([name, svg]) => [join(out, name), svg]);
  for (const [path, text] of files as [string, string][]) writeFileSync(path, text);
  return files.map(([path]) => path as string);
}
