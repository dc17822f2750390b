import { readFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright-core";

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

export async function openMemoryMeter(page: Page): Promise<MemoryMeter> {
  const session = await page.context().newCDPSession(page);
  const browser = page.context().browser();
  const ofBrowser = browser ? await browser.newBrowserCDPSession() : null;
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    async read() {
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
      return {
        heap: metric("JSHeapUsedSize") / MIB,
        process: await privateMemory(ofBrowser),
        nodes: metric("Nodes"),
        listeners: metric("JSEventListeners"),
        busy: metric("TaskDuration"),
      };
    },
  };
}

/** Of the busiest page of the browser, which is the only one that does anything. */
async function privateMemory(browser: CDPSession | null): Promise<number | null> {
  if (browser === null) return null;
  const { processInfo } = (await browser.send("SystemInfo.getProcessInfo")) as {
    processInfo: ProcessInfo[];
  };
  const [page] = processInfo
    .filter(({ type }) => type === "renderer")
    .sort((a, b) => b.cpuTime - a.cpuTime);
  try {
    const status = readFileSync(`/proc/${page?.id}/status`, "utf8");
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    return (kib("RssAnon") + kib("VmSwap")) / 1024;
  } catch {
    return null;
  }
}
