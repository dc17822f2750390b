import { describe, expect, it } from "vitest";
import { attemptMarks } from "./attempt-marks.ts";

describe("the attempts of a delivery", () => {
  it.each([
    ["PENDING", 0, ["waiting"]],
    ["PENDING", 2, ["failed", "failed", "waiting"]],
    ["DELIVERED", 1, ["arrived"]],
    ["DELIVERED", 3, ["failed", "failed", "arrived"]],
    ["FAILED", 2, ["failed", "failed"]],
    ["REPLACED", 1, ["failed", "replaced"]],
    ["DELIVERED", 0, ["arrived"]],
    ["FAILED", 12, ["failed", "failed", "failed"]],
    ["PENDING", 11, ["failed", "failed", "waiting"]],
  ] as const)("%s after %s are %j", (status, attempts, marks) => {
    expect(attemptMarks({ status, attempts })).toEqual(marks);
  });
});
