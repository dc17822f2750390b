import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { acceptedCoding, type ContentCoding, codingOf, encode } from "./content-coding.ts";

it.each<[string | null, ContentCoding | null]>([
  [null, null],
  ["", null],
  ["identity", null],
  ["gzip", "gzip"],
  ["GZIP", "gzip"],
  ["x-gzip", "gzip"],
  ["br", "br"],
  ["deflate", null],
  ["zstd, deflate", null],
  ["gzip, deflate, br, zstd", "gzip"],
  ["br, gzip", "gzip"],
  ["gzip;q=0.5, br", "br"],
  ["gzip;q=0.5, br;q=0.5", "gzip"],
  ["gzip ; q=0.2 , br ; q=0.3", "br"],
  ["gzip;q=0, br;q=0", null],
  ["gzip;q=0, br", "br"],
  ["gzip;q=0.000", null],
  ["gzip;q=x", null],
  ["*", "gzip"],
  ["*;q=0", null],
  ["*;q=0, br", "br"],
  ["gzip;q=0, *", "br"],
  ["identity, gzip;q=0.5", null],
  ["identity;q=0.5, gzip", "gzip"],
  ["identity;q=0.5, gzip;q=0.5", "gzip"],
  ["identity;q=0, gzip;q=0.1", "gzip"],
  ["identity;q=0", null],
  ["gzipx", null],
])("an Accept-Encoding of %j asks for %j", (header, coding) => {
  expect(acceptedCoding(header)).toBe(coding);
});

it.each<[string, ContentCoding | null]>([
  ["gzip, deflate, br, zstd", "br"],
  ["gzip, br;q=0.9", "gzip"],
  ["gzip, br;q=0", "gzip"],
  ["gzip, zebra", "gzip"],
  ["*", "br"],
  ["deflate", null],
])("where the smallest is best, %j asks for %j", (header, coding) => {
  expect(acceptedCoding(header, ["br", "gzip"])).toBe(coding);
});

describe("an answer", () => {
  it.each([
    ["a".repeat(1_024), null],
    ["a".repeat(1_025), "gzip"],
    ["ж".repeat(512), null],
    ["ж".repeat(513), "gzip"],
  ])("is encoded from 1 KB on, counted in bytes (%#)", (body, coding) => {
    expect(codingOf(body, "gzip, br")).toBe(coding);
    expect(codingOf(body, null)).toBeNull();
  });

  it.each([2_000, 64 * 1_024, 64 * 1_024 + 1, 500_000])(
    "of %i characters can be decoded",
    async (length) => {
      const body = '{"title":"Broken ж"}'.repeat(length / 20).padEnd(length);
      const read = async (coding: ContentCoding) => Buffer.from(await encode(body, coding));
      expect(gunzipSync(await read("gzip")).toString()).toBe(body);
      expect(brotliDecompressSync(await read("br")).toString()).toBe(body);
    },
  );
});
