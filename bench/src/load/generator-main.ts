/** The load generator, in a process of its own: takes jobs from its parent one at a time, and answers with their loads. */
import { scenarioOf } from "../scenarios.ts";
import { openCaller } from "./caller.ts";
import { closedLoop } from "./closed.ts";
import type { Load, LoadJob } from "./job.ts";
import { OPEN_CONNECTIONS, openLoop } from "./open.ts";
import { Tally } from "./tally.ts";

process.on("message", (job: LoadJob) => {
  run(job).then(
    (load) => process.send?.({ load }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());

async function run(job: LoadJob): Promise<Load> {
  const scenario = scenarioOf(job.scenario);
  const { shape } = job;
  const connections = shape.loop === "closed" ? shape.connections : OPEN_CONNECTIONS;
  const caller = openCaller(job, scenario, connections);
  // tRPC answers every call that succeeds with 200.
  const tally = new Tally(job.caller === "trpc" ? 200 : scenario.expected);
  if (shape.loop === "closed") await closedLoop(caller, tally, shape);
  else await openLoop(caller, tally, shape);
  const load = tally.total();
  await caller.close();
  return load;
}
