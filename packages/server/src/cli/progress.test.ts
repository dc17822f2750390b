import { expect, it } from "vitest";
import { progressLine } from "./progress.ts";

it.each([
  [0, 1000, 0, "[------------------------------] 0 %  0 of 1,000 entries  0/s  "],
  [500, 1000, 2, "[###############---------------] 50 %  500 of 1,000 entries  250/s  2 s left"],
  [
    1000,
    1000,
    2,
    "[##############################] 100 %  1,000 of 1,000 entries  500/s  0 s left",
  ],
  [0, 0, 1, "[##############################] 100 %  0 of 0 entries  0/s  "],
])("shows %i of %i after %i s", (done, total, seconds, line) => {
  expect(progressLine(done, total, seconds)).toBe(line);
});
