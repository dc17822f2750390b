import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Buckets, NO_WAIT, percentilesOf, RATIO } from "./waits.ts";

/** As the database does. */
function bucketed(times: readonly number[]): Buckets {
  const buckets: Record<string, number> = {};
  for (const time of times) {
    const bucket = time > 0 ? Math.ceil(Math.log(time) / Math.log(RATIO)) : NO_WAIT;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  return buckets;
}

/** As PostgreSQL's percentile_cont does. */
function exact(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  const rank = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0];
  return below + (above - below) * (rank - Math.floor(rank));
}

describe("percentiles of bucketed times", () => {
  it("are null without any", () => {
    expect(percentilesOf({})).toEqual({ p50: null, p90: null });
    expect(percentilesOf({ 5: 0 })).toEqual({ p50: null, p90: null });
  });

  it("are zero when nothing waited", () => {
    expect(percentilesOf(bucketed([0, 0, -5]))).toEqual({ p50: 0, p90: 0 });
  });

  it("are within 1 % of the exact ones", () => {
    const times = fc.array(fc.integer({ min: 1, max: 10 ** 11 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(times, (milliseconds) => {
        const seconds = milliseconds.map((each) => each / 1000);
        const { p50, p90 } = percentilesOf(bucketed(seconds));
        for (const [found, share] of [
          [p50, 0.5],
          [p90, 0.9],
        ] as const) {
          const true_ = exact(seconds, share);
          // Four digits are answered.
          expect(Math.abs((found ?? 0) - true_)).toBeLessThanOrEqual(true_ * 0.0101);
        }
      }),
      { numRuns: 100 },
    );
  });
});
