import { describe, expect, it } from "vitest";
import { Anchors, readAnchorRecord } from "./anchors.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

describe("a line of a file of anchors", () => {
  it("is read with its place", () => {
    const record = { anchor: `7:${A}`, sealedAt: "2026", anchoredAt: "2027" };
    expect(readAnchorRecord(`${JSON.stringify(record)}\r`)).toEqual({
      ...record,
      place: { position: 7, hash: A },
    });
  });

  it.each(["", "{", "null", "7", '"x"', "[]", "{}", `{"anchor":"7:${A}`, '{"anchor":"0:aa"}'])(
    "is not %s",
    (line) => expect(readAnchorRecord(line)).toBeNull(),
  );
});

describe("anchors", () => {
  const anchors = new Anchors({
    anchor: { position: 3, hash: A },
    anchors: [
      { position: 9, hash: A },
      { position: 5, hash: B },
      { position: 3, hash: A },
    ],
  });

  it("hold where the chain has their hash, and say nothing of other places", () => {
    expect([1, 3, 4].map((position) => anchors.faultAt(position, A))).toEqual([null, null, null]);
    expect(anchors.faultAt(5, B)).toBeNull();
  });

  it("name the place where it has another", () => {
    expect(anchors.faultAt(5, A)).toMatchObject({ problem: "anchor_mismatch", position: 5 });
  });

  it("name the first place that the chain does not reach", () => {
    expect(anchors.faultAfter(4)).toMatchObject({ problem: "anchor_mismatch", position: 5 });
    expect(anchors.faultAfter(8)).toMatchObject({ position: 9 });
    expect(anchors.faultAfter(9)).toBeNull();
    expect(new Anchors({}).faultAfter(0)).toBeNull();
  });

  it("that contradict one another cannot all hold", () => {
    const both = new Anchors({
      anchors: [
        { position: 3, hash: A },
        { position: 3, hash: B },
      ],
    });
    expect(both.faultAt(3, A)).not.toBeNull();
    expect(both.faultAt(3, B)).not.toBeNull();
  });
});
