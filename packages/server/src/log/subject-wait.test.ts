import { expect, it } from "vitest";
import { uuidv7 } from "../db/uuidv7.ts";
import type { EntryRow } from "./chain-rows.ts";
import { SubjectWait } from "./subject-wait.ts";
import type { Subjects } from "./subjects.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const SECOND = 1_000;
const STEP = 5 * SECOND;
const GIVES_UP = 300 * SECOND;

/** Entries by what they name. */
const entriesOf = (...names: string[]) =>
  names.map((name, index) => {
    const id = uuidv7(START, new Uint8Array(10).fill(index));
    return {
      seq: String(index),
      id,
      action: "request.created",
      serviceRequestId: name,
    } as EntryRow;
  });

function seeing(...seen: string[]): Subjects {
  const missing = ({ serviceRequestId }: EntryRow) =>
    seen.includes(serviceRequestId ?? "") ? null : serviceRequestId;
  return { numbers: new Map(), missing };
}

/** How many entries are ready at each moment, seconds from the start. */
function readyAt(wait: SubjectWait, rows: EntryRow[], moments: number[], seen: string[] = []) {
  return moments.map(
    (moment) => wait.ready(rows, seeing(...seen), new Date(START + moment * SECOND)).length,
  );
}

/** Looks every five seconds. */
function lookFor(wait: SubjectWait, rows: EntryRow[], from: number, ms: number): number {
  let ready = 0;
  for (let at = from; at <= from + ms; at += STEP) {
    ready = wait.ready(rows, seeing(), new Date(START + at)).length;
  }
  return ready;
}

function logOf(wait: SubjectWait): string[] {
  const lines: string[] = [];
  wait.report({ warn: (fields: object) => lines.push(JSON.stringify(fields)) } as never);
  return lines;
}

it("stops before the first entry that names what cannot be seen, and goes on when it can", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a", "b", "a", "c");
  expect(readyAt(wait, rows, [0], ["a", "c"])).toEqual([1]);
  expect(readyAt(wait, rows, [0.1], ["a", "b"])).toEqual([3]);
  expect(readyAt(wait, rows, [0.2], ["a", "b", "c"])).toEqual([4]);
});

it("gives up after five minutes of looking, for all that was missing at once, and for each of their entries", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a", "b", "a");
  expect(lookFor(wait, rows, 0, GIVES_UP - STEP)).toBe(0);
  expect(lookFor(wait, rows, GIVES_UP, 0)).toBe(3);
  expect(lookFor(wait, entriesOf("b", "a", "new"), GIVES_UP + STEP, 0)).toBe(2);
});

it("does not count the time in which nobody could look", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a");
  expect(readyAt(wait, rows, [0, 3_600, 7_200])).toEqual([0, 0, 0]);
  expect(lookFor(wait, rows, 7_205 * SECOND, GIVES_UP - 4 * STEP)).toBe(0);
  expect(lookFor(wait, rows, 7_600 * SECOND, STEP)).toBe(1);
});

it("is not confused by a clock that is set back", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a");
  expect(readyAt(wait, rows, [10, 0, 10])).toEqual([0, 0, 0]);
  expect(wait.isLong).toBe(true);
  expect(wait.isDue(new Date(START))).toBe(true);
});

it("looks at once for what is just being committed, and once a second for what is late", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a");
  const isDue = (seconds: number) => wait.isDue(new Date(START + seconds * SECOND));
  expect(isDue(0)).toBe(true);
  readyAt(wait, rows, [0, 0.5]);
  expect([isDue(0.5), wait.isLong]).toEqual([true, false]);
  readyAt(wait, rows, [1.5]);
  expect([isDue(1.6), isDue(2.5), wait.isLong]).toEqual([false, true, true]);
  readyAt(wait, rows, [2.5], ["a"]);
  expect([isDue(2.5), wait.isLong]).toEqual([true, false]);
});

it("logs a long wait once, and once more when it gives up", () => {
  const wait = new SubjectWait();
  const rows = entriesOf("a");
  lookFor(wait, rows, 0, STEP);
  expect(logOf(wait)).toEqual([]);
  lookFor(wait, rows, 2 * STEP, 0);
  expect(logOf(wait)).toEqual([expect.stringContaining('"missing":"a","waitedSeconds":10')]);
  lookFor(wait, rows, 3 * STEP, GIVES_UP);
  expect(logOf(wait)).toEqual([expect.stringContaining('"waitedSeconds":300')]);
  lookFor(wait, rows, 4 * STEP + GIVES_UP, STEP);
  expect(logOf(wait)).toEqual([]);
});
