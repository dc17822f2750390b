import { CATALOGUE } from "../contenders/catalogue.ts";
import { chartsOf } from "./charts.ts";
import type { Results } from "./results.ts";
import { sizesTable, tablesOf } from "./tables.ts";

/** What the README of the benchmark says between its markers, from the results beside it. */
export function withResults(readme: string, all: readonly Results[]): string {
  return between(between(readme, "contenders", contenders()), "results", results(all));
}

function contenders(): string {
  const rows = Object.values(CATALOGUE).map(({ title, what }) => `| ${title} | ${what} |`);
  return ["| contender | what it is |", "| --- | --- |", ...rows].join("\n");
}

function results(all: readonly Results[]): string {
  if (all.length === 0) return "None yet.";
  const names = Object.keys(chartsOf(all));
  const images = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => `![${name}](results/${name})`);
  const sizes = sizesTable(all);
  const bySize = all.map((each) => [tablesOf(each), ...images(`${each.size}-`)].join("\n\n"));
  return [
    ...(sizes === "" ? [] : [`### By the number of requests\n\n${sizes}`, ...images("sizes")]),
    ...bySize,
  ].join("\n\n");
}

/** @throws when the markers are not there */
export function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}: begin, generated -->`, `<!-- ${name}: end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`There are no markers of ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}
