/**
 * Half an hour of mixed load, and what it does to the memory of the server: resident memory after 3 minutes and at the end,
 * each the median of the minute before, and their ratio.
 *
 *   npm run bench:soak
 *   MINUTES=10 REQUESTS=100000 npm run bench:soak
 *   EMBEDDED=1 npm run bench:soak
 */
import { CATALOGUE } from "./contenders/catalogue.ts";
import { openCluster } from "./data/cluster.ts";
import { startGenerator } from "./load/generator.ts";
import { memoryOfTree } from "./measure/processes.ts";
import { spreadOf } from "./report/summary.ts";
import { CONNECTIONS } from "./run/options.ts";
import { openSession } from "./run/session.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const MINUTES = Number(process.env.MINUTES ?? 30);
const REQUESTS = Number(process.env.REQUESTS ?? 100_000);
const NAME = process.env.EMBEDDED === "1" ? "embedded" : "serviceflow";
const EARLY = MINUTES / 10;
const WINDOW = MINUTES / 30;
/** Seconds of one kind of call before the next. */
const TURN_SECONDS = 2;
/** Cheap calls are frequent, and costly ones rare. */
const EXTRA_TURNS = ["read", "read", "list", "create", "status", "history", "search-common"];

const mix: Scenario[] = [
  ...SCENARIOS,
  ...EXTRA_TURNS.flatMap((name) => SCENARIOS.filter((scenario) => scenario.name === name)),
];

const cluster = await openCluster(process.env.DATABASE_URL || null);
const generator = startGenerator();
const session = await openSession({
  cluster,
  generator,
  contenders: [NAME],
  count: REQUESTS,
  entriesEach: 4,
  before: null,
});
const contender = session.contenders.find(({ name }) => name === NAME);
if (!contender?.pid) throw new Error(`${NAME} did not start`);
const startedAt = performance.now();
const minutes = () => (performance.now() - startedAt) / 60_000;
const megabytes = () => Math.round((memoryOfTree(contender.pid as number)?.now ?? 0) / 2 ** 20);
const samples: [at: number, megabytes: number][] = [];
const failed: Record<string, number> = {};
let calls = 0;
let toldAt = 0;
console.log(
  `${CATALOGUE[NAME].title}: ${REQUESTS} requests, ${CONNECTIONS} connections for ${MINUTES} minutes`,
);
for (let turn = 0; minutes() < MINUTES; turn += 1) {
  const scenario = mix[(turn * 7) % mix.length] as Scenario;
  const shape = { loop: "closed", connections: CONNECTIONS, seconds: TURN_SECONDS } as const;
  const load = await (await contender.ready(scenario, shape))();
  calls += load.calls;
  for (const [status, count] of Object.entries(load.unexpected)) {
    failed[`${scenario.name} ${status}`] = (failed[`${scenario.name} ${status}`] ?? 0) + count;
  }
  samples.push([minutes(), megabytes()]);
  if (minutes() - toldAt >= 1) {
    toldAt = minutes();
    console.log(`${toldAt.toFixed(0)} min: ${calls} calls, ${megabytes()} MiB`);
  }
}
const until = (end: number) =>
  spreadOf(samples.filter(([at]) => at > end - WINDOW && at <= end).map(([, each]) => each)).median;
const [early, late] = [until(EARLY), until(samples.at(-1)?.[0] ?? MINUTES)];
const peak = Math.round((memoryOfTree(contender.pid)?.peak ?? 0) / 2 ** 20);
console.log(
  `after ${EARLY} minutes ${early} MiB, after ${MINUTES} minutes ${late} MiB: ratio ${(late / early).toFixed(3)}; peak ${peak} MiB`,
);
console.log(`${calls} calls; otherwise than expected: ${JSON.stringify(failed)}`);
await session.close();
await cluster.stop();
generator.stop();
