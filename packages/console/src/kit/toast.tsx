import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button as AriaButton } from "react-aria-components";
import { createPortal } from "react-dom";

export interface Toast {
  id: number;
  text: string;
  act?: { label: string; onPress: () => void } | undefined;
}

const SHOWN_MS = 10_000;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/**
 * Says what was done, for 10 seconds, with one act at most.
 * @returns a function that takes it away.
 */
export function toast(text: string, act?: Toast["act"], shownMs = SHOWN_MS): () => void {
  last += 1;
  const id = last;
  change([...toasts.slice(-2), { id, text, act }]);
  const close = () => change(toasts.filter((other) => other.id !== id));
  setTimeout(close, shownMs);
  return close;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where toasts appear: at the bottom left, above dialogs, which they leave open; read out by screen readers. */
export function Toasts({ label, closeLabel }: { label: string; closeLabel: string }) {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return createPortal(
    <section
      aria-label={label}
      aria-live="polite"
      data-react-aria-top-layer="true"
      className="pointer-events-none fixed bottom-4 left-4 in-[:has([data-composer=closed])]:bottom-20 in-[:has([data-composer=open])]:bottom-52 max-split:in-[:not(:has([data-composer]))]:bottom-18 z-(--z-toast) grid max-w-[calc(100vw-2rem)] justify-items-start gap-2 split:left-[calc(var(--nav)+1rem)]"
    >
      {shown.map(({ id, text, act }) => (
        <div
          key={id}
          className="appear pointer-events-auto flex min-h-10 items-center gap-3 rounded-6 bg-ink py-1.5 pr-2 pl-3.5 text-sheet shadow-pop"
        >
          <span>{text}</span>
          {act === undefined ? null : (
            <AriaButton
              onPress={() => {
                change(toasts.filter((other) => other.id !== id));
                act.onPress();
              }}
              className="h-7 rounded-4 border outline-current border-[color-mix(in_srgb,var(--color-sheet)_45%,transparent)] px-2.5 font-medium"
            >
              {act.label}
            </AriaButton>
          )}
          <AriaButton
            aria-label={closeLabel}
            onPress={() => change(toasts.filter((other) => other.id !== id))}
            className="grid size-6 place-items-center outline-current"
          >
            <X aria-hidden="true" className="size-3.5" />
          </AriaButton>
        </div>
      ))}
    </section>,
    document.body,
  );
}
