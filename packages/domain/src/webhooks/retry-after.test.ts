import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

describe("parseRetryAfter", () => {
  const now = Date.parse("2026-03-02T08:00:00Z");

  it.each([
    [null, undefined],
    ["", undefined],
    ["soon", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["2026", 2_026_000],
    ["2026-03-02T08:00:07Z", undefined],
    ["0", 0],
    [" 120 ", 120_000],
    ["Mon, 02 Mar 2026 08:00:07 GMT", 7_000],
    ["Monday, 02-Mar-26 08:00:07 GMT", 7_000],
    ["Mon, 02 Mar 2026 07:00:00 GMT", 0],
  ])("parses %j as %j ms", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
