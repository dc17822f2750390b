import type { ServiceRequestSummary, Status } from "@serviceflow/sdk";
import { type RefObject, useEffect, useRef, useState } from "react";

/** How long a card that has arrived keeps the focus: React Aria moves it again when a column is drawn again. */
const STAYS_MS = 2_000;

/**
 * Keeps the focus on a card that was moved by keys, in its old column and then in its new one, and a moment longer, or until the next key or press.
 * React Aria moves it too: into the column that was dropped on, a moment after the drop, and to the neighbor of a card that has left.
 */
export function useFocusAlong(
  board: RefObject<HTMLElement | null>,
  /** Whether a card moves, or a dialog asks about it. */
  isBusy: boolean,
) {
  const [dropped, setDropped] = useState<{ id: string; to: Status } | undefined>();
  const isFollowing = useRef(false);
  useEffect(() => {
    const root = board.current;
    if (dropped === undefined || isBusy || root === null) return;
    let arrivedAt = Number.POSITIVE_INFINITY;
    const shown = `[role="row"][data-key="${CSS.escape(dropped.id)}"]`;
    const stop = new AbortController();
    const { signal } = stop;
    const observer = new MutationObserver(() => soon());
    const letGo = () => {
      isFollowing.current = false;
      stop.abort();
      observer.disconnect();
    };
    const stay = () => {
      const { activeElement } = document;
      const isElsewhere = activeElement !== document.body && !root.contains(activeElement);
      if (!isFollowing.current || isElsewhere) return;
      const arrived = root.querySelector<HTMLElement>(`[data-column="${dropped.to}"] ${shown}`);
      if (arrived !== null) arrivedAt = Math.min(arrivedAt, performance.now());
      if (performance.now() - arrivedAt > STAYS_MS) return letGo();
      const card = arrived ?? root.querySelector<HTMLElement>(shown);
      if (card?.contains(activeElement) === false) card.focus();
    };
    let frame = requestAnimationFrame(stay);
    // In the next frame, after React Aria.
    const soon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(stay);
    };
    observer.observe(root, { childList: true, subtree: true });
    for (const event of ["focusin", "focusout"]) document.addEventListener(event, soon, { signal });
    for (const event of ["keydown", "pointerdown"])
      document.addEventListener(event, letGo, { signal, capture: true });
    return () => {
      stop.abort();
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [board, dropped, isBusy]);
  return {
    /** The card that was moved last. */
    followed: dropped?.id,
    follow: ({ id }: ServiceRequestSummary, to: Status) => {
      isFollowing.current = true;
      setDropped({ id, to });
    },
  };
}
