import { useLingui } from "@lingui/react/macro";
import type { AuditEntry, ChainHead } from "@serviceflow/sdk";
import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import { memo, useEffect } from "react";
import type { LongList } from "../../app/use-pages.ts";
import { cx } from "../../kit/cx.ts";
import { usePhone, useVirtualRows } from "../../kit/virtual-rows.ts";
import { Moment } from "../admin/moment.tsx";
import { Actor } from "./actor.tsx";
import type { AuditSearch } from "./audit-search.ts";
import { useEntryWords } from "./entry-words.ts";
import { shortHash } from "./seal.ts";

/** The log on its thread: solid where it is sealed, dashed where not yet. */
export function EntryRows({
  list: { more, show },
  entries,
  start,
  count,
  fromTop,
  here,
  search,
  head,
}: {
  list: Pick<LongList<AuditEntry>, "more" | "show">;
  entries: readonly AuditEntry[];
  /** How many come before `entries` without being held. */
  start: number;
  count: number;
  /** Whether it was loaded again for what is new, which is at its top. */
  fromTop: boolean;
  here: string | undefined;
  search: AuditSearch;
  /** Up to where the log is sealed. */
  head: ChainHead | null;
}) {
  const { t } = useLingui();
  const isPhone = usePhone();
  const virtual = useVirtualRows<HTMLOListElement>({
    name: "entries",
    count,
    height: isPhone ? 49 : 32,
    fromTop,
    onShow: show,
  });
  const firstSealed = start === 0 ? entries.findIndex(({ sealed }) => sealed) : -1;
  const { bringIntoView } = virtual;
  const hereAt = entries.findIndex(({ id }) => id === here);
  const hereIndex = hereAt === -1 ? -1 : start + hereAt;
  useEffect(() => {
    if (hereIndex !== -1) bringIntoView(hereIndex);
  }, [hereIndex, bringIntoView]);
  return (
    <ol
      ref={virtual.list}
      aria-label={t`Entries`}
      onFocus={virtual.onFocus}
      className="flow-root"
      style={{ paddingBottom: virtual.rest }}
    >
      {virtual.items.map(({ index, gap }) => {
        const entry = entries[index - start];
        const place = {
          ref: virtual.measure,
          "data-index": index,
          "aria-posinset": index + 1,
          "aria-setsize": more ? -1 : count,
        };
        const style = { marginTop: gap };
        return entry === undefined ? (
          <li key={index} {...place} style={style} className="h-8 border-b border-line" />
        ) : (
          <li key={entry.id} {...place} style={style}>
            <EntryRow
              entry={entry}
              search={search}
              isHere={entry.id === here}
              mark={index - start === firstSealed ? head : null}
            />
          </li>
        );
      })}
    </ol>
  );
}

const EntryRow = memo(function EntryRow({
  entry,
  search,
  isHere,
  mark,
}: {
  entry: AuditEntry;
  search: AuditSearch;
  isHere: boolean;
  mark: ChainHead | null;
}) {
  const { t, i18n } = useLingui();
  const words = useEntryWords();
  const { sealed } = entry;
  return (
    <>
      {mark === null ? null : (
        <p className="relative flex h-7 items-center gap-2.5 border-b border-line bg-ground px-4 text-12 text-ink-2">
          <Lock aria-hidden="true" className="z-1 ml-0.75 size-3.5 bg-ground" />
          <span className="ml-1 min-w-0 grow truncate">
            {t`Sealed to entry ${mark.position.toLocaleString(i18n.locale)}`},{" "}
            <Moment iso={mark.sealedAt} />
          </span>
          <code className="font-mono text-ink-3" title={mark.hash}>
            {shortHash(mark.hash)}
          </code>
        </p>
      )}
      <div
        className={cx(
          "relative grid grid-cols-[20px_minmax(0,1fr)] items-center gap-x-2.5 border-b border-line px-4",
          "py-1.5 tablet:h-(--row-compact) tablet:grid-cols-[20px_132px_148px_minmax(0,1fr)] tablet:py-0",
          isHere ? "bg-selected" : "hover:bg-hover",
        )}
      >
        <span
          className={cx(
            "row-span-2 tablet:row-span-1",
            "absolute top-0 bottom-0 left-[25.5px] border-l",
            sealed ? "border-thread" : "border-dashed border-line-strong",
          )}
        />
        <span className="row-span-2 grid place-items-center tablet:row-span-1">
          <span
            aria-hidden="true"
            className={cx(
              "z-1 size-2",
              sealed
                ? "rounded-2 bg-ink-2"
                : "rounded-full border-[1.5px] border-line-strong bg-sheet",
            )}
          />
          <span className="sr-only">{sealed ? t`Sealed` : t`Not sealed yet`}</span>
        </span>
        <span className="col-start-2 row-start-2 flex min-w-0 gap-2.5 text-12 text-ink-3 tablet:col-start-auto tablet:row-start-auto tablet:contents tablet:text-13">
          <span className="shrink-0 text-ink-3">
            <Moment iso={entry.occurredAt} />
          </span>
          <span className="min-w-0 text-ink-2 tablet:text-ink">
            <Actor actor={entry.actor} />
          </span>
        </span>
        <span className="col-start-2 row-start-1 flex min-w-0 items-center gap-1.5 tablet:col-start-auto tablet:row-start-auto">
          <Link
            to="/audit"
            search={{ ...search, entry: entry.id }}
            replace
            aria-current={isHere ? "true" : undefined}
            className="shrink-0 font-mono text-12 after:absolute after:inset-0 focus-visible:outline-offset-[-2px]"
          >
            {entry.action}
          </Link>
          <span className="cut max-w-[45%] shrink-0 font-medium">{words.subject(entry)}</span>
          <span className="cut text-ink-3">{words.summary(entry)}</span>
        </span>
      </div>
    </>
  );
});
