import { describe, expect, it } from "vitest";
import { endOf, expiryOf } from "./key-bounds.ts";

const NOW = "2026-03-02T09:00:00.000Z";
const IN_AN_HOUR = "2026-03-02T10:00:00.000Z";
const IN_A_DAY = "2026-03-03T09:00:00.000Z";
const IN_A_WEEK = "2026-03-09T09:00:00.000Z";

describe("the end of a key", () => {
  it.each([
    [null, null, null],
    [IN_A_DAY, null, IN_A_DAY],
    [null, IN_A_DAY, IN_A_DAY],
    [IN_A_DAY, IN_AN_HOUR, IN_AN_HOUR],
    [IN_AN_HOUR, IN_A_DAY, IN_AN_HOUR],
  ])("that expires at %s and is revoked at %s is %s", (expiresAt, revokedAt, end) => {
    expect(endOf({ expiresAt, revokedAt })).toBe(end);
  });
});

describe("the expiry of a new key", () => {
  // asked, end of the issuing key, maximum days -> expiry, or the rule that refuses it
  it.each<[string | undefined, string | null, number | null, string | null]>([
    [undefined, null, null, null],
    [undefined, IN_AN_HOUR, null, IN_AN_HOUR],
    [undefined, null, 1, IN_A_DAY],
    [undefined, IN_AN_HOUR, 1, IN_AN_HOUR],
    [undefined, IN_A_WEEK, 1, IN_A_DAY],
    [IN_A_WEEK, null, null, IN_A_WEEK],
    [IN_AN_HOUR, IN_AN_HOUR, null, IN_AN_HOUR],
    [IN_AN_HOUR, IN_A_DAY, 7, IN_AN_HOUR],
    [IN_A_DAY, null, 1, IN_A_DAY],
    [IN_A_DAY, IN_AN_HOUR, null, "after_calling_key"],
    ["2026-03-02T10:00:00.001Z", IN_AN_HOUR, null, "after_calling_key"],
    [IN_A_WEEK, IN_AN_HOUR, 1, "after_calling_key"],
    [IN_A_WEEK, null, 1, "beyond_max_lifetime"],
    [IN_A_WEEK, IN_A_WEEK, 1, "beyond_max_lifetime"],
    ["2026-03-03T09:00:00.001Z", null, 1, "beyond_max_lifetime"],
    [NOW, null, null, "in_the_past"],
    ["2026-03-02T08:59:59.999Z", IN_AN_HOUR, 1, "in_the_past"],
  ])("asked for %s by a key that ends at %s, at most %s days: %s", (asked, end, days, expected) => {
    const facts = { issuerEndsAt: end, bounds: { maxLifetimeDays: days }, now: NOW };
    const ask = () => expiryOf(asked, facts);
    if (expected === null || expected.startsWith("2026-")) expect(ask()).toBe(expected);
    else {
      const errors = [expect.objectContaining({ pointer: "/expiresAt", code: expected })];
      expect(ask).toThrow(expect.objectContaining({ code: "validation_failed", errors }));
    }
  });
});
