import { describe, expect, it } from "vitest";
import { anchorOf, readAnchor, shortAnchor, shortHash } from "./seal.ts";

const HASH = `9f3c${"0".repeat(56)}e1a7`;
const head = { position: 7, hash: HASH, sealedAt: "2026-03-10T12:00:00.000Z" };

describe("a seal", () => {
  it("is written as one reads it back", () => {
    expect(readAnchor(anchorOf(head))).toEqual({ position: 7, hash: HASH });
    expect(shortHash(HASH)).toBe("9f3c…e1a7");
    expect(shortAnchor(anchorOf(head))).toBe("7:9f3c…e1a7");
  });

  it.each(["", "7", `0:${HASH}`, `7:${HASH}0`, `7:${HASH.toUpperCase()}`])(
    "is not read from %s",
    (words) => {
      expect(readAnchor(words)).toBeNull();
    },
  );
});
