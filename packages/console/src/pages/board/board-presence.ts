import type { PresentPerson } from "@serviceflow/sdk";
import { createContext, use, useCallback, useMemo, useState } from "react";
import { usePresences } from "../../requests/use-presences.ts";

interface BoardPresence {
  presences: ReadonlyMap<string, readonly PresentPerson[]>;
  /** Notes whether the card of a request is in sight, by an element of it. */
  watch: (element: Element, id: string) => () => void;
}

const Context = createContext<BoardPresence>({ presences: new Map(), watch: () => () => {} });
export const BoardPresenceProvider = Context.Provider;

/** The others on the request of a card, and the ref of what has to be in sight for that. */
export function useCardPresence(id: string) {
  const { presences, watch } = use(Context);
  const ref = useCallback(
    (element: HTMLElement | null) => (element === null ? undefined : watch(element, id)),
    [watch, id],
  );
  return { people: presences.get(id) ?? [], ref };
}

/**
 * Asks who else is on the cards in sight, of all columns at once.
 * @param ids of all cards, those first that matter most
 */
export function useBoardPresence(ids: readonly string[]): BoardPresence {
  const [inSight, setInSight] = useState<ReadonlySet<string>>(new Set());
  const [watch] = useState(() => watcher(setInSight));
  const presences = usePresences(ids.filter((id) => inSight.has(id)));
  return useMemo(() => ({ presences, watch }), [presences, watch]);
}

function watcher(
  update: (change: (before: ReadonlySet<string>) => ReadonlySet<string>) => void,
): BoardPresence["watch"] {
  const ids = new WeakMap<Element, string>();
  const note = (changes: readonly { id: string | undefined; isInSight: boolean }[]) =>
    update((before) => {
      const after = new Set(before);
      for (const { id = "", isInSight } of changes) {
        if (isInSight) after.add(id);
        else after.delete(id);
      }
      return after;
    });
  const observer = new IntersectionObserver((entries) =>
    note(
      entries.map(({ target, isIntersecting }) => ({
        id: ids.get(target),
        isInSight: isIntersecting,
      })),
    ),
  );
  return (element, id) => {
    ids.set(element, id);
    observer.observe(element);
    return () => {
      observer.unobserve(element);
      note([{ id, isInSight: false }]);
    };
  };
}
