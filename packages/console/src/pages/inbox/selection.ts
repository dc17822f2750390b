import { useState } from "react";

export interface Selection {
  ids: ReadonlySet<string>;
  toggle(id: string): void;
  add(id: string): void;
  set(ids: readonly string[]): void;
}

/** The rows that are selected, of one list. */
export function useSelection(list: string): Selection {
  const [state, setState] = useState<{ list: string; ids: ReadonlySet<string> }>({
    list,
    ids: new Set(),
  });
  const ids = state.list === list ? state.ids : new Set<string>();
  const set = (next: Iterable<string>) => setState({ list, ids: new Set(next) });
  return {
    ids,
    toggle: (id) => set(ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id]),
    add: (id) => set([...ids, id]),
    set,
  };
}
