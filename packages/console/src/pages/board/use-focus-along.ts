import type { ServiceRequestSummary, Status } from "@serviceflow/sdk";
import { type RefObject, useEffect, useRef, useState } from "react";

/** React Aria moves the focus into the column that was dropped on, 50 ms after the drop. */
const SETTLED_MS = 60;

/** Keeps the focus on a card that was moved by keys until it is in its new column, or the next key or press. */
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
    const { id, to } = dropped;
    const shown = `[role="row"][data-key="${CSS.escape(id)}"]`;
    const follow = () => {
      const { activeElement } = document;
      const isElsewhere = activeElement !== document.body && !root.contains(activeElement);
      if (!isFollowing.current || isElsewhere) return false;
      const arrived = root.querySelector<HTMLElement>(`[data-column="${to}"] ${shown}`);
      arrived?.focus();
      if (arrived !== null) isFollowing.current = false;
      return arrived === null;
    };
    const stay = () => {
      if (follow()) root.querySelector<HTMLElement>(shown)?.focus();
    };
    stay();
    const timer = setTimeout(stay, SETTLED_MS);
    let frame = 0;
    // In the next frame, as React Aria first moves the focus to the neighbor of a card that has left.
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      if (isFollowing.current) frame = requestAnimationFrame(follow);
      else observer.disconnect();
    });
    observer.observe(root, { childList: true, subtree: true });
    return () => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [board, dropped, isBusy]);
  return {
    followed: dropped?.id,
    follow: ({ id }: ServiceRequestSummary, to: Status) => {
      isFollowing.current = true;
      setDropped({ id, to });
    },
    letGo: () => {
      isFollowing.current = false;
    },
  };
}
