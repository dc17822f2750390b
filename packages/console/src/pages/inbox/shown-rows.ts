import { useState } from "react";

interface Identified {
  id: string;
}

interface Shown<Item> {
  /** Of which list. */
  list: string;
  items: readonly Item[];
}

/**
 * Keeps a list still while its data moves: what is shown stays where it is and is written anew in place, what comes further
 * down is appended, and what is new above waits until it is asked for.
 * @param list what the list is of; another one is shown as it comes.
 */
export function useShownRows<Item extends Identified>(
  list: string,
  items: readonly Item[] | undefined,
): { rows: readonly Item[]; waiting: number; showWaiting: () => void } {
  const [shown, setShown] = useState<Shown<Item> | undefined>();
  if (items === undefined) return { rows: [], waiting: 0, showWaiting: () => {} };
  const before = shown?.list === list ? shown.items : undefined;
  const next = before === undefined ? items : merge(before, items);
  if (next !== before) setShown({ list, items: next });
  const known = new Set(next.map(({ id }) => id));
  return {
    rows: next,
    waiting: items.filter(({ id }) => !known.has(id)).length,
    showWaiting: () => setShown({ list, items }),
  };
}

/** @returns the same array when nothing of it has changed. */
export function merge<Item extends Identified>(
  shown: readonly Item[],
  items: readonly Item[],
): readonly Item[] {
  const fresh = new Map(items.map((item) => [item.id, item]));
  const known = new Set(shown.map(({ id }) => id));
  const lastKnown = items.findLastIndex(({ id }) => known.has(id));
  const below = lastKnown === -1 && shown.length > 0 ? [] : items.slice(lastKnown + 1);
  const rows = shown.map((row) => fresh.get(row.id) ?? row);
  if (below.length === 0 && rows.every((row, index) => row === shown[index])) return shown;
  return [...rows, ...below];
}
