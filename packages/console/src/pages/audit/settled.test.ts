import { describe, expect, it } from "vitest";
import { settled } from "./settled.ts";

const log = (...ids: string[]) => ids.map((id) => ({ id }));

describe("a log that grows", () => {
  it.each([
    ["shows all at first", ["3", "2", "1"], undefined, ["3", "2", "1"], 0],
    ["stays as it is", ["3", "2", "1"], "3", ["3", "2", "1"], 0],
    ["keeps what is new waiting", ["5", "4", "3", "2"], "3", ["3", "2"], 2],
    ["shows all when its top is gone", ["9", "8"], "3", ["9", "8"], 0],
    ["shows nothing of nothing", [], "3", [], 0],
  ])("%s", (_, ids, top, rows, waiting) => {
    expect(settled(log(...ids), top)).toEqual({ rows: log(...rows), waiting });
  });
});
