import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  type FocusEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";

const OVERSCAN = 12;
/** With more than so much below it in pixels, a list does not end its page. */
const ROOM_BELOW = 100;
const NONE: readonly number[] = [];
const PHONE = matchMedia("(width < 700px)");

/** Whether rows have two lines. */
export function usePhone(): boolean {
  return useSyncExternalStore(
    (listener) => {
      PHONE.addEventListener("change", listener);
      return () => PHONE.removeEventListener("change", listener);
    },
    () => PHONE.matches,
  );
}

/** The uppermost row in sight when a list was left, by the entry of the browser’s history and the list’s name. */
const left = new Map<string, number>();

/**
 * Which rows of a long list are in the page: those in sight, some beside them, and the one that has the focus or had it last.
 * They lie in the nearest element that has `data-scroll`.
 */
export function useVirtualRows<List extends HTMLElement>({
  name,
  count,
  height,
  kept = NONE,
  fromTop = false,
  onShow,
}: {
  /** Under which one who comes back finds the place again. */
  name: string;
  count: number;
  /** About how high a row is; those in the page are measured. */
  height: number;
  /** Rows that are in the page wherever one is. */
  kept?: readonly number[];
  /** Whether it begins at its top, even where it was left further down. */
  fromTop?: boolean;
  /** Called with the rows that are in the page, whenever those change. */
  onShow?: ((from: number, to: number) => void) | undefined;
}) {
  const list = useRef<List>(null);
  const focused = useRef(-1);
  const keptRows = JSON.stringify(kept);
  const [above, setAbove] = useState(0);
  const virtual = useVirtualizer<HTMLElement, HTMLElement>({
    count,
    getScrollElement: () => list.current?.closest<HTMLElement>("[data-scroll]") ?? null,
    estimateSize: () => height,
    scrollMargin: above,
    overscan: OVERSCAN,
    rangeExtractor: useMemo(() => {
      const always: number[] = JSON.parse(keptRows);
      return (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const shown = new Set(defaultRangeExtractor(range));
        for (const row of [focused.current, ...always])
          if (row >= 0 && row < range.count) shown.add(row);
        return [...shown].sort((a, b) => a - b);
      };
    }, [keptRows]),
  });
  useLayoutEffect(() => {
    const scroll = list.current?.closest("[data-scroll]");
    if (list.current === null || scroll === null || scroll === undefined) return;
    const { top } = list.current.getBoundingClientRect();
    const now = Math.round(top - scroll.getBoundingClientRect().top + scroll.scrollTop);
    // How far it is scrolled is a fraction, which it may be drawn without: measured again, it can be a pixel off each time.
    if (Math.abs(now - above) > 1) setAbove(now);
  });
  const { startIndex = 0, endIndex = 0 } = virtual.range ?? {};
  useEffect(() => {
    onShow?.(Math.max(0, startIndex - OVERSCAN), Math.min(count, endIndex + 1 + OVERSCAN));
  });
  const place = useRef(`${history.state?.__TSR_index} ${name}`);
  const uppermost = useRef(0);
  uppermost.current = startIndex;
  const isFromTop = useRef(fromTop);
  useEffect(() => {
    const key = place.current;
    const index = isFromTop.current ? 0 : (left.get(key) ?? 0);
    // After the router, which puts back how far the rows were scrolled while they had their measured heights.
    const frame = requestAnimationFrame(() => {
      if (index > 0) virtual.scrollToIndex(index, { align: "start" });
    });
    return () => {
      cancelAnimationFrame(frame);
      left.set(key, uppermost.current);
    };
  }, [virtual]);
  // Browsers scroll smoothly to an end, and give up where a row on the way turns out to be of another height.
  const toEnd = useRef((_key: string) => {});
  toEnd.current = (key) => {
    if (key === "Home") virtual.scrollToOffset(0);
    else virtual.scrollToIndex(count - 1, { align: "end" });
  };
  useEffect(() => {
    const scroll = list.current?.closest<HTMLElement>("[data-scroll]");
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
      if (!isPlain || event.defaultPrevented || !["Home", "End"].includes(event.key)) return;
      if ((event.target as HTMLElement).closest("input, textarea, select")) return;
      const { currentTarget } = event;
      if (event.key === "End" && roomBelow(list.current, currentTarget) > ROOM_BELOW) return;
      event.preventDefault();
      toEnd.current(event.key);
    };
    scroll?.addEventListener("keydown", onKeyDown);
    return () => scroll?.removeEventListener("keydown", onKeyDown);
  }, []);
  const items = virtual.getVirtualItems();
  return {
    list,
    measure: virtual.measureElement,
    bringIntoView: useCallback(
      (index: number) => virtual.scrollToIndex(index, { align: "auto" }),
      [virtual],
    ),
    /** The row a page below or above one that is in the page. */
    pageFrom: useCallback(
      (index: number, to: "below" | "above") => {
        const row = virtual.getVirtualItems().find((item) => item.index === index);
        const page = virtual.scrollElement?.clientHeight ?? 0;
        if (row === undefined) return index;
        if (to === "below") {
          const edge = row.start + page;
          const at = virtual.getVirtualItemForOffset(edge);
          const last = at === undefined ? index : at.end <= edge ? at.index : at.index - 1;
          return Math.min(Math.max(last, index + 1), virtual.options.count - 1);
        }
        const edge = row.end - page;
        const at = virtual.getVirtualItemForOffset(edge);
        const first = at === undefined ? index : at.start >= edge ? at.index : at.index + 1;
        return Math.max(Math.min(first, index - 1), 0);
      },
      [virtual],
    ),
    /** Each with the room that is empty before it. */
    items: items.map(({ index, start }, at) => ({
      index,
      gap: start - (items[at - 1]?.end ?? above),
    })),
    /** The room that is empty after the last of them. */
    rest: virtual.getTotalSize() + above - (items.at(-1)?.end ?? above),
    onFocus: ({ target }: FocusEvent) => {
      const index = target.closest<HTMLElement>("[data-index]")?.dataset.index;
      focused.current = index === undefined ? -1 : Number(index);
    },
  };
}

function roomBelow(list: HTMLElement | null, scroll: EventTarget | null): number {
  if (list === null || !(scroll instanceof HTMLElement)) return 0;
  const { bottom } = list.getBoundingClientRect();
  return scroll.scrollHeight - scroll.scrollTop - (bottom - scroll.getBoundingClientRect().top);
}
