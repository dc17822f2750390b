import { setTimeout as pause } from "node:timers/promises";
import type { Caller } from "./caller.ts";
import type { Tally } from "./tally.ts";

/** How many calls can be under way; further ones wait, and their waiting counts. */
export const OPEN_CONNECTIONS = 64;
/** After the last call was due. */
const PATIENCE_MS = 20_000;

/**
 * Calls that are due at a fixed rate. The latency of each counts from when it was due, so that a stall of the service
 * shows in every call that it delays. What is not begun after a while is counted as `not begun`.
 */
export async function openLoop(
  caller: Caller,
  tally: Tally,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<void> {
  const startedAt = performance.now();
  const total = Math.round(rate * seconds);
  const dueAt = (call: number) => startedAt + (call * 1_000) / rate;
  const free = Array.from({ length: OPEN_CONNECTIONS }, (_, connection) => connection);
  const limit = dueAt(total) + PATIENCE_MS;
  const underWay = new Set<Promise<void>>();
  let isExhausted = false;
  let next = 0;
  const begin = () => {
    while (next < total && dueAt(next) <= performance.now() && !isExhausted) {
      const connection = free.pop();
      if (connection === undefined) return;
      const since = dueAt(next);
      const sent = caller.send(connection, next++);
      if (sent === null) {
        isExhausted = true;
        return;
      }
      const ended = sent.then((answer) => {
        tally.add(answer, since);
        free.push(connection);
        underWay.delete(ended);
        begin();
      });
      underWay.add(ended);
    }
  };
  while (next < total && !isExhausted && performance.now() < limit) {
    begin();
    await pause(1);
  }
  await Promise.all(underWay);
  for (; next < total && !isExhausted; next += 1) {
    tally.add({ status: "not begun", bytes: null }, dueAt(next));
  }
}
