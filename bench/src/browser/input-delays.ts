import type { BarePage } from "./bare-browser.ts";

/** Milliseconds, of every key, click and turn of the wheel. */
export interface InputDelays {
  /** From the input to the first listener. */
  delays: number[];
  /** From the input to the next frame, of those that took 16 ms or more: https://www.w3.org/TR/event-timing/ */
  toNextPaint: number[];
}

interface Recording {
  recordedInputs: InputDelays;
}

/** Records what the page's inputs waited for, from its next load on. */
export async function recordInputDelays(page: BarePage): Promise<void> {
  await page.addInitScript(() => {
    const recorded: InputDelays = { delays: [], toNextPaint: [] };
    (globalThis as unknown as Recording).recordedInputs = recorded;
    for (const type of ["keydown", "pointerdown", "wheel"]) {
      const note = ({ timeStamp }: Event) => recorded.delays.push(performance.now() - timeStamp);
      addEventListener(type, note, { capture: true, passive: true });
    }
    const observer = new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) {
        if (name === "keydown" || name === "pointerdown") recorded.toNextPaint.push(duration);
      }
    });
    observer.observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
}

/** Takes what was recorded since the last time. */
export function takeInputDelays(page: BarePage): Promise<InputDelays> {
  return page.evaluate(`{
    const taken = { ...recordedInputs };
    recordedInputs.delays = [];
    recordedInputs.toNextPaint = [];
    taken;
  }`);
}
