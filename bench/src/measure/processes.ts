import { readFileSync, writeFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second. */
const MS_PER_TICK = 10;

/**
 * CPU time in milliseconds of a process, its descendants, and those of them that have ended.
 * Null: this is not Linux, or the process is not on this machine.
 */
export function cpuOfTree(pid: number): number | null {
  for (;;) {
    const tree = treeOf(pid);
    const all = tree.map(ticksOf).filter((ticks) => ticks !== null);
    if (all.length === 0) return null;
    // One that ended meanwhile would be counted twice, or not at all.
    if (String(treeOf(pid)) === String(tree)) return sumOf(all) * MS_PER_TICK;
  }
}

/** Resident memory in bytes of a process and its descendants: now, and at its highest. */
export function memoryOfTree(pid: number): { now: number; peak: number } | null {
  const all = treeOf(pid).flatMap((each) => {
    const status = read(`/proc/${each}/status`);
    return status === null
      ? []
      : [{ now: kilobytes(status, "VmRSS"), peak: kilobytes(status, "VmHWM") }];
  });
  if (all.length === 0) return null;
  return { now: sumOf(all.map(({ now }) => now)), peak: sumOf(all.map(({ peak }) => peak)) };
}

/** Begins a new peak. */
export function resetPeak(pid: number): void {
  for (const each of treeOf(pid)) {
    try {
      writeFileSync(`/proc/${each}/clear_refs`, "5");
    } catch {
      // It has ended, or is not ours: its peak counts from its start.
    }
  }
}

/** The process that started another one. */
export function parentOf(pid: number): number | null {
  const fields = statOf(pid);
  return fields ? Number(fields[1]) : null;
}

function treeOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`) ?? "";
  const started = children.split(" ").filter((each) => each !== "");
  return [pid, ...started.flatMap((child) => treeOf(Number(child)))];
}

/** Its own, and those of the children that it has waited for: a backend that ends is counted there. */
function ticksOf(pid: number): number | null {
  const fields = statOf(pid);
  return fields && sumOf([11, 12, 13, 14].map((field) => Number(fields[field])));
}

/** From the state on: what comes before can contain spaces. */
function statOf(pid: number): string[] | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) * 1024;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
