import { setTimeout as pause } from "node:timers/promises";
import { LONG } from "./long-run.ts";

/** How long a test waits for what must come, even on a machine that is busy with other work. */
const PATIENCE_MS = LONG ? 900_000 : 120_000;
const POLL_MS = 10;

/** Waits for a promise. The error says what did not come. */
export async function waitFor<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited in vain for ${what}`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until a condition holds. The error says what did not come. */
export async function waitUntil(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}`);
    await pause(POLL_MS);
  }
}
