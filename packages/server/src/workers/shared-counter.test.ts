import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FixedWindows } from "../http/fixed-windows.ts";
import { pointsAtOnce, SharedCounter } from "./shared-counter.ts";

const MS = 60_000;

/** Counters of so many workers on one window, and how often they drew from it. */
function counters(quota: number, workers: number) {
  const windows = new FixedWindows();
  const state = { draws: 0 };
  const all = Array.from(
    { length: workers },
    () =>
      new SharedCounter(
        async (name, wanted) => {
          state.draws += 1;
          return windows.draw(name, { quota, ms: MS, wanted, holders: workers }, performance.now());
        },
        pointsAtOnce(quota, workers),
      ),
  );
  return { all, state };
}

describe("a counter that workers share", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it.each([
    { quota: 1, workers: 2 },
    { quota: 3, workers: 4 },
    { quota: 30, workers: 2 },
    { quota: 1_200, workers: 2 },
    { quota: 1_200, workers: 7 },
    { quota: 6_000, workers: 16 },
  ])(
    "never allows more than $quota, nor much less, with $workers workers",
    async ({ quota, workers }) => {
      const { all, state } = counters(quota, workers);
      const allowed = async (calls: readonly number[]) => {
        const answers = await Promise.all(calls.map((worker) => all[worker]?.consume("k")));
        return answers.filter((answer) => !answer?.refused).length;
      };
      const order = Array.from({ length: 2 * quota }, (_, call) => (call * 7919) % workers);
      expect(await allowed(order)).toBe(quota);
      expect(state.draws).toBeLessThanOrEqual(Math.max(quota + workers, 60 * workers));
    },
  );

  it("leaves out of reach what the others have drawn and not used: less than a twentieth", async () => {
    const { all } = counters(1_200, 2);
    const [one, other] = all as [SharedCounter, SharedCounter];
    await one.consume("k");
    let allowed = 1;
    while (!(await other.consume("k")).refused) allowed += 1;
    expect(allowed).toBe(1_200 - pointsAtOnce(1_200, 2) + 1);
    expect(allowed).toBeGreaterThan(1_200 * 0.95);
  });

  it("asks once for calls that come together, and no more once the window is empty", async () => {
    const { all, state } = counters(400, 2);
    const [one] = all as [SharedCounter];
    await Promise.all(Array.from({ length: 10 }, () => one.consume("k")));
    expect(state.draws).toBe(1);
    while (!(await one.consume("k")).refused);
    const { draws } = state;
    const { refused, state: left } = await one.consume("k");
    expect({ refused, left }).toEqual({
      refused: true,
      left: { remainingPoints: 0, msBeforeNext: MS },
    });
    expect(state.draws).toBe(draws);
  });

  it("begins again with the next window, without what it still held", async () => {
    const { all } = counters(400, 2);
    const [one, other] = all as [SharedCounter, SharedCounter];
    await one.consume("k");
    vi.advanceTimersByTime(MS);
    expect((await other.consume("k")).state.remainingPoints).toBe(399);
    expect((await one.consume("k")).state).toMatchObject({ msBeforeNext: MS });
  });

  it("takes a use back, in its own window alone", async () => {
    const { all } = counters(1, 2);
    const [one] = all as [SharedCounter];
    await one.consume("k");
    one.refund("k");
    expect((await one.consume("k")).refused).toBe(false);
    expect((await one.consume("k")).refused).toBe(true);
    vi.advanceTimersByTime(MS);
    one.refund("k");
    expect((await one.consume("k")).refused).toBe(false);
    expect((await one.consume("k")).refused).toBe(true);
  });

  it("forgets windows that have ended", () => {
    const windows = new FixedWindows();
    const draw = (name: string, now: number) =>
      windows.draw(name, { quota: 2, ms: 10, wanted: 1, holders: 1 }, now);
    for (let i = 0; i < 5_000; i += 1) draw(`n${i}`, i);
    expect(draw("n4999", 5_000).left).toBe(0);
    expect(draw("n0", 5_000).left).toBe(1);
    expect(windows.size).toBeLessThan(2_100);
  });
});
