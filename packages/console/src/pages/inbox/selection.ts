import { useMemo, useState } from "react";

export interface Selection {
  ids: ReadonlySet<string>;
  toggle(id: string): void;
  add(ids: readonly string[]): void;
  set(ids: readonly string[]): void;
}

/** The rows that are selected, of one list. The functions stay the same, so that rows need not render again. */
export function useSelection(list: string): Selection {
  const [state, setState] = useState<{ list: string; ids: ReadonlySet<string> }>({
    list,
    ids: new Set(),
  });
  const acts = useMemo(() => {
    const change = (next: (ids: ReadonlySet<string>) => Iterable<string>) =>
      setState((before) => ({
        list,
        ids: new Set(next(before.list === list ? before.ids : new Set())),
      }));
    return {
      toggle: (id: string) =>
        change((ids) => (ids.has(id) ? [...ids].filter((other) => other !== id) : [...ids, id])),
      add: (added: readonly string[]) => change((ids) => [...ids, ...added]),
      set: (next: readonly string[]) => change(() => next),
    };
  }, [list]);
  return useMemo(
    () => ({ ids: state.list === list ? state.ids : new Set<string>(), ...acts }),
    [state, list, acts],
  );
}
