import { readFileSync } from "node:fs";
import type { BarePage } from "./bare-browser.ts";

const MIB = 2 ** 20;

/** MiB. */
interface PageMemory {
  /** Objects of the page's scripts, after garbage collection. */
  heap: number;
  /** Memory of the page's process that it shares with no other: what the browser's task manager shows. Null: not on Linux. */
  process: number | null;
  nodes: number;
  listeners: number;
  /** CPU time of the page's thread so far, in seconds. */
  busy: number;
}

export interface MemoryMeter {
  read(): Promise<PageMemory>;
}

interface ProcessInfo {
  type: string;
  id: number;
  cpuTime: number;
}

interface Metric {
  name: string;
  value: number;
}

export async function openMemoryMeter(page: BarePage): Promise<MemoryMeter> {
  await page.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    async read() {
      await page.send("HeapProfiler.collectGarbage");
      const { metrics } = (await page.send("Performance.getMetrics")) as { metrics: Metric[] };
      const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
      return {
        heap: metric("JSHeapUsedSize") / MIB,
        process: await privateMemory(page),
        nodes: metric("Nodes"),
        listeners: metric("JSEventListeners"),
        busy: metric("TaskDuration"),
      };
    },
  };
}

/** Of the busiest page of the browser, which is the only one that does anything. */
async function privateMemory(page: BarePage): Promise<number | null> {
  const { processInfo } = (await page.sendToBrowser("SystemInfo.getProcessInfo")) as {
    processInfo: ProcessInfo[];
  };
  const [busiest] = processInfo
    .filter(({ type }) => type === "renderer")
    .sort((a, b) => b.cpuTime - a.cpuTime);
  try {
    const status = readFileSync(`/proc/${busiest?.id}/status`, "utf8");
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return (kib("RssAnon") + kib("VmSwap")) / 1024;
  } catch {
    return null;
  }
}
