import { useLingui } from "@lingui/react";
import { fullTime } from "../../kit/time-words.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is expensive, and a log shows a thousand times. */
function format(locale: string): Intl.DateTimeFormat {
  const known = formats.get(locale);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(locale, made);
  return made;
}

/** A time to the second, as a log shows it. */
export function Moment({ iso }: { iso: string }) {
  const { i18n } = useLingui();
  return (
    <time dateTime={iso} title={fullTime(iso, i18n.locale)} className="whitespace-nowrap">
      {format(i18n.locale).format(new Date(iso))}
    </time>
  );
}
