import { useLingui } from "@lingui/react";
import { useEffect, useState } from "react";
import { ago, clock, fullTime, shortAgo } from "./time-words.ts";

/** A time of a list, kept fresh. All of it is in the title. */
export function Time({ iso, form = "short" }: { iso: string; form?: "short" | "words" | "clock" }) {
  const { i18n } = useLingui();
  useMinute();
  const show = form === "clock" ? clock : ago;
  return (
    <time dateTime={iso} title={fullTime(iso, i18n.locale)} className="whitespace-nowrap">
      {form === "short" ? (
        <>
          <span aria-hidden="true">{shortAgo(iso, i18n.locale)}</span>
          <span className="sr-only">{ago(iso, i18n.locale)}</span>
        </>
      ) : (
        show(iso, i18n.locale)
      )}
    </time>
  );
}

const ticks = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Renders again each minute; all times of a page share one timer. */
function useMinute(): void {
  const [, render] = useState(0);
  useEffect(() => {
    const tick = () => render((count) => count + 1);
    ticks.add(tick);
    timer ??= setInterval(() => {
      for (const each of ticks) each();
    }, 60_000);
    return () => {
      ticks.delete(tick);
      if (ticks.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
}
