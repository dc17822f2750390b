import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksBelow } from "./blocks.ts";

describe("the blocks below a number", () => {
  it("are small at first, then larger, down to the first number", () => {
    const marks = [...blocksBelow(3_000_000)].map(({ mark }) => mark.slice(0, 2));
    const counts = ["@a", "@b", "@c"].map((size) => marks.filter((mark) => mark === size).length);
    expect(counts).toEqual([10, 13, 44]);
    expect(marks).toEqual(marks.toSorted());
  });

  it("hold every lower number once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (below) => {
        let top = below - 1;
        for (const { mark, low } of blocksBelow(below)) {
          const bits = { a: 10, b: 13, c: 16 }[mark[1] as "a" | "b" | "c"];
          const block = Number(mark.slice(2));
          expect({ low, block: top >> bits }).toEqual({ low: block << bits, block });
          top = low - 1;
        }
        expect(top).toBeLessThanOrEqual(0);
      }),
      { numRuns: 10 },
    );
  });
});
