import { join } from "node:path";
import { expect, it } from "vitest";
import { run, temporaryFolder } from "../../test/src/harness/child-process.ts";
import { LONG, ONLY_LONG } from "../../test/src/harness/long-run.ts";
import { CONTENDER_NAMES } from "./contenders/catalogue.ts";
import { findPgbench } from "./contenders/pgbench.ts";
import { knowsWorkers } from "./contenders/serviceflow.ts";
import { readResults } from "./report/results.ts";
import { readOptions } from "./run/options.ts";
import { SCENARIOS } from "./scenarios.ts";

const ROOT = join(import.meta.dirname, "../..");

/** An answer that is shorter lacks what was asked for. */
const LEAST_BYTES: Record<string, number> = {
  list: 10_000,
  "search-common": 10_000,
  "search-common-filtered": 10_000,
  "search-absent": 20,
  "search-absent-filtered": 20,
  counts: 80,
  history: 1_000,
  "feed-start": 10_000,
  "feed-end": 10_000,
  stats: 1_000,
};

it("every contender answers every call as expected, and each is measured", async ({ skip }) => {
  skip(!LONG, ONLY_LONG);
  const there = CONTENDER_NAMES.filter(
    (name) =>
      name !== "before" &&
      (name !== "pgbench" || findPgbench() !== null) &&
      (name !== "serviceflow-workers" || knowsWorkers()),
  );
  const out = await temporaryFolder("bench-results");
  const env = { ...process.env, SIZES: "300", SECONDS: "0.3", ROUNDS: "1", RATES: "50" };
  const program = ["--conditions=@serviceflow/source", "bench/src/main.ts", "--out", out];
  const { stdout } = await run(process.execPath, program, { cwd: ROOT, env });
  const [results] = readResults(out);
  const measured = results?.measured ?? [];
  expect(measured.filter(({ unexpected }) => Object.keys(unexpected).length > 0)).toEqual([]);
  const loads = (contender: string) =>
    new Set(measured.filter((each) => each.contender === contender).map((each) => each.scenario));
  for (const contender of there) {
    const isWhole = contender === "serviceflow" || contender === "embedded";
    const expected = SCENARIOS.filter(({ core }) => core || isWhole).map(({ name }) => name);
    expect({ contender, loads: loads(contender) }).toEqual({
      contender,
      loads: new Set(expected),
    });
  }
  const sizes = measured.filter(({ contender }) => contender === "serviceflow");
  const empty = sizes.filter(
    ({ scenario, bytes }) => (bytes ?? 0) < (LEAST_BYTES[scenario] ?? 100),
  );
  expect(empty).toEqual([]);
  for (const each of measured) {
    expect(each.calls).toBeGreaterThan(0);
    expect(each.p50).toBeLessThanOrEqual(each.max);
  }
  expect(stdout).toContain("### 300 requests");
});

it.each([
  [
    ["--only", "serviceflow"],
    {},
    { contenders: CONTENDER_NAMES.filter((name) => /^serviceflow/.test(name)) },
  ],
  [
    ["--scenarios", "stats,read"],
    {},
    {
      scenarios: [
        expect.objectContaining({ name: "read" }),
        expect.objectContaining({ name: "stats" }),
      ],
    },
  ],
  [[], { SIZES: "1000,5000000", RATES: "" }, { sizes: [1_000, 5_000_000], rates: [] }],
  [["--only", "plain"], { BEFORE: ROOT }, { contenders: ["plain", "before"], before: ROOT }],
])("options %j with %j", (args, env, expected) => {
  expect(readOptions(args, env)).toMatchObject(expected);
});

it.each([
  [["--only", "fast"], {}, /--only: fast is none of plain/],
  [["--scenarios", "write"], {}, /--scenarios: write is none of read/],
  [["--write", "--only", "plain"], {}, /leave out --only/],
  [["--write"], { BEFORE: ROOT }, /leave out BEFORE/],
  [[], { BEFORE: "/nowhere" }, /BEFORE: \/nowhere is not a checkout/],
  [[], { SIZES: "1000,many" }, /SIZES: many is not a positive number/],
])("refuses %j with %j", (args, env, message) => {
  expect(() => readOptions(args, env)).toThrow(message);
});
