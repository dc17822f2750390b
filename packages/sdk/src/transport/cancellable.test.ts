import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { cancellable } from "./cancellable.ts";
import { pause } from "./deadline.ts";

const FOREVER_MS = 2_000_000_000;
const ENDED = { done: true, value: undefined };

/** Yields 1 and 2, then waits for as long as it may. */
function numbers(signal?: AbortSignal) {
  const steps: string[] = [];
  async function* open(own: AbortSignal): AsyncGenerator<number, void, undefined> {
    steps.push("opened");
    try {
      yield 1;
      yield 2;
      await pause(FOREVER_MS, own);
    } finally {
      steps.push("closed");
    }
  }
  return { steps, iterator: cancellable(open, signal) };
}

/** An iterator whose `next()` is pending. */
async function pending(signal?: AbortSignal) {
  const { steps, iterator } = numbers(signal);
  await iterator.next();
  await iterator.next();
  return { steps, iterator, next: iterator.next() };
}

describe("a cancellable iterator", () => {
  it("passes on what the generator yields, and starts it with the first next()", async () => {
    const { steps, iterator } = numbers();
    expect(steps).toEqual([]);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    for await (const value of iterator) {
      expect(value).toBe(2);
      break;
    }
    expect(steps).toEqual(["opened", "closed"]);
    expect(await iterator.next()).toEqual(ENDED);
  });

  it("ends a pending next() when it is returned", async () => {
    const { steps, iterator, next } = await pending();
    expect(await iterator.return()).toEqual(ENDED);
    expect(await next).toEqual(ENDED);
    expect(steps).toEqual(["opened", "closed"]);
    expect(await iterator.next()).toEqual(ENDED);
  });

  it("ends every pending next() when it is thrown into, and throws", async () => {
    const { steps, iterator, next } = await pending();
    const second = iterator.next();
    const error = new Error("enough");
    await expect(iterator.throw(error)).rejects.toBe(error);
    expect([await next, await second]).toEqual([ENDED, ENDED]);
    expect(steps).toEqual(["opened", "closed"]);
  });

  it("returns a value that may be a promise, and more than once", async () => {
    const { iterator } = await pending();
    const value = Promise.resolve("left") as unknown as Promise<void>;
    expect(await iterator.return(value)).toEqual({ done: true, value: "left" });
    expect(await iterator.return()).toEqual(ENDED);
  });

  it("does not open what is left before the first next()", async () => {
    const { steps, iterator } = numbers();
    await iterator.return();
    expect(await iterator.next()).toEqual(ENDED);
    expect(steps).toEqual([]);
  });

  it("fails once when its signal aborts, and then has ended", async () => {
    const controller = new AbortController();
    const { steps, iterator, next } = await pending(controller.signal);
    const second = iterator.next();
    controller.abort("enough");
    await expect(next).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    expect([await second, await iterator.next()]).toEqual([ENDED, ENDED]);
    expect(steps).toEqual(["opened", "closed"]);
  });

  it("closes at once when its signal aborts between two next()", async () => {
    const controller = new AbortController();
    const { steps, iterator } = numbers(controller.signal);
    await iterator.next();
    controller.abort("enough");
    await Promise.resolve();
    expect(steps).toEqual(["opened", "closed"]);
    await expect(iterator.next()).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    expect(await iterator.next()).toEqual(ENDED);
  });

  it("does not open anything when its signal has aborted", async () => {
    const { steps, iterator } = numbers(AbortSignal.abort("enough"));
    await expect(iterator.next()).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    expect(steps).toEqual([]);
  });

  it.each([
    ["returned", async (iterator: AsyncGenerator<number>) => void (await iterator.return(0))],
    [
      "read to the end",
      async (iterator: AsyncGenerator<number>) => void (await Array.fromAsync(iterator)),
    ],
    ["never read", async () => {}],
  ])("leaves no listener on the signal when it is %s", async (_how, leave) => {
    const { signal } = new AbortController();
    async function* two(): AsyncGenerator<number, void, undefined> {
      yield* [1, 2];
    }
    const iterator = cancellable(two, signal);
    await leave(iterator as AsyncGenerator<number>);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("passes on a failure, once", async () => {
    const error = new Error("no disk");
    async function* failing(): AsyncGenerator<number, void, undefined> {
      yield 1;
      throw error;
    }
    const { signal } = new AbortController();
    const iterator = cancellable(failing, signal);
    await iterator.next();
    await expect(iterator.next()).rejects.toBe(error);
    expect(await iterator.next()).toEqual(ENDED);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("has what the runtime's generators have", () => {
    const { iterator } = numbers();
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
    expect(Object.prototype.toString.call(iterator)).toBe("[object AsyncGenerator]");
  });
});
