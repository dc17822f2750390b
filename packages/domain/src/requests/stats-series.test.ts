import { describe, expect, it } from "vitest";
import type { DomainError } from "../error.ts";
import { type SeriesPoint, type StatsInterval, seriesPoints } from "./stats-series.ts";

const NOW = new Date("2026-03-30T22:15:00Z");
const HOUR = 3_600_000;

const at = (milliseconds: number) => new Date(milliseconds).toISOString();
const hours = (points: readonly SeriesPoint[]) => points.map(({ from, to }) => (to - from) / HOUR);

describe("the points of a series", () => {
  it.each([
    ["day", 30, "2026-03-01", "2026-03-30"],
    ["week", 12, "2026-01-12", "2026-03-30"],
  ] as const)(
    "are by default of each %s the last %i, the current one included",
    (interval, count, first, last) => {
      const points = seriesPoints({ interval }, NOW);
      expect(points).toHaveLength(count);
      expect([points[0]?.date, points.at(-1)?.date]).toEqual([first, last]);
    },
  );

  it.each<[zone: string, from: string, to: string, points: [string, string, number][]]>([
    [
      "Europe/Berlin",
      "2026-03-28T12:00:00Z",
      "2026-03-30T00:00:00Z",
      [
        ["2026-03-28", "2026-03-27T23:00:00.000Z", 24],
        ["2026-03-29", "2026-03-28T23:00:00.000Z", 23],
        ["2026-03-30", "2026-03-29T22:00:00.000Z", 24],
      ],
    ],
    [
      "Asia/Kathmandu",
      "2026-03-28T18:14:59Z",
      "2026-03-28T18:15:00.001Z",
      [
        ["2026-03-28", "2026-03-27T18:15:00.000Z", 24],
        ["2026-03-29", "2026-03-28T18:15:00.000Z", 24],
      ],
    ],
    // Clocks move by half an hour there.
    [
      "Australia/Lord_Howe",
      "2026-04-04T12:59:00Z",
      "2026-04-05T13:30:00Z",
      [
        ["2026-04-04", "2026-04-03T13:00:00.000Z", 24],
        ["2026-04-05", "2026-04-04T13:00:00.000Z", 24.5],
      ],
    ],
    // Midnight is left out in Cairo when summer time begins.
    [
      "Africa/Cairo",
      "2026-04-24T00:00:00Z",
      "2026-04-24T22:00:00Z",
      [
        ["2026-04-24", "2026-04-23T22:00:00.000Z", 23],
        ["2026-04-25", "2026-04-24T21:00:00.000Z", 24],
      ],
    ],
    [
      "UTC",
      "2026-03-01T00:00:00Z",
      "2026-03-02T00:00:00Z",
      [["2026-03-01", "2026-03-01T00:00:00.000Z", 24]],
    ],
  ])("are whole days of %s from %s to %s", (timeZone, createdFrom, createdTo, expected) => {
    const points = seriesPoints({ interval: "day", timeZone, createdFrom, createdTo }, NOW);
    expect(points.map(({ date, from }, index) => [date, at(from), hours(points)[index]])).toEqual(
      expected,
    );
  });

  it("leave no day out but one that a time zone has left out", () => {
    const input = { createdFrom: "2011-12-29T12:00:00Z", createdTo: "2012-01-01T00:00:00Z" };
    const points = seriesPoints({ interval: "day", timeZone: "Pacific/Apia", ...input }, NOW);
    expect(points.map(({ date }) => date)).toEqual([
      "2011-12-29",
      "2011-12-30",
      "2011-12-31",
      "2012-01-01",
    ]);
    expect(hours(points)).toEqual([24, 0, 24, 24]);
  });

  it("are weeks from Monday on", () => {
    const input = { createdFrom: "2026-10-20T00:00:00Z", createdTo: "2026-11-02T00:00:00Z" };
    const points = seriesPoints({ interval: "week", timeZone: "America/New_York", ...input }, NOW);
    expect(points.map(({ date }) => date)).toEqual(["2026-10-19", "2026-10-26"]);
    expect(hours(points)).toEqual([168, 169]);
  });

  it("are none when the period ends before it begins", () => {
    const createdFrom = "2027-01-01T00:00:00Z";
    expect(seriesPoints({ interval: "day", createdFrom }, NOW)).toEqual([]);
  });

  it.each([
    ["/createdTo", { createdTo: "9999-12-31T23:59:59.999Z", timeZone: "Europe/Berlin" }],
    ["/createdTo", { createdTo: "9999-12-31T23:59:59.999Z" }],
    ["/createdTo", { createdTo: "0001-01-03T00:00:00.000Z" }],
    [
      "/createdFrom",
      {
        createdFrom: "0001-01-01T00:00:00.000Z",
        createdTo: "0001-01-03T00:00:00.000Z",
        timeZone: "Europe/Berlin",
      },
    ],
  ])("are refused by %s where a year would not have four digits: %j", (pointer, input) => {
    expect(() => seriesPoints({ interval: "day", ...input }, NOW)).toThrow(
      expect.objectContaining({
        errors: [expect.objectContaining({ pointer, code: "out_of_range" })],
      }),
    );
  });

  it.each<[StatsInterval, from: string, isRefused: boolean]>([
    ["day", "2025-03-30T00:00:00Z", false],
    ["day", "2025-03-29T23:59:59Z", true],
    ["week", "2020-01-01T00:00:00Z", false],
    ["week", "0001-01-01T00:00:00Z", true],
  ])("by %s from %s are too many: %s", (interval, createdFrom, isRefused) => {
    const make = () => seriesPoints({ interval, createdFrom }, NOW);
    if (!isRefused) expect(make().length).toBeGreaterThan(300);
    else
      expect(make).toThrow(
        expect.objectContaining({
          code: "validation_failed" satisfies DomainError["code"],
          errors: [expect.objectContaining({ pointer: "/createdFrom", code: "period_too_long" })],
        }),
      );
  });
});
