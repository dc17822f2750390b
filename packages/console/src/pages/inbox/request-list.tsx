import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useSyncExternalStore } from "react";
import { useAppearance } from "../../app/use-appearance.ts";
import { RequestRow } from "./request-row.tsx";
import type { Selection } from "./selection.ts";

const NARROW = matchMedia("(width < 700px)");

/** A grid of requests, of which only those in sight are in the page. */
export function RequestList({
  label,
  rows,
  here,
  selection,
  onMove,
  onGoTo,
  onOpen,
  onEnd,
  isLoadingMore,
}: {
  label: string;
  rows: readonly ServiceRequestSummary[];
  here: string | undefined;
  selection: Selection;
  onMove: (by: number) => void;
  onGoTo: (id: string) => void;
  onOpen: (id: string) => void;
  onEnd: () => void;
  isLoadingMore: boolean;
}) {
  const { t } = useLingui();
  const scroll = useRef<HTMLDivElement>(null);
  const { density } = useAppearance();
  const narrow = useSyncExternalStore(
    (listener) => {
      NARROW.addEventListener("change", listener);
      return () => NARROW.removeEventListener("change", listener);
    },
    () => NARROW.matches,
  );
  const height = narrow ? 60 : density === "comfortable" ? 40 : 32;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 15) onEnd();
  }, [last, rows.length, onEnd]);
  useEffect(() => virtual.measure(), [virtual]);

  const hereIndex = rows.findIndex(({ id }) => id === here);
  useEffect(() => {
    if (hereIndex !== -1) virtual.scrollToIndex(hereIndex);
  }, [virtual, hereIndex]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -rows.length,
      End: rows.length,
    };
    const by = moves[event.key];
    if (by !== undefined) onMove(by);
    else if (event.key === "Enter" && here !== undefined) onOpen(here);
    else if (event.key === " " && here !== undefined) selection.toggle(here);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={-1}
      aria-busy={isLoadingMore}
      {...(hereIndex === -1 ? {} : { "aria-activedescendant": `row-${here}` })}
      aria-description={t`Arrow keys move, Enter opens, Space selects.`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="group/list min-h-0 grow overflow-x-hidden overflow-y-auto outline-none"
    >
      <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start, key }) => {
          const request = rows[index];
          return request === undefined ? null : (
            <RequestRow
              key={key}
              request={request}
              rowIndex={index + 1}
              top={start}
              height={height}
              isHere={request.id === here}
              isSelected={selection.ids.has(request.id)}
              onGoTo={onGoTo}
              onToggle={selection.toggle}
            />
          );
        })}
      </div>
    </div>
  );
}
