import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { uuidv7 } from "./uuidv7.ts";

describe("a UUIDv7", () => {
  it("is that of RFC 9562, appendix A.6", () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidv7(0x017f22e279b0, random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  });

  it.each([
    ["zeros", 0, 0x00, "00000000-0000-7000-8000-000000000000"],
    ["ones", 2 ** 48 - 1, 0xff, "ffffffff-ffff-7fff-bfff-ffffffffffff"],
  ])("of %s keeps its version and variant", (_, milliseconds, byte, expected) => {
    expect(uuidv7(milliseconds, new Uint8Array(10).fill(byte))).toBe(expected);
  });

  it("sorts by its time, and keeps 74 random bits", () => {
    const time = fc.nat({ max: 2 ** 48 - 1 });
    const random = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(time, time, random, random, (early, late, one, two) => {
        fc.pre(early < late);
        expect(uuidv7(early, one) < uuidv7(late, two)).toBe(true);
        const significant = (bytes: Uint8Array) =>
          bytes.map((byte, i) => (i === 0 ? byte & 0x0f : i === 2 ? byte & 0x3f : byte)).join();
        const same = significant(one) === significant(two);
        expect(uuidv7(early, one) === uuidv7(early, two)).toBe(same);
      }),
    );
  });
});
