import { useEffect, useState } from "react";

/** Counts down the seconds that a server asks to wait; 0: one may go on. */
export function useWait(ms: number | undefined, since: unknown): number {
  const [until, setUntil] = useState(0);
  const [, tick] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each failure begins a wait of its own
  useEffect(() => {
    setUntil(ms === undefined ? 0 : Date.now() + ms);
  }, [ms, since]);
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1_000));
  useEffect(() => {
    if (left === 0) return;
    const timer = setTimeout(() => tick((count) => count + 1), 1_000);
    return () => clearTimeout(timer);
  });
  return left;
}
