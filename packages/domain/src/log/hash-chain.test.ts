import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import {
  anchorFault,
  CHAIN_START,
  hashChecksOf,
  readAnchor,
  type SealedLink,
  sealText,
} from "./hash-chain.ts";

const link: SealedLink = {
  position: 2,
  seq: 7,
  transaction: "755",
  sealedAt: "2026-03-02T09:00:00.250Z",
  hash: "ab".repeat(32),
  entry: {
    id: "evt_1",
    action: "request.updated",
    actorId: "usr_1",
    apiKeyId: "key_1",
    subject: { type: "request", id: "SF-1" },
    serviceRequestId: "SF-1",
    changes: { title: { from: { commitment: "c1" }, to: { commitment: "c2" } } },
    reason: null,
    clientAddress: { commitment: "c3" },
    userAgent: null,
    internal: false,
    requestId: "r-1",
    occurredAt: "2026-03-02T09:00:00.000Z",
  },
  values: { "/changes/title/to": ["s", "Printer"] },
};

describe("canonical JSON", () => {
  it.each([
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [
      { "\u20ac": 1, "\r": 2, "1": 3, "\ud83d\ude02": 4 },
      '{"\\r":2,"1":3,"\u20ac":1,"\ud83d\ude02":4}',
    ],
    [{ a: undefined, b: {} }, '{"b":{}}'],
    [[undefined], "[null]"],
    [1e21, "1e+21"],
    [-0, "0"],
    ['"\\\n\u0001é', '"\\"\\\\\\n\\u0001é"'],
    [null, "null"],
  ])("of %o is %s", (value, text) => expect(canonicalJson(value)).toBe(text));

  it("is one text for one value, in any order of its members", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe("a link", () => {
  it("binds its entry, its place and the hash before it, and not the values beside it", () => {
    const text = sealText(link, CHAIN_START);
    expect(JSON.parse(text)).toEqual({
      entry: link.entry,
      position: 2,
      previous: CHAIN_START,
      sealedAt: link.sealedAt,
      seq: 7,
      transaction: "755",
    });
    expect(text).not.toContain("Printer");
  });

  it("checks its hash, and the commitment of each value that is there", () => {
    const checks = hashChecksOf(link, CHAIN_START);
    expect(checks).toEqual([
      {
        text: sealText(link, CHAIN_START),
        hash: link.hash,
        fault: expect.objectContaining({
          position: 2,
          entryId: "evt_1",
          problem: "entry_changed",
        }),
      },
      {
        text: '["s","/changes/title/to","Printer"]',
        hash: "c2",
        fault: expect.objectContaining({ problem: "value_changed" }),
      },
    ]);
    expect(hashChecksOf({ ...link, values: null }, CHAIN_START)).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["for which there is no commitment", { "/reason": ["s", "Why"] }],
    ["that is not a pair", { "/clientAddress": "s" }],
    ["that is null", { "/clientAddress": null }],
  ])("has no hash for a value %s, so that none can fit", (_, values) => {
    const checks = hashChecksOf({ ...link, values: values as SealedLink["values"] }, CHAIN_START);
    expect(checks[1]?.hash).toMatch(/^(c3)?$/);
    expect(checks[1]?.fault.problem).toBe("value_changed");
  });
});

describe("an anchor", () => {
  const hash = "0123456789abcdef".repeat(4);
  it.each([
    [`1042:${hash}`, { position: 1042, hash }],
    [`0:${hash}`, null],
    [`01:${hash}`, null],
    [`1:${hash.toUpperCase()}`, null],
    [`1:${hash}0`, null],
    ["1:", null],
    ["", null],
  ])("is read from %s as %o", (text, anchor) => expect(readAnchor(text)).toEqual(anchor));

  it("fits the hash that it names, and nothing else", () => {
    expect(anchorFault({ position: 3, hash }, hash)).toBeNull();
    for (const found of [null, "x", CHAIN_START]) {
      expect(anchorFault({ position: 3, hash }, found)).toMatchObject({
        position: 3,
        problem: "anchor_mismatch",
      });
    }
  });
});
