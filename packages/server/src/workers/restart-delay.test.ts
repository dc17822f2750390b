import { expect, it } from "vitest";
import { restartDelay } from "./restart-delay.ts";

it.each([
  { livedMs: 60_000, deaths: 7, delayMs: 0, counted: 1 },
  { livedMs: 30_000, deaths: 1, delayMs: 0, counted: 1 },
  { livedMs: 29_999, deaths: 0, delayMs: 100, counted: 1 },
  { livedMs: 0, deaths: 1, delayMs: 200, counted: 2 },
  { livedMs: 0, deaths: 5, delayMs: 3_200, counted: 6 },
  { livedMs: 0, deaths: 6, delayMs: 5_000, counted: 7 },
  { livedMs: 0, deaths: 2_000, delayMs: 5_000, counted: 2_001 },
])(
  "waits $delayMs ms for another worker after $livedMs ms and $deaths quick deaths",
  ({ livedMs, deaths, delayMs, counted }) => {
    expect(restartDelay(livedMs, deaths)).toEqual({ delayMs, deaths: counted });
  },
);
