const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time as a table needs it, in one unit: "72 min", "4.7 hr", "55 hr", "8 days". */
export function shortSpan(seconds: number | null, locale: string): string {
  if (seconds === null) return "–";
  if (seconds > 0 && seconds < MINUTE) return `<${inUnit(1, "minute", "short", locale)}`;
  if (seconds < 90 * MINUTE) return inUnit(seconds / MINUTE, "minute", "short", locale);
  if (seconds < 72 * HOUR) return inUnit(seconds / HOUR, "hour", "short", locale, 10);
  return inUnit(seconds / DAY, "day", "short", locale, 10);
}

/** A span of time in a sentence, in at most two units: "1 hr, 12 min", "14 hours", "9 days". */
export function spanWords(seconds: number, locale: string): string {
  const minutes = Math.max(1, Math.round(seconds / MINUTE));
  if (minutes < 60) return inUnit(minutes, "minute", "long", locale);
  if (minutes < 600 && minutes % 60 > 0) {
    const hours = inUnit(Math.floor(minutes / 60), "hour", "short", locale);
    return `${hours} ${inUnit(minutes % 60, "minute", "short", locale)}`;
  }
  return seconds < 2 * DAY
    ? inUnit(seconds / HOUR, "hour", "long", locale)
    : inUnit(seconds / DAY, "day", "long", locale);
}

const STEPS = [1, 5, 15, 30].map((minutes) => minutes * MINUTE);
STEPS.push(...[1, 2, 4, 8, 12, 24, 48, 96, 192].map((hours) => hours * HOUR));

/** Marks of an axis in seconds, as a clock and a calendar have them: at most five, the last one not below the greatest. */
export function spanTicks(greatest: number): number[] {
  const step = STEPS.find((each) => greatest <= each * 4) ?? Math.ceil(greatest / 4 / DAY) * DAY;
  const steps = Math.max(1, Math.ceil(greatest / step));
  return Array.from({ length: steps + 1 }, (_, index) => index * step);
}

/** One decimal below `decimalBelow`, else none. */
function inUnit(
  value: number,
  unit: "minute" | "hour" | "day",
  unitDisplay: "short" | "long",
  locale: string,
  decimalBelow = 0,
): string {
  const digits = value < decimalBelow ? 1 : 0;
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit,
    unitDisplay,
    maximumFractionDigits: digits,
  }).format(value);
}
