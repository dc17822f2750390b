import { setTimeout as pause } from "node:timers/promises";
import type { Contender } from "../contenders/contender.ts";
import type { Shape } from "../load/job.ts";
import { cpuOfTree, memoryOfTree, resetPeak } from "../measure/processes.ts";
import type { Memory, Round } from "../report/results.ts";
import type { Scenario } from "../scenarios.ts";
import { CONNECTIONS, type Options } from "./options.ts";

/** Contenders that are measured with one caller, too. */
const ALONE = ["plain", "serviceflow", "before", "embedded"];
/** Contenders that are measured at fixed rates, too. */
const AT_RATES = ["plain", "serviceflow", "serviceflow-workers", "before"];
const REST_SECONDS = 10;
/** What a warm-up takes of a round at most. */
const WARM_UP_SECONDS = 1;

export interface MeasureOptions
  extends Pick<Options, "seconds" | "rounds" | "rates" | "scenarios"> {
  contenders: readonly Contender[];
  /** The first process of PostgreSQL. */
  postgres: number | null;
  onRound(round: Round): void;
}

/** Measures every scenario of every contender: in each round all of them in turn, and in the opposite order in the next. */
export async function measureAll(options: MeasureOptions): Promise<Memory[]> {
  const { contenders, seconds, rates, scenarios } = options;
  const processes = new Map(
    contenders.flatMap(({ process, pid }) => (pid === null ? [] : [[process, pid] as const])),
  );
  for (const pid of processes.values()) resetPeak(pid);
  for (const scenario of scenarios) {
    const half = seconds / 2;
    const closed = {
      loop: "closed",
      connections: CONNECTIONS,
      seconds: scenario.core ? seconds : half,
    } as const;
    await interleave(options, scenario, closed, contenders);
    const alone = { ...closed, connections: 1, seconds: half };
    await interleave(options, scenario, alone, only(ALONE, contenders));
    for (const rate of scenario.core ? rates : []) {
      const open = { loop: "open", rate, seconds } as const;
      await interleave(options, scenario, open, only(AT_RATES, contenders));
    }
  }
  await pause(Math.min(REST_SECONDS, seconds * 3) * 1_000);
  return [...processes].flatMap(([process, pid]) => {
    const memory = memoryOfTree(pid);
    return memory ? [{ process, peak: memory.peak, resting: memory.now }] : [];
  });
}

function only(names: readonly string[], contenders: readonly Contender[]): Contender[] {
  return contenders.filter(({ name }) => names.includes(name));
}

async function interleave(
  { rounds, postgres, onRound }: MeasureOptions,
  scenario: Scenario,
  shape: Shape,
  contenders: readonly Contender[],
): Promise<void> {
  const able = contenders.filter((contender) => contender.knows(scenario));
  const warmUp = { ...shape, seconds: Math.min(WARM_UP_SECONDS, shape.seconds) };
  for (const contender of able) {
    if (shape.loop === "closed") await (await contender.ready(scenario, warmUp))();
    if (scenario.writes) await contender.settle();
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of round % 2 === 1 ? able : able.toReversed()) {
      onRound({ ...(await measure(contender, scenario, shape, postgres)), round });
    }
  }
}

async function measure(
  contender: Contender,
  scenario: Scenario,
  shape: Shape,
  postgres: number | null,
): Promise<Omit<Round, "round">> {
  const run = await contender.ready(scenario, shape);
  const cpu = () => [contender.pid, postgres].map((pid) => (pid === null ? null : cpuOfTree(pid)));
  const before = cpu();
  const load = await run();
  // What a write leaves to be done later is a part of its cost.
  if (scenario.writes) await contender.settle();
  const after = cpu();
  const perCall = (ms: number | null) => (ms === null || load.calls === 0 ? null : ms / load.calls);
  const [server = null, database = null] = before.map((from, i) => {
    const to = after[i] ?? null;
    return from === null || to === null ? null : perCall(to - from);
  });
  return {
    scenario: scenario.name,
    contender: contender.name,
    shape,
    ...load,
    unexpected: load.calls > 0 ? load.unexpected : { "nothing was called": 1 },
    cpu: { server, postgres: database, generator: perCall(load.generatorCpuMs) },
  };
}
