import { describe, expect, it } from "vitest";
import { ago, clock, shortAgo } from "./time-words.ts";

const NOW = Date.parse("2026-03-10T12:00:00Z");

describe("time", () => {
  it.each([
    ["2026-03-10T12:00:30Z", "now"],
    ["2026-03-10T11:48:00Z", "12m"],
    ["2026-03-10T11:00:00Z", "1h"],
    ["2026-03-09T12:00:00Z", "1d"],
    ["2026-02-09T12:00:00Z", "29d"],
    ["2026-02-08T12:00:00Z", "Feb 8"],
  ])("of %s is as short as a list needs it", (iso, shown) => {
    expect(shortAgo(iso, "en", NOW)).toBe(shown);
  });

  it.each([
    ["en", "12 minutes ago"],
    ["ru", "12 минут назад"],
  ])("is in words in %s", (locale, words) => {
    expect(ago("2026-03-10T11:48:00Z", locale, NOW)).toBe(words);
  });

  it.each([
    ["en-US", "9:05 AM"],
    ["ru", "09:05"],
  ])("of today in %s is a time of day", (locale, shown) => {
    const at = new Date(2026, 2, 10, 9, 5);
    expect(clock(at.toISOString(), locale, at).replace("\u202f", " ")).toBe(shown);
  });
});
