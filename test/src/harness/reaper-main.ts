/**
 * Kills the processes and removes the folders that its parent leaves, once the parent is gone, however it ended.
 * Reads one line of JSON per change: see `Change`.
 */
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { Change } from "./child-process.ts";

const running = new Map<number, NodeJS.Signals>();
const folders: string[] = [];

// Ctrl+C reaches the whole process group, and this process must outlive the others.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

function kill(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

async function clean(): Promise<void> {
  for (const [target, signal] of running) kill(target, signal);
  const end = performance.now() + 10_000;
  while ([...running.keys()].some((target) => kill(target, 0)) && performance.now() < end) {
    await pause(50);
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit();
}

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const change = JSON.parse(line) as Change;
    if ("started" in change) running.set(change.started, change.signal);
    else if ("ended" in change) running.delete(change.ended);
    else folders.push(change.folder);
  })
  .on("close", clean);
