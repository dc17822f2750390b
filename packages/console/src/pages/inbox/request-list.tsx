import { useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { elementScroll, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type Ref,
  useDeferredValue,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { queryClient } from "../../app/client.ts";
import { useAppearance } from "../../app/use-appearance.ts";
import { useCategories } from "../../app/use-categories.ts";
import { usePhone } from "../../kit/virtual-rows.ts";
import { usePresences } from "../../requests/use-presences.ts";
import { placeKey } from "./inbox-rows.ts";
import { RequestRow } from "./request-row.tsx";
import type { Selection } from "./selection.ts";

const PADDING = 2;
/** How many rows beyond those in sight are in the page. */
const OVERSCAN = 12;
/** What a list can show at most until its own size is known. */
const SIGHT = { width: innerWidth, height: innerHeight };

export interface RequestListHandle {
  /** So that Enter, Space and the arrows act on the list. */
  focus(): void;
  toTop(): void;
}

/** A grid of requests, of which only those in sight are in the page. */
export function RequestList({
  ref,
  label,
  place,
  rows,
  here,
  selection,
  byActivity,
  onMove,
  onExtend,
  onGoTo,
  onOpen,
  onEnd,
  hasMore,
  isLoadingMore,
}: {
  ref: Ref<RequestListHandle>;
  label: string;
  /** Under which the list remembers how far it was scrolled. */
  place: string;
  rows: readonly ServiceRequestSummary[];
  here: string | undefined;
  selection: Selection;
  byActivity: boolean;
  onMove: (by: number) => void;
  onExtend: (by: 1 | -1) => void;
  onGoTo: (id: string) => void;
  onOpen: (id: string) => void;
  onEnd: () => void;
  hasMore: boolean;
  isLoadingMore: boolean;
}) {
  const { t } = useLingui();
  const scroll = useRef<HTMLDivElement>(null);
  const { nameOf } = useCategories();
  const { density } = useAppearance();
  const narrow = usePhone();
  const height = narrow ? 60 : density === "comfortable" ? 40 : 32;
  const offsetKey = useMemo(() => placeKey(place, "offset"), [place]);
  const [offset] = useState(() => queryClient.getQueryData<number>(offsetKey) ?? 0);
  const virtual = useVirtualizer({
    // The last one stands for what is still to load, so that nothing moves when it comes.
    count: rows.length + (hasMore ? 1 : 0),
    getScrollElement: () => scroll.current,
    estimateSize: () => height,
    getItemKey: (index) => rows[index]?.id ?? "more",
    initialOffset: offset,
    paddingStart: PADDING,
    // What is in sight comes first. To measure before it is drawn would hold up the page.
    initialRect: SIGHT,
    observeElementRect: onResize,
    scrollToFn: (to, options, instance) => {
      if (to > 0 || (instance.scrollOffset ?? 0) > 0) elementScroll(to, options, instance);
    },
    overscan: useDeferredValue(OVERSCAN, 0),
  });
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 15) onEnd();
  }, [last, rows.length, onEnd]);
  const { startIndex = 0, endIndex = -1 } = virtual.range ?? {};
  const presences = usePresences(rows.slice(startIndex, endIndex + 1).map(({ id }) => id));
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured again
  useEffect(() => virtual.measure(), [virtual, height]);

  const hereIndex = rows.findIndex(({ id }) => id === here);
  const shownHere = useRef(-1);
  useEffect(() => {
    if (hereIndex === -1 || hereIndex === shownHere.current) return;
    shownHere.current = hereIndex;
    if (scroll.current !== null)
      bringIntoView(scroll.current, PADDING + hereIndex * height, height);
  }, [hereIndex, height]);

  // The router puts back what it takes for the same list: this one knows better where it was.
  const bringHere = useRef(() => {});
  useEffect(() => {
    bringHere.current = () => {
      const element = scroll.current;
      if (element === null) return;
      element.scrollTop = offset;
      if (hereIndex !== -1) bringIntoView(element, PADDING + hereIndex * height, height);
    };
  });
  useEffect(() => {
    const frame = requestAnimationFrame(() => bringHere.current());
    return () => cancelAnimationFrame(frame);
  }, []);

  useImperativeHandle(
    ref,
    () => ({
      focus: () => scroll.current?.focus({ preventScroll: true }),
      toTop: () => scroll.current?.scrollTo({ top: 0 }),
    }),
    [],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 320) / height) - 1);
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const by = moves[event.key];
    const modified = event.ctrlKey || event.metaKey;
    if (by !== undefined && event.shiftKey && Math.abs(by) === 1) onExtend(by as 1 | -1);
    else if (by !== undefined && !modified) onMove(by);
    else if (event.key === "Enter" && here !== undefined) onOpen(here);
    else if (event.key === " " && here !== undefined) selection.toggle(here);
    else if (event.code === "KeyA" && modified) selection.set(rows.map(({ id }) => id));
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroll}
      role="grid"
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={hasMore ? -1 : rows.length}
      aria-busy={isLoadingMore}
      {...(items.some(({ index }) => index === hereIndex)
        ? { "aria-activedescendant": `row-${here}` }
        : {})}
      aria-description={t`Arrow keys move, Enter opens, Space selects.`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget }) => queryClient.setQueryData(offsetKey, currentTarget.scrollTop)}
      className="group/list min-h-0 grow overflow-x-hidden overflow-y-auto outline-none"
    >
      <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start, key }) => {
          const request = rows[index];
          return request === undefined ? (
            <div
              key={key}
              aria-hidden="true"
              className="absolute inset-x-0 flex items-center gap-2.5 px-3"
              style={{ transform: `translateY(${start}px)`, height }}
            >
              <span className="size-3.5 rounded-full bg-line" />
              <span className="h-2 w-12 rounded-2 bg-line" />
              <span className="h-2 w-[56%] rounded-2 bg-line" />
            </div>
          ) : (
            <RequestRow
              key={key}
              request={request}
              people={presences.get(request.id)}
              category={nameOf(request.category)}
              byActivity={byActivity}
              rowIndex={index + 1}
              top={start}
              height={height}
              narrow={narrow}
              isHere={request.id === here}
              isSelected={selection.ids.has(request.id)}
              onGoTo={onGoTo}
              onOpen={onOpen}
              onToggle={selection.toggle}
            />
          );
        })}
      </div>
    </div>
  );
}

/** Unlike the virtualizer's own, it reads no size before the browser has laid out the page. */
function onResize(
  { scrollElement }: Virtualizer<HTMLDivElement, Element>,
  tell: (size: { width: number; height: number }) => void,
): () => void {
  const observer = new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    tell({ width: Math.round(width), height: Math.round(height) });
  });
  if (scrollElement !== null) observer.observe(scrollElement);
  return () => observer.disconnect();
}

/** Scrolls no further than it takes: all rows are of one height. */
function bringIntoView(element: HTMLElement, top: number, height: number): void {
  const { scrollTop, clientHeight } = element;
  if (top < scrollTop) element.scrollTop = top - PADDING;
  else if (top + height > scrollTop + clientHeight) element.scrollTop = top + height - clientHeight;
}
