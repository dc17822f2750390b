import { titleOf } from "../contenders/catalogue.ts";
import { scenarioOf } from "../scenarios.ts";
import { count, digits, section, table } from "./markdown.ts";
import { ratiosTable } from "./ratios.ts";
import type { Results } from "./results.ts";
import { type Figure, figuresOf, type Spread } from "./summary.ts";

/** What one run measured at one size, as Markdown. */
export function tablesOf(results: Results): string {
  const figures = figuresOf(results);
  const closed = figures.filter(({ shape }) => shape.loop === "closed" && shape.connections > 1);
  const alone = figures.filter(({ shape }) => shape.loop === "closed" && shape.connections === 1);
  const open = figures.filter(({ shape }) => shape.loop === "open");
  const isCore = ({ scenario }: Figure) => scenarioOf(scenario).core;
  const sections = [
    `### ${count(results.size)} requests\n\n${factsOf(results)}`,
    section(
      "Closed loop, 16 connections: medians (least to most of all rounds), and CPU time a call",
      throughput(closed.filter(isCore)),
    ),
    section("Ratios of these medians", ratiosTable(closed.filter(isCore))),
    section(
      "What only ServiceFlow does, closed loop, 16 connections",
      throughput(closed.filter((figure) => !isCore(figure))),
    ),
    section("One caller: latency", oneCaller(alone)),
    section("Open loop: latency at fixed rates, from when each call was due", openLoop(open)),
    section("Resident memory", memory(results)),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

/** How latencies with one caller grow with the tables. Empty: there is one size only. */
export function sizesTable(all: readonly Results[]): string {
  if (all.length < 2) return "";
  const bySize = all.map((results) => aloneOf(results));
  const names = [...new Set(bySize.flatMap((figures) => [...figures.keys()]))];
  const rows = names.map((name) => {
    const p50s = bySize.map((figures) => figures.get(name)?.p50.median ?? null);
    const [first, last] = [p50s[0] ?? null, p50s.at(-1) ?? null];
    const ratio = first === null || last === null ? "" : (last / first).toFixed(2);
    return [scenarioOf(name).title, ...p50s.map((ms) => (ms === null ? "" : digits(ms))), ratio];
  });
  const sizes = all.map(({ size }) => count(size));
  return table(["p50 ms, one caller", ...sizes, "most / least"], rows);
}

/** Of ServiceFlow over REST, by scenario. */
export function aloneOf(results: Results): Map<string, Figure> {
  const figures = figuresOf(results).filter(
    ({ contender, shape }) =>
      contender === "serviceflow" && shape.loop === "closed" && shape.connections === 1,
  );
  return new Map(figures.map((figure) => [figure.scenario, figure]));
}

function factsOf({ at, machine, postgresSettings, seconds, rounds, ...more }: Results): string {
  const settings = Object.entries(postgresSettings).map(([name, value]) => `${name} = ${value}`);
  const left = Object.entries(more.leftOut).map(([name, why]) => `${titleOf(name)}: ${why}.`);
  const sentences = [
    `${at.slice(0, 10)}, commit ${machine.commit}: ${rounds} rounds of ${seconds} s; PostgreSQL, the service and the load generator share ${machine.cores} cores (${machine.cpu}, ${machine.memoryGb} GB, ${machine.os}).`,
    `Node ${machine.node}, PostgreSQL ${machine.postgres} (${settings.join(", ")}), pgbench: ${machine.pgbench}.`,
    `${more.entriesEach} log entries for each request. Filling took ${more.fillSeconds} s, measuring ${more.measuredSeconds} s.`,
    ...(left.length > 0 ? [`Left out: ${left.join(" ")}`] : []),
  ];
  return sentences.join("\n");
}

function throughput(figures: readonly Figure[]): string {
  const plain = new Map(
    figures
      .filter(({ contender }) => contender === "plain")
      .map((figure) => [figure.scenario, figure.perSecond.median]),
  );
  const rows = figures.map((figure) => {
    const { scenario, contender, perSecond, p50, p99, cpu, bytes } = figure;
    const base = plain.get(scenario);
    return [
      scenarioOf(scenario).title,
      titleOf(contender),
      spread(perSecond) + failures(figure),
      ...(plain.size > 0 ? [base === undefined ? "" : (perSecond.median / base).toFixed(2)] : []),
      digits(p50.median),
      digits(p99.median),
      ...[cpu.server, cpu.postgres, cpu.generator].map(milliseconds),
      bytes === null ? "" : count(Math.round(bytes)),
    ];
  });
  const ratio = plain.size > 0 ? ["of plain"] : [];
  return table(
    [
      "call",
      "contender",
      "calls/s",
      ...ratio,
      "p50 ms",
      "p99 ms",
      "server ms",
      "PostgreSQL ms",
      "generator ms",
      "bytes",
    ],
    rows,
  );
}

function oneCaller(figures: readonly Figure[]): string {
  const contenders = [...new Set(figures.map(({ contender }) => contender))];
  const rows = [...Map.groupBy(figures, ({ scenario }) => scenario)].map(([scenario, its]) => [
    scenarioOf(scenario).title,
    ...contenders.flatMap((name) => {
      const figure = its.find(({ contender }) => contender === name);
      return figure
        ? [digits(figure.p50.median) + failures(figure), digits(figure.p99.median)]
        : ["", ""];
    }),
  ]);
  const heads = contenders.flatMap((name) => [`${titleOf(name)}, p50 ms`, "p99 ms"]);
  return table(["call", ...heads], rows);
}

function openLoop(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    scenarioOf(figure.scenario).title,
    figure.shape.loop === "open" ? `${count(figure.shape.rate)}/s` : "",
    titleOf(figure.contender),
    spread(figure.perSecond) + failures(figure),
    ...[figure.p50.median, figure.p99.median, figure.longest].map(digits),
  ]);
  return table(["call", "due", "contender", "answered/s", "p50 ms", "p99 ms", "max ms"], rows);
}

function memory({ memory }: Results): string {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  const rows = memory.map(({ process, resting, peak }) => [
    process === "serviceflow" ? "ServiceFlow, one process" : titleOf(process),
    mebibytes(peak),
    mebibytes(resting),
  ]);
  return table(["process", "peak", "at rest afterwards"], rows);
}

function failures({ failed }: Figure): string {
  return failed > 0 ? ` (${failed} failed)` : "";
}

function spread({ median, min, max }: Spread): string {
  const values = [median, min, max].map((value) => count(Math.round(value)));
  return min === max ? (values[0] as string) : `${values[0]} (${values[1]} to ${values[2]})`;
}

function milliseconds(ms: number | null): string {
  return ms === null ? "" : digits(ms);
}
