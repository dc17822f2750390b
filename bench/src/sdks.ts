/**
 * Measures the SDK beside those of other services: size, cost of loading, calls and type checks, and what each does by
 * itself. Installs them from the registry into temporary folders; all calls stay on this machine.
 *
 *   npm run bench:sdks                     into bench/results/local
 *   npm run bench:sdks -- --write          and state the results in docs/sdk-comparison.md
 *   SECONDS=0.2 ROUNDS=1 npm run bench:sdks -- --only serviceflow,svix
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../test/src/harness/child-process.ts";
import { ROOT } from "./contenders/process.ts";
import { machineOf } from "./run/machine.ts";
import { bundleOf, isCommonJs } from "./sdks/bundle.ts";
import { measureCalls } from "./sdks/calls.ts";
import { BASELINE, SDKS, type SdkName } from "./sdks/catalogue.ts";
import { compilerVersion, measureChecking } from "./sdks/checking.ts";
import { emptyProject, installSdk, type Project } from "./sdks/install.ts";
import { measureLoading } from "./sdks/loading.ts";
import { readSdkOptions } from "./sdks/options.ts";
import { committedComparison, comparisonOf } from "./sdks/report.ts";
import { type Measured, type SdkResults, writeSdkResults } from "./sdks/results.ts";

const { only, seconds, rounds, loads, out, write } = readSdkOptions(
  process.argv.slice(2),
  process.env,
);
const at = new Date().toISOString();
const projects: Project[] = [await emptyProject(BASELINE)];
const installed: Partial<Record<SdkName, Pick<Measured, "version" | "sizes">>> = {};
for (const name of only) {
  console.error(`Installing ${SDKS[name].title}`);
  const { project, version, sizes } = await installSdk(name, SDKS[name]);
  const bundle = await bundleOf(project, SDKS[name]);
  const commonJs = await isCommonJs(project, SDKS[name]);
  projects.push(project);
  installed[name] = { version, sizes: { ...sizes, bundle, isCommonJs: commonJs } };
}
console.error("Loading");
const loading = await measureLoading(projects, loads);
console.error("Calling");
const calls = await measureCalls(projects, { rounds, seconds });
console.error("Type-checking");
const checking = await measureChecking(projects, rounds);
const sdks: Partial<Record<SdkName, Measured>> = {};
for (const { name, adapter, folder } of projects) {
  if (name === BASELINE) continue;
  console.error(`Probing ${SDKS[name].title}`);
  const probe = join(import.meta.dirname, "sdks/probe-main.ts");
  const { stdout } = await run(process.execPath, [probe, adapter], { cwd: folder });
  sdks[name] = {
    ...(installed[name] as Pick<Measured, "version" | "sizes">),
    loading: loading[name] as Measured["loading"],
    calls: calls[name] ?? [],
    checking: checking[name] as Measured["checking"],
    behaviour: JSON.parse(stdout),
  };
}
const results: SdkResults = {
  at,
  seconds,
  rounds,
  typescript: compilerVersion(),
  machine: machineOf(),
  baseline: {
    loading: loading[BASELINE] as Measured["loading"],
    calls: calls[BASELINE] ?? [],
    checking: checking[BASELINE] as Measured["checking"],
  },
  sdks,
};
console.log(`\n${comparisonOf(results)}\n`);
console.log(`Everything is in ${writeSdkResults(out, results)}`);
if (write) {
  for (const [path, text] of Object.entries(committedComparison())) {
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
}
