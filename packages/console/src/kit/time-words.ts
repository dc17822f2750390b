const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, as short as a list needs it: "12m", "3h", "9d"; from 30 days the date. */
export function shortAgo(iso: string, locale: string, now = Date.now()): string {
  const past = Math.max(0, now - Date.parse(iso));
  if (past >= 30 * DAY) {
    return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(
      new Date(iso),
    );
  }
  const [value, unit] =
    past < HOUR
      ? ([Math.floor(past / MINUTE), "minute"] as const)
      : past < DAY
        ? ([Math.floor(past / HOUR), "hour"] as const)
        : ([Math.floor(past / DAY), "day"] as const);
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(
    value,
  );
}

/** "12 minutes ago", in words. */
export function ago(iso: string, locale: string, now = Date.now()): string {
  const past = now - Date.parse(iso);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
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
  return new Intl.DateTimeFormat(locale, {
    ...(sameDay ? {} : { day: "numeric", month: "short" }),
    ...(sameYear ? {} : { year: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
  }).format(date);
}

/** All of it, for a tooltip. */
export function fullTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" }).format(
    new Date(iso),
  );
}
