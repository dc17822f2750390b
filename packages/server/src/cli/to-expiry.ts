import { InvalidArgumentError } from "commander";

const DAY_MS = 86_400_000;
const DAYS = /^(\d{1,5})d$/;
/** With a zone: without one, it would be read in that of the machine. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads `--expires`.
 * @returns ISO 8601
 * @throws InvalidArgumentError
 */
export function toExpiry(text: string): string {
  const [, days] = DAYS.exec(text) ?? [];
  const at = days === undefined ? momentOf(text) : Date.now() + Number(days) * DAY_MS;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError(
      "It must be a number of days, such as 90d, or ISO 8601 with a zone, such as 2027-01-31T00:00:00Z.",
    );
  }
  if (at <= Date.now()) throw new InvalidArgumentError("The expiry must be in the future.");
  return new Date(at).toISOString();
}

function momentOf(text: string): number {
  if (!MOMENT.test(text)) return Number.NaN;
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00Z`);
  // Date.parse takes February 30 for March 2.
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay ? Date.parse(text) : Number.NaN;
}
