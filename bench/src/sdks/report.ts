import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../contenders/process.ts";
import { count, digits, table } from "../report/markdown.ts";
import { between } from "../report/readme.ts";
import { type Spread, spreadOf } from "../report/summary.ts";
import { behaviourRows } from "./behaviour-rows.ts";
import { SDK_NAMES, SDKS } from "./catalogue.ts";
import { RESULTS } from "./options.ts";
import { type CallRound, type Measured, readSdkResults, type SdkResults } from "./results.ts";

const PAGE = "docs/sdk-comparison.md";

/** The page that states the results which the repository holds, by path in it. */
export function committedComparison(): Record<string, string> {
  const page = readFileSync(join(ROOT, PAGE), "utf8");
  return { [PAGE]: between(page, "comparison", comparisonOf(readSdkResults(RESULTS))) };
}

/** What the page says of results. */
export function comparisonOf(results: SdkResults): string {
  const names = SDK_NAMES.filter((name) => results.sdks[name] !== undefined);
  const all = names.map((name) => results.sdks[name] as Measured);
  const heads = ["", ...names.map((name) => SDKS[name].title)];
  const row = (title: string, of: (one: Measured) => string) => [title, ...all.map(of)];
  const { baseline } = results;
  const { cpu, cores, os, node, commit, loadAfter } = results.machine;
  return [
    `${results.at.slice(0, 10)}, commit ${commit}: Node ${node}, TypeScript ${results.typescript}, ${cores} cores (${cpu}, ${os}), load average ${digits(Number(loadAfter))} at the end. ${results.rounds} rounds of ${results.seconds} s in turn: medians (least to most).`,
    section(
      "Size",
      table(heads, [
        row("version", ({ version }) => version),
        row("packed, KB", ({ sizes }) => kilobytes(sizes.packed)),
        row("unpacked, KB", ({ sizes }) => kilobytes(sizes.unpacked)),
        row("installed with dependencies, KB", ({ sizes }) => kilobytes(sizes.installed)),
        row("dependencies", ({ sizes }) => String(sizes.dependencies.length)),
        row("minimal client in a page, minified, KB", ({ sizes }) =>
          kilobytes(sizes.bundle.minified),
        ),
        row("the same, compressed, KB", ({ sizes }) => kilobytes(sizes.bundle.gzip)),
        row("modules of Node that it needs there", ({ sizes }) => sizes.bundle.needs.join(", ")),
        row("CommonJS as well", ({ sizes }) => yesNo(sizes.isCommonJs)),
      ]),
    ),
    section(
      "Loading in Node",
      table(
        [...heads, "empty module"],
        rowsOf(
          ["time to import and make a client, ms", "memory that stays, MB"],
          [...all.map(({ loading }) => loading), baseline.loading].map(({ ms, memory }) => [
            spread(ms),
            spread(memory, 2 ** 20),
          ]),
        ),
      ),
    ),
    section(
      "Reads from a server that answers at once",
      table(
        [...heads, "fetch"],
        [1, 16].flatMap((connections) => callRows(connections, all, baseline.calls)),
      ),
    ),
    section(
      "Type-checking the minimal client",
      table(
        [...heads, "empty program"],
        rowsOf(
          ["tsc, s", "instantiations", "types", "lines read", "memory, MB"],
          [...all.map(({ checking }) => checking), baseline.checking].map((one) => [
            spread(one.seconds),
            count(one.instantiations),
            count(one.types),
            count(one.lines),
            digits(one.memory / 2 ** 20),
          ]),
        ),
      ),
    ),
    section("What each does without being asked", table(heads, behaviourRows(names, row))),
  ].join("\n\n");
}

/** Rows of columns. */
function rowsOf(titles: readonly string[], columns: readonly (readonly string[])[]): string[][] {
  return titles.map((title, i) => [title, ...columns.map((column) => column[i] ?? "")]);
}

function callRows(
  connections: number,
  all: readonly Measured[],
  baseline: readonly CallRound[],
): string[][] {
  const of = (rounds: readonly CallRound[]) =>
    rounds.filter((round) => round.connections === connections);
  const columns = [...all.map(({ calls }) => of(calls)), of(baseline)];
  const row = (title: string, cell: (rounds: CallRound[]) => string) => [
    `${title}, ${connections} at a time`,
    ...columns.map(cell),
  ];
  const ratio = (rounds: CallRound[], pick: (round: CallRound) => number) =>
    digits(
      spreadOf(rounds.map((round, i) => pick(round) / pick(of(baseline)[i] as CallRound))).median,
    );
  return [
    row("calls/s", (rounds) => {
      const { median, min, max } = spreadOf(rounds.map((round) => round.perSecond));
      const [middle, least, most] = [median, min, max].map((each) => count(Math.round(each)));
      return `${middle} (${least} to ${most})`;
    }),
    row("calls/s, of fetch", (rounds) => ratio(rounds, ({ perSecond }) => perSecond)),
    row("CPU time a call, µs", (rounds) => spread(spreadOf(rounds.map(({ cpu }) => cpu)))),
    row("CPU time, of fetch", (rounds) => ratio(rounds, ({ cpu }) => cpu)),
  ];
}

function section(title: string, content: string): string {
  return `### ${title}\n\n${content}`;
}

function kilobytes(bytes: number): string {
  return bytes < 102_400 ? digits(bytes / 1_024) : count(Math.round(bytes / 1_024));
}

function spread({ median, min, max }: Spread, unit = 1): string {
  const [middle, least, most] = [median, min, max].map((each) => digits(each / unit));
  return `${middle} (${least} to ${most})`;
}

function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}
