import { describe, expect, it } from "vitest";
import { dashboardSearch } from "./dashboard-search.ts";
import { shortSpan, spanTicks, spanWords } from "./spans.ts";
import { lastWeeks, localDate, mondayOf, weekNumber, weekSums } from "./weeks.ts";

describe("the address of the dashboard", () => {
  it.each([
    [{}, {}],
    [{ days: 7 }, { days: 7 }],
    [{ days: "90" }, { days: 90 }],
    [{ days: 8 }, {}],
    [{ days: "a week" }, {}],
  ])("%o", (search, read) => {
    expect(dashboardSearch(search)).toEqual(read);
  });
});

describe("weeks", () => {
  it.each([
    ["2026-03-09", "2026-03-09"],
    ["2026-03-15", "2026-03-09"],
    ["2026-01-01", "2025-12-29"],
  ])("%s belongs to that of %s", (date, monday) => {
    expect(mondayOf(date)).toBe(monday);
  });

  it.each([
    ["2025-12-29", 1],
    ["2026-01-05", 2],
    ["2026-12-28", 53],
    ["2027-01-04", 1],
  ])("%s begins week %i", (monday, number) => {
    expect(weekNumber(monday)).toBe(number);
  });

  it("have the sums of their days, the latest first", () => {
    const day = (date: string, created: number, closed: number) => ({
      date,
      from: `${date}T00:00:00.000Z`,
      created,
      closed,
    });
    expect(
      weekSums([day("2026-03-08", 1, 2), day("2026-03-09", 3, 4), day("2026-03-10", 5, 6)]),
    ).toEqual([
      { monday: "2026-03-09", created: 8, closed: 10 },
      { monday: "2026-03-02", created: 1, closed: 2 },
    ]);
  });

  it("follow one another without a gap, up to the present one", () => {
    const [present, last] = lastWeeks(2, new Date(2026, 2, 11, 15));
    expect(localDate(present?.from ?? new Date(0))).toBe("2026-03-09");
    expect(localDate(present?.to ?? new Date(0))).toBe("2026-03-16");
    expect(last?.to).toEqual(present?.from);
  });
});

describe("a span of time", () => {
  it.each([
    [null, "–"],
    [20, "<1 min"],
    [72 * 60, "72 min"],
    [4.7 * 3600, "4.7 hr"],
    [55 * 3600, "55 hr"],
    [8 * 86_400, "8 days"],
  ])("of %s seconds is short in a table", (seconds, words) => {
    expect(shortSpan(seconds, "en")).toBe(words);
  });

  it.each([
    [40 * 60, "en", "40 minutes"],
    [72 * 60, "en", "1 hr 12 min"],
    [72 * 60, "ru", "1 ч 12 мин"],
    [14 * 3600, "en", "14 hours"],
    [9 * 86_400, "ru", "9 дней"],
  ])("of %i seconds is words in a sentence in %s", (seconds, locale, words) => {
    expect(spanWords(seconds, locale).replaceAll("\u00a0", " ")).toBe(words);
  });

  it.each([
    [0, [0, 60]],
    [50 * 60, [0, 900, 1800, 2700, 3600]],
    [13 * 3600, [0, 14_400, 28_800, 43_200, 57_600]],
    [50 * 3600, [0, 86_400, 172_800, 259_200]],
    [100 * 86_400, [0, 25 * 86_400, 50 * 86_400, 75 * 86_400, 100 * 86_400]],
  ])("up to %i seconds has round marks on an axis", (greatest, ticks) => {
    expect(spanTicks(greatest)).toEqual(ticks);
  });
});
