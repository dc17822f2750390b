const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` when the signal aborts, or at once if it has. However many calls share a signal, it has one listener:
 * Node 20 warns of a leak at eleven. `AbortSignal.any` would spare the listener, but Node 20 never frees what it makes.
 * @returns a function that removes the listener
 */
export function whenAborted(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  const listeners = listenersOf.get(signal) ?? new Set();
  if (listeners.size === 0) {
    listenersOf.set(signal, listeners);
    signal.addEventListener("abort", callAll);
  }
  listeners.add(listener);
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    listenersOf.delete(signal);
    signal.removeEventListener("abort", callAll);
  };
}

function callAll({ target }: Event): void {
  for (const listener of [...(listenersOf.get(target as AbortSignal) ?? [])]) listener();
}
