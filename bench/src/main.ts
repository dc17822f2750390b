/**
 * Measures ServiceFlow beside other ways to do the same, at several sizes, in interleaved rounds.
 *
 *   npm run bench                                  1,000 and 100,000 requests
 *   SIZES=5000000 npm run bench
 *   KEEP=1 DATABASE_URL=... SIZES=5000000 npm run bench -- --only serviceflow     and keep what was filled
 *   SECONDS=1 ROUNDS=1 npm run bench -- --only plain,serviceflow --scenarios read,create
 *   BEFORE=/path/to/a/checkout npm run bench -- --only serviceflow
 *   npm run bench -- --write                       and state the results in bench/README.md
 */
import { openCluster } from "./data/cluster.ts";
import { startGenerator } from "./load/generator.ts";
import { untilIdle } from "./measure/idle.ts";
import { writeReport } from "./report/report.ts";
import { type Results, type Round, writeResults } from "./report/results.ts";
import { tablesOf } from "./report/tables.ts";
import { machineFacts } from "./run/machine.ts";
import { measureAll } from "./run/measure.ts";
import { type Options, readOptions } from "./run/options.ts";
import { openSession } from "./run/session.ts";

const options = readOptions(process.argv.slice(2), process.env);
const generator = startGenerator();
const cluster = await openCluster(options.databaseUrl);
for (const size of options.sizes) {
  const results = await measureSize(options, size);
  console.log(`\n${tablesOf(results)}\n`);
  console.log(`Everything is in ${writeResults(options.out, results)}`);
  if (results.measured.some(({ unexpected }) => Object.keys(unexpected).length > 0)) {
    console.error("Some calls ended otherwise than expected: see the rounds above.");
    process.exitCode = 1;
  }
}
for (const path of writeReport(options)) console.log(`wrote ${path}`);
await cluster.stop();
generator.stop();

async function measureSize(
  { contenders, before, entriesEach, keep, seconds, rounds, rates, scenarios }: Options,
  size: number,
): Promise<Results> {
  console.error(`Filling ${size} requests for each contender`);
  const startedAt = performance.now();
  const session = await openSession({
    cluster,
    generator,
    contenders,
    count: size,
    entriesEach,
    before,
    keep,
  });
  if (cluster.pid !== null) await untilIdle(cluster.pid);
  const filledAt = performance.now();
  const measured: Round[] = [];
  const memory = await measureAll({
    contenders: session.contenders,
    postgres: cluster.pid,
    seconds,
    rounds,
    rates,
    scenarios,
    onRound(round) {
      measured.push(round);
      console.error(lineOf(round));
    },
  });
  await session.close();
  return {
    at: new Date().toISOString(),
    size,
    entriesEach,
    fillSeconds: Math.round((filledAt - startedAt) / 1_000),
    measuredSeconds: Math.round((performance.now() - filledAt) / 1_000),
    seconds,
    rounds,
    machine: machineFacts(cluster),
    postgresSettings: cluster.settings,
    leftOut: session.leftOut,
    memory,
    measured,
  };
}

function lineOf({ scenario, contender, round, shape, perSecond, p50, p99, unexpected }: Round) {
  const how = shape.loop === "open" ? `at ${shape.rate}/s` : `${shape.connections} connections`;
  const faults =
    Object.keys(unexpected).length > 0 ? ` UNEXPECTED ${JSON.stringify(unexpected)}` : "";
  return `${scenario}, ${contender}, ${how}, round ${round}: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms${faults}`;
}
