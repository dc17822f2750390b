const STABLE_MS = 30_000;
const FIRST_MS = 100;
const MAX_MS = 5_000;

/**
 * How long to wait before a worker that died is replaced: longer each time it dies soon after its start.
 * @param deaths how often that happened in succession before
 */
export function restartDelay(livedMs: number, deaths: number): { delayMs: number; deaths: number } {
  if (livedMs >= STABLE_MS) return { delayMs: 0, deaths: 1 };
  return { delayMs: Math.min(MAX_MS, FIRST_MS * 2 ** deaths), deaths: deaths + 1 };
}
