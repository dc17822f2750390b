import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_FAILING_MS, outcomeOf, RETRY_DELAYS_MS } from "./retry.ts";

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;

const answered = (responseStatus: number | null, retryAfterMs: number | null = null) => ({
  responseStatus,
  retryAfterMs,
});

describe("what follows from an attempt", () => {
  it.each([200, 201, 202, 204, 299])("%i is a delivery after any number of attempts", (status) => {
    expect(outcomeOf(answered(status), { attempts: 12, failingMs: 10 * DAY, random: 0 })).toEqual({
      kind: "delivered",
    });
  });

  it.each([null, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])(
    "%s is sent again",
    (status) => {
      expect(outcomeOf(answered(status), { attempts: 1, failingMs: 0, random: 0 })).toEqual({
        kind: "retry",
        delayMs: 5 * SECOND,
        disable: null,
      });
    },
  );

  it("410 disables the endpoint at once, and the message waits for it to be active again", () => {
    expect(outcomeOf(answered(410), { attempts: 1, failingMs: 0, random: 0 })).toMatchObject({
      kind: "retry",
      disable: "GONE",
    });
  });

  it("five days without a delivery disable the endpoint, and the message waits", () => {
    const after = (ms: number) =>
      outcomeOf(answered(500), { attempts: 2, failingMs: ms, random: 0 });
    expect(after(MAX_FAILING_MS - 1)).toMatchObject({ kind: "retry", disable: null });
    expect(after(MAX_FAILING_MS)).toMatchObject({ kind: "retry", disable: "FAILING" });
    expect(MAX_FAILING_MS).toBe(5 * DAY);
  });

  it("gives up after the last attempt, days later", () => {
    const attempts = RETRY_DELAYS_MS.length + 1;
    expect(outcomeOf(answered(500), { attempts: attempts, failingMs: 0, random: 0 })).toEqual({
      kind: "given_up",
      disable: null,
    });
    const least = RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay / 2, 0);
    expect(least).toBeGreaterThan(2 * DAY);
  });

  it("waits for half to all of the step, and never less than 5 s or more than a day", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: RETRY_DELAYS_MS.length }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, random) => {
        const outcome = outcomeOf(answered(null), {
          attempts: attempts,
          failingMs: 0,
          random: random,
        });
        const most = RETRY_DELAYS_MS[attempts - 1] as number;
        if (outcome.kind !== "retry") throw new Error("It was given up.");
        expect(outcome.delayMs).toBeGreaterThanOrEqual(Math.max(5 * SECOND, Math.floor(most / 2)));
        expect(outcome.delayMs).toBeLessThanOrEqual(Math.min(DAY, most));
      },
    );
    fc.assert(property);
  });

  it.each([
    [60 * SECOND, 60 * SECOND],
    [1 * SECOND, 5 * SECOND],
    [30 * DAY, DAY],
  ])("waits as long as the receiver asks for, %i ms, within its own bounds", (asked, delayMs) => {
    expect(outcomeOf(answered(503, asked), { attempts: 1, failingMs: 0, random: 0 })).toMatchObject(
      { kind: "retry", delayMs },
    );
  });
});
