import { titleOf } from "../contenders/catalogue.ts";
import { scenarioOf } from "../scenarios.ts";
import { type Bar, type BarGroup, barChart } from "./bar-chart.ts";
import type { Results } from "./results.ts";
import { type Figure, figuresOf } from "./summary.ts";
import { aloneOf } from "./tables.ts";

/** The plots of a report, by file name. */
export function chartsOf(all: readonly Results[]): Record<string, string> {
  const charts = all.flatMap((results): [string, string | null][] => {
    const figures = figuresOf(results);
    const size = results.size.toLocaleString("en-US");
    return [
      [`${results.size}-throughput.svg`, throughputChart(figures, size)],
      [`${results.size}-cpu.svg`, cpuChart(figures, size)],
      [`${results.size}-open-loop.svg`, openLoopChart(figures, size)],
    ];
  });
  const drawn = [...charts, ["sizes.svg", sizesChart(all)] as [string, string | null]];
  return Object.fromEntries(drawn.filter((chart): chart is [string, string] => chart[1] !== null));
}

const isCore = ({ scenario }: Figure) => scenarioOf(scenario).core;
const isClosed = ({ shape }: Figure) => shape.loop === "closed" && shape.connections > 1;

function throughputChart(figures: readonly Figure[], size: string): string | null {
  const groups = grouped(
    figures.filter((figure) => isCore(figure) && isClosed(figure)),
    ({ scenario }) => scenarioOf(scenario).title,
    ({ contender, perSecond: { median, min, max } }) => ({
      label: titleOf(contender),
      segments: [median],
      spread: [min, max],
      value: `${Math.round(median).toLocaleString("en-US")}/s`,
    }),
  );
  if (groups.length === 0) return null;
  return barChart({
    title: `Calls a second, ${size} requests`,
    caption: "Closed loop, 16 connections. Bars: medians; lines: the least and most of all rounds.",
    legend: [],
    groups,
    scale: "linear",
  });
}

function cpuChart(figures: readonly Figure[], size: string): string | null {
  const groups = grouped(
    figures.filter((figure) => isCore(figure) && isClosed(figure) && figure.cpu.postgres !== null),
    ({ scenario }) => scenarioOf(scenario).title,
    ({ contender, cpu }) => {
      const segments = [cpu.server ?? 0, cpu.postgres ?? 0];
      const value = segments.map((ms) => ms.toFixed(2)).join(" + ");
      return { label: titleOf(contender), segments, spread: null, value: `${value} ms` };
    },
  );
  if (groups.length === 0) return null;
  return barChart({
    title: `CPU time a call, ${size} requests`,
    caption: "Closed loop, 16 connections; medians. The load generator is not counted.",
    legend: ["the service", "PostgreSQL"],
    groups,
    scale: "linear",
  });
}

function openLoopChart(figures: readonly Figure[], size: string): string | null {
  const groups = grouped(
    figures.filter(({ shape }) => shape.loop === "open"),
    ({ scenario, shape }) =>
      `${scenarioOf(scenario).title}, ${shape.loop === "open" ? shape.rate.toLocaleString("en-US") : ""} a second`,
    ({ contender, p50, p99 }) => ({
      label: titleOf(contender),
      segments: [p50.median],
      spread: [p50.median, p99.median],
      value: `${short(p50.median)} to ${short(p99.median)} ms`,
    }),
  );
  if (groups.length === 0) return null;
  return barChart({
    title: `Latency at fixed rates, ${size} requests`,
    caption:
      "Open loop, from when each call was due; medians of p50 (bar) and p99 (line). Logarithmic.",
    legend: [],
    groups,
    scale: "logarithmic",
  });
}

function sizesChart(all: readonly Results[]): string | null {
  const bySize = all.map((results) => ({ results, figures: aloneOf(results) }));
  const names = [...new Set(bySize.flatMap(({ figures }) => [...figures.keys()]))];
  if (all.length < 2 || names.length === 0) return null;
  const groups = names.map((name) => ({
    title: scenarioOf(name).title,
    bars: bySize.flatMap(({ results: { size }, figures }): Bar[] => {
      const figure = figures.get(name);
      if (!figure) return [];
      const { median, min, max } = figure.p50;
      return [
        {
          label: `${size.toLocaleString("en-US")} requests`,
          segments: [median],
          spread: [min, max],
          value: `${short(median)} ms`,
        },
      ];
    }),
  }));
  return barChart({
    title: "Latency by the number of requests",
    caption: "ServiceFlow over REST, one caller, medians of p50. Logarithmic.",
    legend: [],
    groups,
    scale: "logarithmic",
  });
}

function grouped(
  figures: readonly Figure[],
  titleOfGroup: (figure: Figure) => string,
  barOf: (figure: Figure) => Bar,
): BarGroup[] {
  return [...Map.groupBy(figures, titleOfGroup)].map(([title, its]) => ({
    title,
    bars: its.map(barOf),
  }));
}

function short(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2);
}
