import { dateFormat } from "./formats.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, as short as a list needs it: "now", "12m", "3h", "9d"; from 30 days the date. */
export function shortAgo(iso: string, locale: string, now = Date.now()): string {
  const past = Math.max(0, now - Date.parse(iso));
  if (past >= 30 * DAY) {
    return dateFormat(locale, { day: "numeric", month: "short" }).format(new Date(iso));
  }
  if (past < MINUTE) return relative(locale).format(0, "second");
  const [value, unit] =
    past < HOUR
      ? ([Math.floor(past / MINUTE), "minute"] as const)
      : past < DAY
        ? ([Math.floor(past / HOUR), "hour"] as const)
        : ([Math.floor(past / DAY), "day"] as const);
  return narrow(locale, unit).format(value);
}

/** "12 minutes ago", in words. */
export function ago(iso: string, locale: string, now = Date.now()): string {
  const past = now - Date.parse(iso);
  const words = relative(locale);
  if (past < MINUTE) return words.format(0, "second");
  if (past < HOUR) return words.format(-Math.floor(past / MINUTE), "minute");
  if (past < DAY) return words.format(-Math.floor(past / HOUR), "hour");
  return words.format(-Math.floor(past / DAY), "day");
}

/** The time of today, else the day with it. */
export function clock(iso: string, locale: string, now = new Date()): string {
  const date = new Date(iso);
  const sameDay = date.toDateString() === now.toDateString();
  const sameYear = date.getFullYear() === now.getFullYear();
  return dateFormat(locale, {
    ...(sameDay ? {} : { day: "numeric", month: "short" }),
    ...(sameYear ? {} : { year: "numeric" }),
    hour: countsTwelve(locale) ? "numeric" : "2-digit",
    minute: "2-digit",
  }).format(date);
}

/** "9:05 PM" and "21:05", but "09:05". */
function countsTwelve(locale: string): boolean {
  return dateFormat(locale, { hour: "numeric" }).resolvedOptions().hour12 === true;
}

/** All of it, for a tooltip. */
export function fullTime(iso: string, locale: string): string {
  return dateFormat(locale, { dateStyle: "full", timeStyle: "medium" }).format(new Date(iso));
}

const relatives = new Map<string, Intl.RelativeTimeFormat>();

function relative(locale: string): Intl.RelativeTimeFormat {
  const known = relatives.get(locale) ?? new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  relatives.set(locale, known);
  return known;
}

const narrows = new Map<string, Intl.NumberFormat>();

function narrow(locale: string, unit: "minute" | "hour" | "day"): Intl.NumberFormat {
  const key = `${locale} ${unit}`;
  const known =
    narrows.get(key) ??
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" });
  narrows.set(key, known);
  return known;
}
