import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { GripVertical } from "lucide-react";
import { Button, GridListItem } from "react-aria-components";
import { useMe } from "../../app/session.tsx";
import { PRIORITY_WORDS } from "../../app/terms.ts";
import { cx } from "../../kit/cx.ts";
import { PersonGlyph, PriorityGlyph } from "../../kit/glyphs.tsx";
import { Time } from "../../kit/time.tsx";
import { CategoryName } from "../../requests/category-name.tsx";
import { HereMarks, useHereWords } from "../../requests/here-marks.tsx";
import { useCardPresence } from "./board-presence.ts";

/** A request on the board: a link, which can be dragged where the domain allows it. */
export function Card({
  request,
  isHeld,
  canDrag,
}: {
  request: ServiceRequestSummary;
  /** Finished in a moment. */
  isHeld: boolean;
  canDrag: boolean;
}) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const hereWords = useHereWords();
  const { id, title, priority, assignee, category, unread } = request;
  const { people, ref } = useCardPresence(id);
  const here = people.map(hereWords);
  return (
    <GridListItem
      id={id}
      textValue={`${id} ${title}`}
      aria-label={[`${id} ${title}`, ...here].join(", ")}
      className={cx(
        "group/card relative grid gap-1 border-b border-line px-3.5 py-2.5 outline-none hover:bg-hover",
        "data-dragging:bg-selected data-focus-visible:outline-2 data-focus-visible:outline-solid data-focus-visible:outline-offset-[-2px] data-focus-visible:outline-focus",
        isHeld && "bg-ground text-ink-2",
      )}
    >
      <div ref={ref} className="flex min-w-0 items-center gap-2 text-12 text-ink-3">
        <PriorityGlyph
          priority={priority}
          label={`${t`Priority`}: ${i18n._(PRIORITY_WORDS[priority])}`}
        />
        <span className="whitespace-nowrap">{id}</span>
        <span className="cut">
          <CategoryName slug={category} />
        </span>
        <span className="-my-1 ml-auto">
          <HereMarks people={people} />
        </span>
        <span className="whitespace-nowrap">
          <Time iso={request.closedAt ?? request.createdAt} />
        </span>
      </div>
      <div className="flex items-end gap-2">
        <Link
          to="/requests/$id"
          params={{ id }}
          preload={false}
          draggable={false}
          {...(here.length > 0 ? { title: here.join(", ") } : {})}
          className={cx(
            "min-w-0 grow text-pretty wrap-anywhere after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-offset-[-2px] focus-visible:after:outline-focus",
            unread ? "font-semibold" : "font-medium",
          )}
        >
          {title}
          {unread ? <span className="sr-only">, {t`unread`}</span> : null}
        </Link>
        {canDrag ? (
          <Button
            slot="drag"
            aria-label={t`Move ${id}`}
            className="absolute top-1.5 right-2.5 z-1 grid size-6 shrink-0 place-items-center rounded-4 bg-hover text-ink-2 opacity-0 group-hover/card:opacity-100 focus-visible:opacity-100 group-focus-within/card:opacity-100 pointer-coarse:hidden"
          >
            <GripVertical aria-hidden="true" className="size-4" />
          </Button>
        ) : null}
        <PersonGlyph
          name={assignee?.fullName ?? null}
          mine={assignee?.id === me.id}
          label={
            assignee === null ? t`Nobody has taken it` : `${t`Assignee`}: ${assignee.fullName}`
          }
        />
      </div>
    </GridListItem>
  );
}
