import { useLingui } from "@lingui/react";
import { fullTime } from "../../kit/time-words.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is expensive, and a log shows a thousand times. */
function format(locale: string, withDay: boolean): Intl.DateTimeFormat {
  const key = `${locale} ${withDay}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, {
    ...(withDay ? { day: "numeric", month: "short" } : {}),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  formats.set(key, made);
  return made;
}

/** A time to the second, as a log shows it: of today without the day. */
export function Moment({ iso }: { iso: string }) {
  const { i18n } = useLingui();
  const date = new Date(iso);
  const withDay = date.toDateString() !== new Date().toDateString();
  return (
    <time dateTime={iso} title={fullTime(iso, i18n.locale)} className="whitespace-nowrap">
      {format(i18n.locale, withDay).format(date)}
    </time>
  );
}
