import { setTimeout as pause } from "node:timers/promises";
import { cpuOfTree } from "./processes.ts";

/** Below this share of a core, nothing but timers runs. */
const IDLE_SHARE = 0.06;
const DEFAULT_MS = 3_000;
/** Then it works for some other reason. */
const PATIENCE_MS = 600_000;

/** Waits until a process and those that it started have nothing to do, as far as their CPU time shows. */
export async function untilIdle(pid: number, forMs = DEFAULT_MS): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const before = cpuOfTree(pid);
    await pause(forMs);
    const after = cpuOfTree(pid);
    if (before === null || after === null || (after - before) / forMs < IDLE_SHARE) return;
  }
}
