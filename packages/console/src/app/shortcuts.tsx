import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
} from "react";
import { appearance } from "./appearance.ts";
import { keyOf } from "./key-name.ts";

/** A command that a key runs. */
export interface Shortcut {
  /**
   * By the position of the key, so that it works on any layout: `KeyC`, `Slash`, `Mod+KeyK`, `Shift+KeyJ`, or two in a row,
   * `KeyG KeyB`.
   */
  keys: string;
  /** What the sheet of shortcuts says. */
  label: string;
  run: () => void;
  /** Also while a text field has the focus; only for keys with a modifier. */
  inFields?: boolean;
  /** Also again and again while the key is held. */
  repeats?: boolean;
  /** Before all others of the same key, such as what is selected before the one that one is on. */
  over?: boolean;
}

interface Registry {
  set(id: string, shortcuts: readonly Shortcut[]): void;
  delete(id: string): void;
  all(): readonly Shortcut[];
}

const Context = createContext<Registry | null>(null);
const SEQUENCE_MS = 1_000;

/** Listens to the keyboard once, for all that the pages register. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const sets = useRef(new Map<string, readonly Shortcut[]>());
  const registry = useMemo<Registry>(
    () => ({
      set: (id, shortcuts) => sets.current.set(id, shortcuts),
      delete: (id) => sets.current.delete(id),
      all: () => [...sets.current.values()].flat(),
    }),
    [],
  );
  useEffect(() => {
    let first: { key: string; at: number } | undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || isAsking()) return;
      const key = keyOf(event);
      const sequence =
        first !== undefined && event.timeStamp - first.at < SEQUENCE_MS
          ? `${first.key} ${key}`
          : undefined;
      const found = find(registry.all(), sequence, event) ?? find(registry.all(), key, event);
      first = { key, at: event.timeStamp };
      if (found === undefined || (event.repeat && found.repeats !== true)) return;
      first = undefined;
      event.preventDefault();
      found.run();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [registry]);
  return <Context value={registry}>{children}</Context>;
}

/** Whether a dialog is open: the page under it answers to no key. */
function isAsking(): boolean {
  return document.querySelector("[role=dialog], [role=alertdialog]") !== null;
}

/** The last registered wins: a dialog's before its page's. */
function find(
  shortcuts: readonly Shortcut[],
  keys: string | undefined,
  event: KeyboardEvent,
): Shortcut | undefined {
  if (keys === undefined) return undefined;
  const modified = event.ctrlKey || event.metaKey;
  if (!modified && (appearance().shortcuts === "off" || isField(event.target))) return undefined;
  const fitting = shortcuts.filter(
    (shortcut) => shortcut.keys === keys && (!isField(event.target) || shortcut.inFields === true),
  );
  return fitting.findLast(({ over }) => over === true) ?? fitting.at(-1);
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest("input:not([type=checkbox], [type=radio]), textarea, select") !== null)
  );
}

/** Registers keys while the component is there. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  const registry = useContext(Context);
  const id = useId();
  useEffect(() => {
    registry?.set(id, shortcuts);
  });
  useEffect(() => () => registry?.delete(id), [registry, id]);
}

/** All that is registered now, for the sheet that lists it. */
export function useAllShortcuts(): () => readonly Shortcut[] {
  const registry = useContext(Context);
  return () => registry?.all() ?? [];
}
