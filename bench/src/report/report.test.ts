import { expect, it } from "vitest";
import { barChart } from "./bar-chart.ts";
import { chartsOf } from "./charts.ts";
import { withResults } from "./readme.ts";
import type { Results, Round } from "./results.ts";
import { figuresOf, spreadOf } from "./summary.ts";
import { sizesTable, tablesOf } from "./tables.ts";

const MARKERS = `# Benchmark
<!-- contenders: begin, generated -->
old
<!-- contenders: end -->
between
<!-- results: begin, generated -->
old
<!-- results: end -->
after
`;

const closed = (connections: number) => ({ loop: "closed", connections, seconds: 1 }) as const;

function roundOf(contender: string, perSecond: number, more: Partial<Round> = {}): Round {
  return {
    scenario: "read",
    contender,
    round: 1,
    shape: closed(16),
    calls: perSecond,
    seconds: 1,
    perSecond,
    p50: 1_000 / perSecond,
    p90: 2_000 / perSecond,
    p99: 3_000 / perSecond,
    max: 4_000 / perSecond,
    bytes: 600,
    unexpected: {},
    generatorCpuMs: 100,
    cpu: { server: 0.2, postgres: 0.1, generator: 0.05 },
    ...more,
  };
}

function resultsOf(size: number, measured: Round[]): Results {
  return {
    at: "2026-11-26T13:00:00.000Z",
    size,
    entriesEach: 4,
    fillSeconds: 3,
    measuredSeconds: 60,
    seconds: 1,
    rounds: 3,
    machine: { cpu: "a CPU", cores: 2, node: "v24.0.0", postgres: "18.4", commit: "abc1234" },
    postgresSettings: { fsync: "on" },
    leftOut: { pgbench: "no pgbench is installed on this machine" },
    memory: [{ process: "serviceflow", peak: 200 * 2 ** 20, resting: 150 * 2 ** 20 }],
    measured,
  };
}

const THREE_ROUNDS = [4_000, 1_000, 3_000].flatMap((perSecond, index) => [
  roundOf("plain", perSecond * 2, { round: index + 1 }),
  roundOf("serviceflow", perSecond, { round: index + 1 }),
]);

it("takes medians over the rounds of a load, and keeps loads apart", () => {
  const alone = roundOf("serviceflow", 500, { shape: closed(1) });
  const open = { loop: "open", rate: 250, seconds: 1 } as const;
  const figures = figuresOf({
    measured: [...THREE_ROUNDS, alone, roundOf("serviceflow", 250, { shape: open })],
  });
  expect(figures.map(({ contender, shape, perSecond }) => [contender, shape, perSecond])).toEqual([
    ["plain", closed(16), { median: 6_000, min: 2_000, max: 8_000 }],
    ["serviceflow", closed(16), { median: 3_000, min: 1_000, max: 4_000 }],
    ["serviceflow", closed(1), { median: 500, min: 500, max: 500 }],
    ["serviceflow", open, { median: 250, min: 250, max: 250 }],
  ]);
  expect(spreadOf([4, 1, 2, 3]).median).toBe(2.5);
});

it("states the figures, what was left out, and calls that failed", () => {
  const failed = roundOf("serviceflow", 900, { scenario: "stats", unexpected: { 503: 2 } });
  const text = tablesOf(resultsOf(1_000, [...THREE_ROUNDS, failed]));
  expect(text).toContain(
    "| read | plain Fastify + pg | 6,000 (2,000 to 8,000) | 1.00 | 0.17 | 0.50 | 0.20 | 0.10 | 0.05 | 600 |",
  );
  expect(text).toContain("| read | ServiceFlow, REST | 3,000 (1,000 to 4,000) | 0.50 |");
  expect(text).toContain("| statistics | ServiceFlow, REST | 900 (2 failed) |");
  expect(text).toContain("| calls/s: ServiceFlow, REST / plain Fastify + pg | 0.50 |");
  expect(text).toContain(
    "| CPU time of PostgreSQL: ServiceFlow, REST / plain Fastify + pg | 1.00 |",
  );
  expect(text).not.toContain("/ ServiceFlow before");
  expect(text).toContain("Left out: pgbench: no pgbench is installed on this machine.");
  expect(text).toContain("| ServiceFlow, one process | 200 MiB | 150 MiB |");
});

it("compares latencies of one caller between sizes", () => {
  const at = (size: number, perSecond: number) =>
    resultsOf(size, [roundOf("serviceflow", perSecond, { shape: closed(1) })]);
  expect(sizesTable([at(1_000, 2_000), at(100_000, 1_600)])).toContain(
    "| read | 0.50 | 0.63 | 1.25 |",
  );
  expect(sizesTable([at(1_000, 2_000)])).toBe("");
});

it("replaces what stands between the markers of the README, and nothing else", () => {
  const all = [resultsOf(1_000, THREE_ROUNDS)];
  const once = withResults(MARKERS, all);
  expect(once).toContain("### 1,000 requests");
  expect(once).toContain("![1000-throughput.svg](results/1000-throughput.svg)");
  expect(once).toMatch(/^# Benchmark\n[\s\S]*\nbetween\n[\s\S]*\nafter\n$/);
  expect(once).not.toContain("old");
  expect(withResults(once, all)).toBe(once);
  expect(() => withResults("# Benchmark", all)).toThrow(/markers of contenders/);
});

it("draws texts in columns that do not meet", () => {
  const charts = Object.values(chartsOf([resultsOf(1_000, THREE_ROUNDS)]));
  expect(charts.length).toBeGreaterThan(1);
  for (const svg of charts) {
    const texts = [
      ...svg.matchAll(/<text.* x="(\d+)" y="(\d+)" text-anchor="(\w+)">(.*)<\/text>/g),
    ];
    const boxes = texts.map(([, x, y, anchor, words]) => {
      // Wider than any font draws twelve pixels.
      const width = (words as string).length * 7.5;
      const from = anchor === "end" ? Number(x) - width : Number(x);
      return { row: Number(y), from, to: from + width };
    });
    for (const box of boxes) {
      expect(box.from).toBeGreaterThanOrEqual(-8);
      const others = boxes.filter((other) => other !== box && other.row === box.row);
      expect(others.filter(({ from, to }) => from < box.to && to > box.from)).toEqual([]);
    }
  }
});

it("draws lengths in proportion, and escapes what it writes", () => {
  const bar = (value: number) => ({
    label: "<&>",
    segments: [value],
    spread: null,
    value: String(value),
  });
  const svg = barChart({
    title: 'A "title"',
    caption: "",
    legend: [],
    groups: [{ title: "", bars: [bar(100), bar(25), bar(0)] }],
    scale: "linear",
  });
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toEqual([480, 120, 0]);
  expect(svg).toContain("&lt;&amp;>");
  expect(svg).toContain('aria-label="A &quot;title&quot;"');
});
