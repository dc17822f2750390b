import { type DomainError, invalidField } from "../error.ts";

/** How long a point of a series is: a day, or a week from Monday on. */
export const STATS_INTERVALS = ["day", "week"] as const;
export type StatsInterval = (typeof STATS_INTERVALS)[number];

/** A series has so many points at most. */
export const MAX_SERIES_POINTS = 366;
/** And so many, the current one included, without `createdFrom`. */
const DEFAULT_SERIES_POINTS = { day: 30, week: 12 } as const satisfies Record<
  StatsInterval,
  number
>;

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Every time zone begins its days at a quarter of an hour of UTC, at most so far from midnight. */
const QUARTER = 15 * MINUTE;
const MAX_OFFSET = 15 * 60 * MINUTE;

interface SeriesInput {
  interval: StatsInterval;
  /** IANA; default UTC. */
  timeZone?: string | undefined;
  createdFrom?: string | undefined;
  createdTo?: string | undefined;
}

/** A point of a series before it is counted. Times are in milliseconds since 1970. */
const EARLIEST = Date.parse("0001-01-01T00:00:00.000Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

export interface SeriesPoint {
  /** Its first day in the time zone. */
  date: string;
  from: number;
  /** Exclusive. */
  to: number;
}

/**
 * The whole days or weeks of a time zone that hold a period: from `createdFrom`, by default 30 days or 12 weeks, to
 * `createdTo`, by default now. A day lasts as long as it does there: 23 or 25 hours when the clocks change.
 * @throws DomainError `validation_failed` for more than 366, and for times that have no four digits for their year
 */
export function seriesPoints(input: SeriesInput, now: Date): SeriesPoint[] {
  const { interval, createdFrom, createdTo } = input;
  const calendar = new Calendar(input.timeZone ?? "UTC");
  const step = interval === "day" ? 1 : 7;
  const firstOf = (day: number) => (interval === "day" ? day : day - weekday(day));
  const end = createdTo === undefined ? now.getTime() : Date.parse(createdTo) - 1;
  const last = firstOf(calendar.dayAt(end));
  const first =
    createdFrom === undefined
      ? last - (DEFAULT_SERIES_POINTS[interval] - 1) * step
      : firstOf(calendar.dayAt(Date.parse(createdFrom)));
  if ((last - first) / step + 1 > MAX_SERIES_POINTS) {
    const detail = `It must be at most ${MAX_SERIES_POINTS} ${interval}s before createdTo, or before now.`;
    throw invalidField("/createdFrom", "period_too_long", detail, {
      max: MAX_SERIES_POINTS,
      interval,
    });
  }
  const points: SeriesPoint[] = [];
  let from = calendar.startOf(first);
  for (let day = first; day <= last; day += step) {
    const to = calendar.startOf(day + step);
    if (from < EARLIEST) {
      throw outOfRange(createdFrom === undefined ? "/createdTo" : "/createdFrom");
    }
    if (to > LATEST) throw outOfRange("/createdTo");
    points.push({ date: dateOf(day), from, to });
    from = to;
  }
  return points;
}

function outOfRange(pointer: string): DomainError {
  const detail = "The days or weeks of a series must be in the years 0001 to 9999, in UTC.";
  return invalidField(pointer, "out_of_range", detail);
}

/** Days since 1970-01-01, a Thursday, of the week that begins on Monday. */
function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** The days of a time zone, numbered from 1970-01-01 on. */
class Calendar {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
    });
  }

  dayAt(moment: number): number {
    const parts = new Map<string, string>();
    for (const { type, value } of this.#format.formatToParts(moment)) parts.set(type, value);
    const number = (type: string) => Number(parts.get(type));
    const year = parts.get("era") === "BC" ? 1 - number("year") : number("year");
    return new Date(0).setUTCFullYear(year, number("month") - 1, number("day")) / DAY;
  }

  /** The first quarter of an hour of a day, or of the next one where a time zone has left it out. */
  startOf(day: number): number {
    let low = (day * DAY - MAX_OFFSET) / QUARTER;
    let high = (day * DAY + MAX_OFFSET) / QUARTER;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.dayAt(middle * QUARTER) >= day) high = middle;
      else low = middle + 1;
    }
    return low * QUARTER;
  }
}
