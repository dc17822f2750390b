import type { ServiceRequestSummary, Status } from "@serviceflow/sdk";
import { type FocusEvent, type RefObject, useEffect, useRef, useState } from "react";

/** React Aria moves the focus into the column that was dropped on, 50 ms after the drop. */
const SETTLED_MS = 60;

/** Keeps the focus on a card that was moved by keys until it is in its new column or the focus is moved elsewhere. */
export function useFocusAlong(
  board: RefObject<HTMLElement | null>,
  {
    ids,
    isBusy,
  }: {
    ids: Partial<Record<Status, readonly string[]>>;
    /** Whether a card moves, or a dialog asks about it. */
    isBusy: boolean;
  },
) {
  const [dropped, setDropped] = useState<{ id: string; to: Status; at: number } | undefined>();
  const isFollowing = useRef(false);
  const focused = useRef<HTMLElement>(undefined);
  useEffect(() => {
    if (dropped === undefined || isBusy) return;
    const { id, to } = dropped;
    const focus = () => {
      const { activeElement } = document;
      const isElsewhere =
        activeElement !== document.body && !board.current?.contains(activeElement);
      if (!isFollowing.current || isElsewhere) return;
      // In two columns while one of them is stale; cards move to the right.
      const shown = `[role="row"][data-key="${CSS.escape(id)}"]`;
      const cards = board.current?.querySelectorAll<HTMLElement>(shown);
      focused.current = [...(cards ?? [])].at(-1);
      focused.current?.focus();
      if (ids[to]?.includes(id)) isFollowing.current = false;
    };
    focus();
    const timer = setTimeout(focus, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [board, dropped, isBusy, ids]);
  const letGo = () => {
    isFollowing.current = false;
  };
  return {
    followed: dropped?.id,
    follow: ({ id }: ServiceRequestSummary, to: Status) => {
      isFollowing.current = true;
      focused.current = undefined;
      setDropped({ id, to, at: performance.now() });
    },
    letGo,
    onFocus: ({ target }: FocusEvent) => {
      // React Aria also moves the focus when the card leaves its column.
      const isStill = focused.current?.isConnected === true;
      const isSettled = dropped !== undefined && performance.now() - dropped.at > SETTLED_MS;
      if (isStill && isSettled && !focused.current?.contains(target)) letGo();
    },
  };
}
