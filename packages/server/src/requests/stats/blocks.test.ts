import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksOf, DAY_GRAINS, QUARTER_GRAINS } from "./blocks.ts";

describe("the blocks of a range", () => {
  it.each([
    [0, 0, []],
    [5, 5, []],
    [5, 7, [{ grain: 0, from: 5, to: 7 }]],
    [7, 9, [{ grain: 0, from: 7, to: 9 }]],
    [8, 16, [{ grain: 3, from: 1, to: 2 }]],
    [
      7,
      17,
      [
        { grain: 0, from: 7, to: 8 },
        { grain: 0, from: 16, to: 17 },
        { grain: 3, from: 1, to: 2 },
      ],
    ],
    [0, 2 ** 22, [{ grain: 15, from: 0, to: 128 }]],
  ])("from %i to %i", (from, to, blocks) => {
    expect(blocksOf(from, to, DAY_GRAINS)).toEqual(blocks);
  });

  it("hold each of its units once, and are few", () => {
    const ranges = fc.tuple(fc.nat(30_000), fc.nat(3_000));
    fc.assert(
      fc.property(ranges, fc.constantFrom(DAY_GRAINS, QUARTER_GRAINS), ([from, length], grains) => {
        const units: number[] = [];
        let blocks = 0;
        for (const each of blocksOf(from, from + length, grains)) {
          blocks += each.to - each.from;
          const end = each.to * 2 ** each.grain;
          for (let unit = each.from * 2 ** each.grain; unit < end; unit += 1) units.push(unit);
        }
        units.sort((a, b) => a - b);
        expect(units).toEqual(Array.from({ length }, (_, index) => from + index));
        expect(blocks).toBeLessThanOrEqual(14 * (grains.length - 1) + 8);
      }),
      { numRuns: 50 },
    );
  });
});
