import { afterEach, describe, expect, it, vi } from "vitest";
import { NoTurn, Turns, TurnsByKey } from "./turns.ts";

/** A task that runs until it is ended. */
function task() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { hasBegun: false };
  const run = () => {
    state.hasBegun = true;
    return promise;
  };
  return { run, state, end: () => resolve("done"), fail: () => reject(new Error("failed")) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  afterEach(() => void vi.useRealTimers());

  it("let tasks run up to the bound, and the others in their order", async () => {
    const turns = new Turns(2);
    const tasks = Array.from({ length: 4 }, task);
    const begun = () => tasks.map(({ state }) => state.hasBegun);
    const running = tasks.map(({ run }) => turns.run(run));
    await settled();
    expect(begun()).toEqual([true, true, false, false]);
    tasks[1]?.end();
    await settled();
    expect(begun()).toEqual([true, true, true, false]);
    tasks[0]?.fail();
    await expect(running[0]).rejects.toThrow("failed");
    await settled();
    expect(begun()).toEqual([true, true, true, true]);
    expect(turns.isIdle).toBe(false);
    for (const { end } of tasks) end();
    expect(await Promise.all(running.slice(1))).toEqual(["done", "done", "done"]);
    expect(turns.isIdle).toBe(true);
  });

  it("are refused at once when too many wait", async () => {
    const turns = new Turns(1);
    const limits = { maxWaiting: 1, maxWaitMs: 60_000 };
    const [first, second, third] = [task(), task(), task()];
    const running = [turns.run(first.run, limits), turns.run(second.run, limits)];
    await expect(turns.run(third.run, limits)).rejects.toBeInstanceOf(NoTurn);
    // Work that has been admitted waits for its turn in any case.
    running.push(turns.run(third.run));
    for (const { end } of [first, second, third]) end();
    expect(await Promise.all(running)).toEqual(["done", "done", "done"]);
  });

  it("are refused to a task that has waited for too long, which then never runs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const turns = new Turns(1);
    const [first, late, next] = [task(), task(), task()];
    const running = [turns.run(first.run)];
    const refused = turns.run(late.run, { maxWaiting: 10, maxWaitMs: 100 });
    running.push(turns.run(next.run));
    const outcome = expect(refused).rejects.toBeInstanceOf(NoTurn);
    await vi.advanceTimersByTimeAsync(100);
    await outcome;
    first.end();
    next.end();
    expect(await Promise.all(running)).toEqual(["done", "done"]);
    expect(late.state.hasBegun).toBe(false);
    expect(turns.isIdle).toBe(true);
  });

  it("of one key do not wait for those of another", async () => {
    const turns = new TurnsByKey(1);
    const [first, second, other] = [task(), task(), task()];
    const running = [
      turns.run("ada", first.run),
      turns.run("ada", second.run),
      turns.run("abe", other.run),
    ];
    await settled();
    expect([first, second, other].map(({ state }) => state.hasBegun)).toEqual([true, false, true]);
    first.end();
    await settled();
    expect(second.state.hasBegun).toBe(true);
    for (const { end } of [second, other]) end();
    expect(await Promise.all(running)).toEqual(["done", "done", "done"]);
  });
});
