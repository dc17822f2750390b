import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import type { Figures } from "./figures.ts";
import { spanWords } from "./spans.ts";
import { weekSums } from "./weeks.ts";

/** What one would ask first, in a few sentences. */
export function Summary({ figures, days }: { figures: Figures; days: number }) {
  const { t, i18n } = useLingui();
  const { stats, period, unassigned, oldest, series } = figures;
  const fresh = stats.byStatus.NEW;
  const open = fresh + stats.byStatus.IN_PROGRESS;
  const free = `${unassigned?.count ?? 0}${unassigned?.more === true ? "+" : ""}`;
  const waited =
    oldest === undefined
      ? undefined
      : spanWords((Date.now() - Date.parse(oldest)) / 1000, i18n.locale);
  const { timeToStart, timeToClose } = period;
  const start = timeToStart.p50 === null ? undefined : spanWords(timeToStart.p50, i18n.locale);
  const close = timeToClose.p50 === null ? undefined : spanWords(timeToClose.p50, i18n.locale);
  const week = weekSums(series)[0];
  return (
    <p className="max-w-[44em] pb-5 text-20 text-pretty text-ink-2 [&_b]:text-ink">
      <b>
        <Trans>{open} open.</Trans>
      </b>{" "}
      {open === 0 ? null : (
        <>
          {t`${plural(fresh, {
            one: `# is new, and unassigned are ${free}.`,
            other: `# are new, and ${free} of those are unassigned.`,
          })}`}{" "}
          {waited === undefined ? null : (
            <Trans>
              The oldest has waited <b>{waited}</b>.
            </Trans>
          )}{" "}
        </>
      )}
      {start === undefined ? null : (
        <Trans>
          In the last {days} days half of the requests were started within <b>{start}</b>.
        </Trans>
      )}{" "}
      {close === undefined ? null : (
        <Trans>
          Half were closed within <b>{close}</b>.
        </Trans>
      )}{" "}
      {week === undefined ? null : <ThisWeek created={week.created} closed={week.closed} />}
    </p>
  );
}

function ThisWeek({ created, closed }: { created: number; closed: number }) {
  if (created === closed) return <Trans>This week as many were closed as were created.</Trans>;
  return created > closed ? (
    <Trans>
      This week more were created ({created}) than closed ({closed}).
    </Trans>
  ) : (
    <Trans>
      This week more were closed ({closed}) than created ({created}).
    </Trans>
  );
}
