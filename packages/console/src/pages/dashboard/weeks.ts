import type { StatsPoint } from "@serviceflow/sdk";

export interface WeekSum {
  /** Its Monday: `2026-03-02`. */
  monday: string;
  created: number;
  closed: number;
}

/** The days of a series by weeks from Monday on, the latest first. */
export function weekSums(series: readonly StatsPoint[]): WeekSum[] {
  const weeks = new Map<string, WeekSum>();
  for (const { date, created, closed } of series) {
    const monday = mondayOf(date);
    const week = weeks.get(monday) ?? { monday, created: 0, closed: 0 };
    week.created += created;
    week.closed += closed;
    weeks.set(monday, week);
  }
  return [...weeks.values()].sort((a, b) => b.monday.localeCompare(a.monday));
}

/** The Monday of a day, both as `2026-03-02`. */
export function mondayOf(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}

/** The number of a week by ISO 8601, of its Monday: the first one has the year's first Thursday. */
export function weekNumber(monday: string): number {
  const thursday = new Date(`${monday}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 3);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.ceil(((thursday.getTime() - newYear) / 86_400_000 + 1) / 7);
}

/** The last weeks, the present one included, by the clock of this device; the latest first. */
export function lastWeeks(count: number, now = new Date()): { from: Date; to: Date }[] {
  const midnight = (daysBack: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysBack);
  const sinceMonday = (now.getDay() + 6) % 7;
  return Array.from({ length: count }, (_, back) => ({
    from: midnight(sinceMonday + 7 * back),
    to: midnight(sinceMonday + 7 * (back - 1)),
  }));
}

/** A day of this device as `2026-03-02`. */
export function localDate(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
