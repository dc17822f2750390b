import { untilSettled } from "./data/settled.ts";
import { startGenerator } from "./load/generator.ts";
import { spreadOf } from "./report/summary.ts";
import { CONNECTIONS } from "./run/options.ts";
import { openStage, type Stage } from "./stage.ts";

/** The same load, alternately with and without one factor. */
export interface Comparison {
  with: { name: string; begin(stage: Stage): Promise<unknown> };
  without: { name: string; begin(stage: Stage): Promise<unknown> };
}

const FACTS = { first: 1001, last: 1001, idPrefix: "SF-", stock: [], nearEnd: null };

/** Measures creates over HTTP in alternating rounds, and prints the ratio of both variants. */
export async function compareInTurns(comparison: Comparison): Promise<void> {
  const seconds = Number(process.env.SECONDS ?? 6);
  const rounds = Number(process.env.ROUNDS ?? 5);
  const stage = await openStage();
  const generator = startGenerator();
  const rates: { with: number[]; without: number[] } = { with: [], without: [] };
  const run = async () => {
    const load = await generator.run({
      caller: "http",
      base: `${stage.server.url}/api/v1`,
      apiKey: stage.apiKey,
      scenario: "create",
      facts: FACTS,
      shape: { loop: "closed", connections: CONNECTIONS, seconds },
    });
    const faults = JSON.stringify(load.unexpected);
    if (faults !== "{}") throw new Error(`Creates ended otherwise than expected: ${faults}`);
    return load.perSecond;
  };
  await run();
  console.log(
    `round | creates/s ${comparison.with.name} | creates/s ${comparison.without.name} | ratio`,
  );
  for (let round = 1; round <= rounds; round += 1) {
    // The second variant of a round has larger tables, so the order alternates too.
    for (const kind of round % 2 === 0
      ? (["without", "with"] as const)
      : (["with", "without"] as const)) {
      await comparison[kind].begin(stage);
      rates[kind].push(await run());
      await comparison.with.begin(stage);
      await untilSettled(stage.url);
    }
    const [one, other] = [rates.with.at(-1) ?? 0, rates.without.at(-1) ?? 0];
    console.log(`${round} | ${one.toFixed(0)} | ${other.toFixed(0)} | ${(one / other).toFixed(3)}`);
  }
  const ratios = rates.with.map((rate, i) => rate / (rates.without[i] ?? 1));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const whole = sum(rates.with) / sum(rates.without);
  const { median } = spreadOf(ratios);
  console.log(`ratio over all rounds: ${whole.toFixed(3)}, median: ${median.toFixed(3)}`);
  await comparison.without.begin(stage);
  generator.stop();
  await stage.close();
}
