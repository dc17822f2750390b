import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Job, type JobOptions } from "./background.ts";

const EVERY_MS = 1_000;

/** A job whose runs end when the test says so, and what it logged. */
function controlledJob(options: Partial<JobOptions> = {}) {
  const runs: (PromiseWithResolvers<unknown> & { stop: AbortSignal })[] = [];
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line).msg) });
  const job = new Job({
    log,
    name: "work",
    everyMs: EVERY_MS,
    work(stop) {
      const run = { ...Promise.withResolvers<unknown>(), stop };
      runs.push(run);
      return run.promise;
    },
    ...options,
  });
  const end = (index: number, result?: unknown) => {
    runs[index]?.resolve(result);
    return vi.advanceTimersByTimeAsync(0);
  };
  return { job, runs, logged, end };
}
const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a job", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs an interval after the end of the run before", async () => {
    const { job, runs, end } = controlledJob();
    job.start();
    await advance(EVERY_MS - 1);
    expect(runs).toHaveLength(0);
    await advance(1);
    expect(runs).toHaveLength(1);
    await advance(10 * EVERY_MS);
    expect(runs).toHaveLength(1);
    await end(0);
    await advance(EVERY_MS);
    expect(runs).toHaveLength(2);
  });

  it("runs again at once when there is more to do", async () => {
    const { job, runs, end } = controlledJob({ atStart: true });
    job.start();
    await advance(0);
    await end(0, true);
    expect(runs).toHaveLength(2);
  });

  it("starts the next run beside one that exceeds its limit", async () => {
    const { job, runs, end } = controlledJob({ maxRunMs: EVERY_MS });
    job.start();
    await advance(EVERY_MS);
    expect(runs).toHaveLength(1);
    await advance(EVERY_MS - 1);
    expect(runs).toHaveLength(1);
    // Fake timers round 0 ms up to 1.
    await advance(2);
    expect(runs).toHaveLength(2);
    await end(1);
    await advance(EVERY_MS);
    expect(runs).toHaveLength(3);
    await end(0);
    await advance(EVERY_MS / 2);
    expect(runs).toHaveLength(3);
  });

  it("waits at its stop for the run in progress, whose signal aborts", async () => {
    const { job, runs, end } = controlledJob({ atStart: true });
    job.start();
    await advance(0);
    const stopped = vi.fn();
    void job.stop().then(stopped);
    await advance(10 * EVERY_MS);
    expect(runs[0]?.stop.aborted).toBe(true);
    expect(stopped).not.toHaveBeenCalled();
    await end(0, true);
    expect(stopped).toHaveBeenCalled();
    await advance(EVERY_MS);
    expect(runs).toHaveLength(1);
  });

  it("waits at its stop no longer than the limit of a run", async () => {
    const { job } = controlledJob({ atStart: true, maxRunMs: EVERY_MS });
    job.start();
    await advance(0);
    const stopped = vi.fn();
    void job.stop().then(stopped);
    await advance(EVERY_MS);
    expect(stopped).toHaveBeenCalled();
  });

  it("runs once more at its stop when it has something to write", async () => {
    const { job, runs, end } = controlledJob({ atStop: true });
    job.start();
    const stopped = job.stop();
    await advance(0);
    expect(runs.map(({ stop }) => stop.aborted)).toEqual([true]);
    await end(0);
    await stopped;
  });

  it("goes on after a restart, though the run of the first start still hangs", async () => {
    const { job, runs, end } = controlledJob({ maxRunMs: EVERY_MS });
    job.start();
    await advance(EVERY_MS);
    void job.stop();
    job.start();
    await advance(2 * EVERY_MS);
    expect(runs.map(({ stop }) => stop.aborted)).toEqual([true, false]);
    await end(1);
    await end(0, true);
    await advance(EVERY_MS);
    expect(runs).toHaveLength(3);
  });

  it("logs a failure once until it succeeds again, and no run that its stop ended", async () => {
    const { job, runs, logged, end } = controlledJob();
    job.start();
    for (const index of [0, 1]) {
      await advance(EVERY_MS);
      runs[index]?.reject(new Error("down"));
      await advance(0);
    }
    expect(logged).toEqual(["could not work"]);
    await advance(EVERY_MS);
    await end(2);
    await advance(EVERY_MS);
    const stopped = job.stop();
    runs[3]?.reject(runs[3].stop.reason);
    await stopped;
    expect(logged).toEqual(["could not work"]);
  });
});
