import { describe, expect, it } from "vitest";
import { sharedCheck } from "./shared-check.ts";

/** Checks that end when the test says so. */
function checks(timeoutMs = 60_000) {
  const started: PromiseWithResolvers<void>[] = [];
  let time = 0;
  const check = sharedCheck(
    () => {
      const one = Promise.withResolvers<void>();
      started.push(one);
      return one.promise;
    },
    { timeoutMs, freshMs: 1_000, now: () => time },
  );
  const advance = (ms: number) => {
    time += ms;
  };
  return { check, started, advance };
}

describe("a shared check", () => {
  it("runs once for all who ask while it runs, and its result holds a while", async () => {
    const { check, started, advance } = checks();
    const asked = Array.from({ length: 1_000 }, check);
    expect(started).toHaveLength(1);
    started[0]?.resolve();
    await Promise.all(asked);
    advance(999);
    await check();
    expect(started).toHaveLength(1);
    advance(1);
    const again = check();
    expect(started).toHaveLength(2);
    started[1]?.resolve();
    await again;
  });

  it("shares a failure too, and asks again later", async () => {
    const { check, started, advance } = checks();
    const asked = [check(), check()];
    started[0]?.reject(new Error("away"));
    for (const one of [...asked, check()]) await expect(one).rejects.toThrow("away");
    expect(started).toHaveLength(1);
    advance(1_000);
    const again = check();
    started[1]?.resolve();
    await expect(again).resolves.toBeUndefined();
  });

  it("that hangs fails for all in time, and no second one starts beside it", async () => {
    const { check, started, advance } = checks(5);
    await expect(Promise.all([check(), check()])).rejects.toThrow("within 5 ms");
    advance(1_000);
    const late = check();
    expect(started).toHaveLength(1);
    started[0]?.resolve();
    await expect(late).resolves.toBeUndefined();
    advance(1_000);
    const next = check();
    expect(started).toHaveLength(2);
    started[1]?.resolve();
    await next;
  });
});
