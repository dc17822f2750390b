import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { whenAborted } from "./when-aborted.ts";

describe("whenAborted", () => {
  it("shares one listener between any number of calls, and removes it with the last", () => {
    const { signal } = new AbortController();
    const releases = Array.from({ length: 30 }, () => whenAborted(signal, () => {}));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const release of releases.slice(1)) release();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    for (const release of releases) release();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("calls every listener that was not removed, in order, once", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const called: number[] = [];
    const releases = [1, 2, 3].map((n) => whenAborted(signal, () => called.push(n)));
    releases[1]?.();
    controller.abort();
    controller.abort();
    expect(called).toEqual([1, 3]);
  });

  it("serves listeners that are removed and added while it calls them", () => {
    const controller = new AbortController();
    const { signal } = controller;
    const called: string[] = [];
    const release = whenAborted(signal, () => {
      release();
      called.push("first");
      whenAborted(signal, () => called.push("added"));
    });
    whenAborted(signal, () => called.push("second"));
    controller.abort();
    expect(called).toEqual(["first", "added", "second"]);
  });

  it("listens again after the last was removed", () => {
    const controller = new AbortController();
    const { signal } = controller;
    let calls = 0;
    whenAborted(signal, () => {})();
    whenAborted(signal, () => {
      calls += 1;
    });
    controller.abort();
    expect(calls).toBe(1);
  });

  it("calls at once for a signal that has aborted, and never without a signal", () => {
    let calls = 0;
    const count = () => {
      calls += 1;
    };
    whenAborted(AbortSignal.abort(), count)();
    whenAborted(undefined, count)();
    expect(calls).toBe(1);
  });
});
