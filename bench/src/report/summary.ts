import type { Shape } from "../load/job.ts";
import type { Results, Round } from "./results.ts";

/** Over the rounds of one load. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** What the rounds of one load of one contender came to. */
export interface Figure {
  scenario: string;
  contender: string;
  shape: Shape;
  perSecond: Spread;
  /** Milliseconds. */
  p50: Spread;
  p99: Spread;
  /** The longest of all rounds, in milliseconds. */
  longest: number;
  bytes: number | null;
  /** Medians, CPU milliseconds a call. */
  cpu: Round["cpu"];
  /** Calls that ended otherwise than expected. */
  failed: number;
}

/** The figures of a run, in the order in which they were measured first. */
export function figuresOf({ measured }: Pick<Results, "measured">): Figure[] {
  const keyOf = ({ scenario, contender, shape }: Round) =>
    JSON.stringify([scenario, contender, { ...shape, seconds: 0 }]);
  return [...Map.groupBy(measured, keyOf).values()].map(figureOf);
}

function figureOf(rounds: readonly Round[]): Figure {
  const [{ scenario, contender, shape, bytes }] = rounds as [Round];
  const each = (of: (round: Round) => number) => spreadOf(rounds.map(of));
  const cpu = (of: keyof Round["cpu"]) => {
    const known = rounds.map((round) => round.cpu[of]).filter((ms) => ms !== null);
    return known.length === 0 ? null : spreadOf(known).median;
  };
  return {
    scenario,
    contender,
    shape,
    bytes,
    perSecond: each(({ perSecond }) => perSecond),
    p50: each(({ p50 }) => p50),
    p99: each(({ p99 }) => p99),
    longest: each(({ max }) => max).max,
    cpu: { server: cpu("server"), postgres: cpu("postgres"), generator: cpu("generator") },
    failed: rounds
      .flatMap(({ unexpected }) => Object.values(unexpected))
      .reduce((sum, count) => sum + count, 0),
  };
}

/** The median of an even number is the mean of the two in the middle. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}
