import { describe, expect, it } from "vitest";
import { mayAskAgain, mayRepeatAnswer } from "./ended-key.ts";

const NOW = "2026-03-02T10:00:00.000Z";
const secondsAgo = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString();

describe("a key that has ended", () => {
  it.each([
    { ended: 0, asks: true },
    { ended: 60, asks: true },
    { ended: 60.001, asks: false },
    { ended: 86_400, asks: false },
    // Another replica's clock may be ahead.
    { ended: -1, asks: true },
    { ended: null, asks: true },
  ])("may ask again $ended s after its end: $asks", ({ ended, asks }) => {
    const endedAt = ended === null ? null : secondsAgo(ended);
    expect(mayAskAgain({ endedAt }, NOW)).toBe(asks);
  });

  it.each([
    { ended: 0, answered: 0, repeated: true },
    { ended: 60, answered: 60, repeated: true },
    { ended: 10, answered: 61, repeated: false },
    { ended: 61, answered: 10, repeated: false },
    { ended: null, answered: 60, repeated: true },
    { ended: null, answered: 61, repeated: false },
  ])(
    "$ended s after its end is repeated what was answered $answered s ago: $repeated",
    ({ ended, answered, repeated }) => {
      const endedAt = ended === null ? null : secondsAgo(ended);
      expect(mayRepeatAnswer({ endedAt }, secondsAgo(answered), NOW)).toBe(repeated);
    },
  );
});
