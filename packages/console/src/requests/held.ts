interface Held {
  timer: ReturnType<typeof setTimeout>;
  run: () => void;
}

const held = new Map<string, Held>();

/**
 * Holds a final command back, so that it can be undone.
 * @returns a function that undoes it; undefined: it is held already
 */
export function hold(id: string, run: () => void, ms: number): (() => void) | undefined {
  if (held.has(id)) return undefined;
  const now = () => {
    held.delete(id);
    run();
  };
  held.set(id, { timer: setTimeout(now, ms), run: now });
  return () => {
    clearTimeout(held.get(id)?.timer);
    held.delete(id);
  };
}

// Leaving is not undoing.
addEventListener("pagehide", () => {
  for (const { timer, run } of [...held.values()]) {
    clearTimeout(timer);
    run();
  }
});
