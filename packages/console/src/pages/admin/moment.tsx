import { useLingui } from "@lingui/react";
import { dateFormat } from "../../kit/formats.ts";
import { fullTime } from "../../kit/time-words.ts";

const DAY = { day: "numeric", month: "short" } as const;
const TO_THE_SECOND = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
} as const;

/** A time to the second, as a log shows it: of today without the day. */
export function Moment({ iso }: { iso: string }) {
  const { i18n } = useLingui();
  const date = new Date(iso);
  const withDay = date.toDateString() !== new Date().toDateString();
  return (
    <time dateTime={iso} title={fullTime(iso, i18n.locale)} className="whitespace-nowrap">
      {dateFormat(i18n.locale, withDay ? { ...DAY, ...TO_THE_SECOND } : TO_THE_SECOND).format(date)}
    </time>
  );
}
