import { useLingui } from "@lingui/react/macro";
import type { PresentPerson, ServiceRequestSummary } from "@serviceflow/sdk";
import { type MouseEvent, memo } from "react";
import { useMe } from "../../app/session.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../../app/terms.ts";
import { Checkbox } from "../../kit/checkbox.tsx";
import { cx } from "../../kit/cx.ts";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../../kit/glyphs.tsx";
import { Time } from "../../kit/time.tsx";
import { ago } from "../../kit/time-words.ts";
import { HereMarks, useHereWords } from "../../requests/here-marks.tsx";

const SPLIT = matchMedia("(width >= 1100px)");

/** On a phone two lines; else one, to which a wide list adds the requester and then the category. */
const COLUMNS = [
  "grid-cols-[14px_minmax(0,1fr)_auto] [grid-template-areas:'st_t_w''pr_s_a'] content-center gap-x-2 gap-y-px pr-3 pl-4 border-b border-line",
  "tablet:grid-cols-[14px_14px_14px_56px_minmax(0,1fr)_20px_40px] tablet:[grid-template-areas:'ck_st_pr_id_t_a_w'] tablet:pr-3.5 tablet:pl-3 tablet:border-b-0",
  "tablet:@640:grid-cols-[14px_14px_14px_60px_minmax(0,1fr)_124px_20px_44px] tablet:@640:[grid-template-areas:'ck_st_pr_id_t_rq_a_w']",
  "tablet:@880:grid-cols-[14px_14px_14px_60px_minmax(0,1fr)_92px_150px_20px_52px] tablet:@880:gap-x-2.5 tablet:@880:[grid-template-areas:'ck_st_pr_id_t_ct_rq_a_w']",
].join(" ");

/** A request in a list: a link, so that it opens in a tab of its own too. */
export const RequestRow = memo(function RequestRow({
  request,
  people,
  category,
  byActivity,
  rowIndex,
  top,
  height,
  narrow,
  isHere,
  isSelected,
  onGoTo,
  onOpen,
  onToggle,
}: {
  request: ServiceRequestSummary;
  /** The others who are on it. */
  people: readonly PresentPerson[] | undefined;
  /** Its name in the language of the reader. */
  category: string;
  /** Shows when something last happened, not when it was filed. */
  byActivity: boolean;
  rowIndex: number;
  top: number;
  height: number;
  /** Of two lines, and not to be selected. */
  narrow: boolean;
  isHere: boolean;
  isSelected: boolean;
  onGoTo: (id: string) => void;
  onOpen: (id: string) => void;
  onToggle: (id: string) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const hereWords = useHereWords();
  const { id, title, status, priority, assignee, requester, unread } = request;
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0)
      return;
    event.preventDefault();
    // Beside a preview a plain click shows the request there.
    if (SPLIT.matches) onGoTo(id);
    else onOpen(id);
  };
  const statusLabel = `${t`Status`}: ${i18n._(STATUS_WORDS[status])}`;
  const priorityLabel = `${t`Priority`}: ${i18n._(PRIORITY_WORDS[priority])}`;
  const assigneeLabel =
    assignee === null ? t`Nobody has taken it` : `${t`Assignee`}: ${assignee.fullName}`;
  const here = (people ?? []).map(hereWords);
  const at = byActivity ? request.lastActivityAt : request.createdAt;
  // Read out whole as one comes to it, and so begins with what one looks for.
  const aloud = [
    id,
    title,
    ...(unread ? [t`unread`] : []),
    statusLabel,
    priorityLabel,
    assigneeLabel,
    ago(at, i18n.locale),
    ...here,
  ].join(", ");
  return (
    <div
      role="row"
      id={`row-${id}`}
      aria-label={aloud}
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      className={cx(
        "absolute inset-x-0 grid items-center hover:bg-hover",
        COLUMNS,
        isSelected && "tablet:bg-selected",
        isHere &&
          "tablet:before:absolute tablet:before:inset-y-0 tablet:before:left-0 tablet:before:w-0.75 tablet:before:bg-accent group-focus-visible/list:z-1 group-focus-visible/list:outline-2 group-focus-visible/list:outline-offset-[-2px] group-focus-visible/list:outline-focus",
      )}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      {narrow ? null : (
        <span role="gridcell" className="relative z-2 grid [grid-area:ck]">
          {unread ? (
            <span
              aria-hidden="true"
              className="absolute top-1/2 -left-2 size-1.5 -translate-y-1/2 rounded-full bg-accent"
            />
          ) : null}
          <Checkbox
            aria-label={t`Select ${id}`}
            excludeFromTabOrder
            isSelected={isSelected}
            onChange={() => onToggle(id)}
          />
        </span>
      )}
      <span role="gridcell" className="grid [grid-area:st]">
        <StatusGlyph status={status} label={statusLabel} />
      </span>
      <span role="gridcell" className="grid [grid-area:pr]">
        <PriorityGlyph priority={priority} label={priorityLabel} />
      </span>
      <span
        role="gridcell"
        className={cx(
          "hidden text-12 whitespace-nowrap [grid-area:id] tablet:block",
          unread ? "text-ink" : "text-ink-3",
        )}
      >
        {id}
      </span>
      <span role="gridcell" className="flex min-w-0 items-center gap-2 [grid-area:t]">
        {/* Not a link of the router: each of those costs as much as the rest of the row. */}
        <a
          href={`/console/requests/${id}`}
          tabIndex={-1}
          {...(here.length > 0 ? { title: here.join(", ") } : {})}
          onClick={onClick}
          className={cx(
            "cut min-w-0 grow text-14 after:absolute after:inset-0 tablet:text-13",
            unread && "font-semibold",
          )}
        >
          {title}
          {unread ? <span className="sr-only">, {t`unread`}</span> : null}
        </a>
        {people === undefined ? null : <HereMarks people={people} />}
      </span>
      <span role="gridcell" className="cut text-12 text-ink-3 [grid-area:s] tablet:hidden">
        {id} · {requester.fullName}
      </span>
      <span role="gridcell" className="cut hidden text-ink-2 [grid-area:ct] tablet:@880:block">
        {category}
      </span>
      <span role="gridcell" className="cut hidden text-ink-2 [grid-area:rq] tablet:@640:block">
        {requester.fullName}
      </span>
      <span role="gridcell" className="grid justify-self-end [grid-area:a]">
        <PersonGlyph
          name={assignee?.fullName ?? null}
          mine={assignee?.id === me.id}
          label={assigneeLabel}
        />
      </span>
      <span
        role="gridcell"
        className={cx(
          "text-right text-12 [grid-area:w]",
          unread ? "font-semibold text-accent tablet:font-normal tablet:text-ink-3" : "text-ink-3",
        )}
      >
        <Time iso={at} />
      </span>
    </div>
  );
});
