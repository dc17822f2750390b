import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatApiKey, isApiKey, maskApiKey } from "./api-key-format.ts";

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const thirtyTwoBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

function bytesOf(key: string): Uint8Array {
  let number = [...key.slice(3, 46)].reduce(
    (sum, letter) => sum * 62n + BigInt(LETTERS.indexOf(letter)),
    0n,
  );
  const bytes = new Uint8Array(32);
  for (let i = 31; i >= 0; i -= 1) {
    bytes[i] = Number(number & 255n);
    number >>= 8n;
  }
  return bytes;
}

describe("the format of an API key", () => {
  it.each([
    ["zeros", 0, /^sf_0{43}[0-9A-Za-z]{6}$/],
    ["ones", 255, /^sf_[0-9A-Za-z]{49}$/],
  ])("holds 32 bytes of %s", (_, byte, shape) => {
    const key = formatApiKey(new Uint8Array(32).fill(byte));
    expect(key).toMatch(shape);
    expect(isApiKey(key)).toBe(true);
    expect(bytesOf(key)).toEqual(new Uint8Array(32).fill(byte));
  });

  it("keeps every one of its 32 random bytes", () => {
    fc.assert(
      fc.property(thirtyTwoBytes, (random) => {
        const key = formatApiKey(random);
        expect(key).toMatch(/^sf_[0-9A-Za-z]{49}$/);
        expect(isApiKey(key)).toBe(true);
        expect(bytesOf(key)).toEqual(random);
      }),
    );
  });

  it("ends in the CRC-32 of its body, which a scanner can check", () => {
    // Computed with Python: zlib.crc32(b"0" * 43) is 0x7849568f, written in base 62.
    expect(formatApiKey(new Uint8Array(32)).slice(-6)).toBe("2CZclj");
  });

  it("does not survive the change of any one character", () => {
    fc.assert(
      fc.property(
        thirtyTwoBytes,
        fc.constantFrom(...LETTERS, "_", "-", " ", "é"),
        (random, letter) => {
          const key = formatApiKey(random);
          for (let i = 0; i < key.length; i += 1) {
            if (key[i] === letter) continue;
            expect(isApiKey(key.slice(0, i) + letter + key.slice(i + 1))).toBe(false);
          }
        },
      ),
    );
  });

  const key = formatApiKey(new Uint8Array(32).fill(7));
  it.each([
    ["nothing", ""],
    ["the prefix alone", "sf_"],
    ["one character less", key.slice(0, -1)],
    ["one character more", `${key}0`],
    ["a line break at the end", `${key}\n`],
    ["a space in front", ` ${key}`],
    ["another prefix", key.replace("sf_", "sk_")],
    ["other case", key.toUpperCase()],
  ])("is not that of %s", (_, text) => {
    expect(isApiKey(text)).toBe(false);
  });
});

describe("the mask of an API key", () => {
  it("shows seven characters at its beginning and four at its end", () => {
    const mask = maskApiKey("sf_3kTvABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop456x9Qa");
    expect(mask).toEqual({ prefix: "sf_3kTv", lastFour: "x9Qa" });
  });
});
