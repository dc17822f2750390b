import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { toExpiry } from "./to-expiry.ts";

const NEXT_YEAR = new Date().getUTCFullYear() + 1;

describe("an expiry on the command line", () => {
  it("is a number of days from now", () => {
    const days = (Date.parse(toExpiry("90d")) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(90, 3);
  });

  it.each([
    [`${NEXT_YEAR}-01-31T00:00:00Z`, `${NEXT_YEAR}-01-31T00:00:00.000Z`],
    [`${NEXT_YEAR}-01-31T02:30+02:30`, `${NEXT_YEAR}-01-31T00:00:00.000Z`],
  ])("is a moment: %s", (text, moment) => expect(toExpiry(text)).toBe(moment));

  it.each([
    "soon",
    "90",
    "-1d",
    "1e3d",
    "999999d",
    `${NEXT_YEAR}-01-31`,
    `${NEXT_YEAR}-13-01T00:00:00Z`,
    `${NEXT_YEAR}-02-30T00:00:00Z`,
  ])("is refused when it cannot be read: %s", (text) => {
    expect(() => toExpiry(text)).toThrow(InvalidArgumentError);
    expect(() => toExpiry(text)).toThrow(/90d, or ISO 8601 with a zone/);
  });

  it.each(["0d", "2001-01-01T00:00:00Z"])("is refused when it has passed: %s", (text) => {
    expect(() => toExpiry(text)).toThrow("The expiry must be in the future.");
  });
});
