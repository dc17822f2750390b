import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { useMe } from "../../app/session.tsx";
import { PRIORITY_WORDS, STATUS_WORDS } from "../../app/terms.ts";
import { Checkbox } from "../../kit/choice.tsx";
import { cx } from "../../kit/cx.ts";
import { PersonGlyph, PriorityGlyph, StatusGlyph } from "../../kit/glyphs.tsx";
import { Time } from "../../kit/time.tsx";

const SPLIT = matchMedia("(width >= 1100px)");

/** A request in a list: a link, so that it opens in a tab of its own too. */
export function RequestRow({
  request,
  rowIndex,
  top,
  height,
  isHere,
  isSelected,
  onGoTo,
  onToggle,
}: {
  request: ServiceRequestSummary;
  rowIndex: number;
  top: number;
  height: number;
  isHere: boolean;
  isSelected: boolean;
  onGoTo: (id: string) => void;
  onToggle: (id: string) => void;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const { id, title, status, priority, assignee, requester, category, unread } = request;
  const onClick = (event: MouseEvent) => {
    // Beside a preview a plain click shows the request there.
    if (!SPLIT.matches || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0)
      return;
    event.preventDefault();
    onGoTo(id);
  };
  const assigneeLabel = assignee === null ? t`Nobody has taken it` : assignee.fullName;
  return (
    <div
      role="row"
      id={`row-${id}`}
      aria-rowindex={rowIndex}
      aria-selected={isSelected}
      className={cx(
        "absolute inset-x-0 grid items-center gap-x-2 pr-3.5 pl-2.5 hover:bg-hover",
        "grid-cols-[14px_14px_14px_minmax(0,1fr)_20px_40px] tablet:grid-cols-[14px_14px_14px_56px_minmax(0,1fr)_20px_40px]",
        "@640:grid-cols-[14px_14px_14px_60px_minmax(0,1fr)_124px_20px_44px] @880:grid-cols-[14px_14px_14px_60px_minmax(0,1fr)_92px_150px_20px_52px]",
        isSelected && "bg-selected",
        isHere &&
          "before:absolute before:inset-y-0 before:left-0 before:w-0.75 before:bg-accent group-focus-visible/list:outline-2 group-focus-visible/list:outline-offset-[-2px] group-focus-visible/list:outline-focus",
      )}
      style={{ transform: `translateY(${top}px)`, height }}
    >
      <span role="gridcell" className="relative z-2 grid">
        <Checkbox
          aria-label={t`Select ${id}`}
          excludeFromTabOrder
          isSelected={isSelected}
          onChange={() => onToggle(id)}
        />
      </span>
      <span role="gridcell" className="grid">
        <StatusGlyph status={status} label={i18n._(STATUS_WORDS[status])} />
      </span>
      <span role="gridcell" className="grid">
        <PriorityGlyph priority={priority} label={i18n._(PRIORITY_WORDS[priority])} />
      </span>
      <span
        role="gridcell"
        className={cx(
          "hidden text-12 whitespace-nowrap tablet:block",
          unread ? "text-ink" : "text-ink-3",
        )}
      >
        {id}
      </span>
      <span role="gridcell" className="grid min-w-0">
        <Link
          to="/requests/$id"
          params={{ id }}
          tabIndex={-1}
          onClick={onClick}
          className={cx("cut after:absolute after:inset-0", unread && "font-semibold")}
        >
          {title}
        </Link>
        <span className="cut text-12 text-ink-3 tablet:hidden">
          {id} · {requester.fullName}
        </span>
      </span>
      <span role="gridcell" className="cut hidden text-ink-2 @880:block">
        {category}
      </span>
      <span role="gridcell" className="cut hidden text-ink-2 @640:block">
        {requester.fullName}
      </span>
      <span role="gridcell" className="grid">
        <PersonGlyph
          name={assignee?.fullName ?? null}
          mine={assignee?.id === me.id}
          label={assigneeLabel}
        />
      </span>
      <span role="gridcell" className="text-right text-12 text-ink-3">
        <Time iso={request.createdAt} />
      </span>
    </div>
  );
}
