import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run, temporaryFolder } from "../../../test/src/harness/child-process.ts";
import { LONG, ONLY_LONG } from "../../../test/src/harness/long-run.ts";
import { ROOT } from "../contenders/process.ts";
import { SDK_NAMES, SDKS } from "./catalogue.ts";
import { RESULTS, readSdkOptions } from "./options.ts";
import { committedComparison, comparisonOf } from "./report.ts";
import { type Behaviour, type Measured, readSdkResults, type SdkResults } from "./results.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "packages/sdk/package.json"), "utf8"));

it("the page states the results beside it, of the versions that the catalogue pins", () => {
  for (const [path, text] of Object.entries(committedComparison())) {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
  }
  const { sdks } = readSdkResults(RESULTS);
  const versions = SDK_NAMES.map((name) => [name, sdks[name]?.version]);
  expect(versions).toEqual(SDK_NAMES.map((name) => [name, SDKS[name].version ?? version]));
});

it("the committed results keep what the README of the SDK promises", () => {
  const { sizes } = readSdkResults(RESULTS).sdks.serviceflow as Measured;
  expect(sizes.dependencies).toEqual([]);
  expect(sizes.bundle.needs).toEqual([]);
  expect(sizes.bundle.gzip).toBeLessThan(15 * 1_024);
  expect(sizes.isCommonJs).toBe(true);
});

const BEHAVIOUR: Behaviour = {
  readAttempts: 3,
  writeAttempts: 3,
  resetAttempts: 1,
  retryAfterMs: 3_004,
  idempotencyKeys: 1,
  cancel: "call",
  iterates: "items",
  webhook: { refusesChanged: true, refusesOld: false },
  stream: { resumes: true },
};
const one = (value: number) => ({ median: value, min: value, max: value });

function measured(perSecond: number, behaviour: Partial<Behaviour>): Measured {
  return {
    version: "1.0.0",
    sizes: {
      packed: 2_048,
      unpacked: 4_096,
      installed: 204_800,
      dependencies: ["other@1.0.0"],
      bundle: { minified: 20_480, gzip: 10_240, needs: ["crypto"] },
      isCommonJs: false,
    },
    loading: { ms: one(12), memory: one(2 ** 20) },
    calls: [1, 16].map((connections) => ({ connections, perSecond, cpu: 1_000 / perSecond })),
    checking: { seconds: one(1), instantiations: 40, types: 400, lines: 120_000, memory: 2 ** 26 },
    behaviour: { ...BEHAVIOUR, ...behaviour },
  };
}

it("compares with fetch, and says what each does", () => {
  const { loading, calls, checking } = measured(200, {});
  const results: SdkResults = {
    at: "2026-11-26T12:00:00.000Z",
    seconds: 2,
    rounds: 1,
    typescript: "7.0.2",
    machine: { cpu: "x", cores: 2, os: "Linux", node: "v24.0.0", commit: "abc", loadAfter: 1 },
    baseline: { loading, calls, checking },
    sdks: {
      serviceflow: measured(100, {}),
      svix: measured(300, { retryAfterMs: null, idempotencyKeys: 3, cancel: null, iterates: null }),
    },
  };
  const lines = comparisonOf(results).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "|  | @serviceflow/sdk | svix |",
      "| the same, compressed, KB | 10.0 | 10.0 |",
      "| modules of Node that it needs there | crypto | crypto |",
      "| calls/s, of fetch, 16 at a time | 0.50 | 1.50 | 1.00 |",
      "| CPU time, of fetch, 1 at a time | 2.00 | 0.67 | 1.00 |",
      "| too many calls, `Retry-After: 3` | waits 3.0 s | fails |",
      "| idempotency key on a write | yes, the same when it is repeated | yes, another on each attempt |",
      "| cancelled by a signal | for each call | no |",
      "| `for await` over a list | over items | no |",
      "| refuses a webhook of a week ago | no | no |",
    ]),
  );
});

it.each([
  [["--only", "svix,axios"], {}, /--only: axios is none of serviceflow/],
  [["--write", "--only", "svix"], {}, /leave out --only/],
  [[], { ROUNDS: "no" }, /ROUNDS: no is not a positive number/],
])("refuses %j with %j", (args, env, message) => {
  expect(() => readSdkOptions(args, env)).toThrow(message);
});

it("installs, loads, calls, checks and probes every SDK", async ({ skip }) => {
  skip(!LONG, ONLY_LONG);
  const out = await temporaryFolder("sdk-results");
  const env = { ...process.env, SECONDS: "0.2", ROUNDS: "1" };
  await run(process.execPath, ["bench/src/sdks.ts", "--out", out], { cwd: ROOT, env });
  const { sdks } = readSdkResults(out);
  for (const name of SDK_NAMES) {
    const { loading, calls, checking, sizes } = sdks[name] as Measured;
    expect({ name, calls: calls.map(({ perSecond }) => perSecond > 0) }).toEqual({
      name,
      calls: [true, true],
    });
    expect(sizes.bundle.gzip).toBeGreaterThan(1_000);
    expect(loading.ms.median).toBeGreaterThan(0);
    expect(checking.instantiations).toBeGreaterThan(0);
  }
  expect(sdks.serviceflow?.behaviour).toEqual({
    readAttempts: 3,
    writeAttempts: 3,
    resetAttempts: 3,
    retryAfterMs: expect.toSatisfy((ms: number) => ms >= 2_950),
    idempotencyKeys: 1,
    cancel: "call",
    iterates: "items",
    webhook: { refusesChanged: true, refusesOld: true },
    stream: { resumes: true },
  } satisfies Record<keyof Behaviour, unknown>);
});
