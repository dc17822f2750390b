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

function watcher(publish: (inSight: ReadonlySet<string>) => void): BoardPresence["watch"] {
  const ids = new WeakMap<Element, string>();
  const inSight = new Set<string>();
  let isDue = false;
  // Later, and all at once: cards come and go while the board is drawn.
  const note = (id: string | undefined, isInSight: boolean) => {
    if (id === undefined || inSight.has(id) === isInSight) return;
    if (isInSight) inSight.add(id);
    else inSight.delete(id);
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      publish(new Set(inSight));
    });
  };
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) note(ids.get(target), isIntersecting);
  });
  return (element, id) => {
    ids.set(element, id);
    observer.observe(element);
    return () => {
      observer.unobserve(element);
      note(id, false);
    };
  };
}
