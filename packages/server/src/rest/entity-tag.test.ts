import { describe, expect, it } from "vitest";
import { entityTag, isNotModified } from "./entity-tag.ts";

const TAG = entityTag(7, '{"version":7}');

describe("the entity tag of an answer", () => {
  it("is strong and begins with the version", () => {
    expect(TAG).toMatch(/^"7-[\w-]{22}"$/);
  });

  it("is the same for the same answer, and another for any other", () => {
    expect(entityTag(7, '{"version":7}')).toBe(TAG);
    expect(entityTag(7, '{"version":7 }')).not.toBe(TAG);
    expect(entityTag(8, '{"version":7}')).not.toBe(TAG);
  });

  it.each<[string | null, boolean]>([
    [null, false],
    ["*", true],
    [" * ", true],
    [TAG, true],
    [` ${TAG} `, true],
    [`"6-x",${TAG}`, true],
    [`W/${TAG}`, true],
    [`W/"6-x", W/${TAG}`, true],
    ['"7"', false],
    ['W/"7"', false],
    ['"7-"', false],
    ['"7-AAAAAAAAAAAAAAAAAAAAAA"', false],
    [TAG.slice(1, -1), false],
    [TAG.slice(0, -1), false],
    [`'${TAG}'`, false],
    ['"*"', false],
    ["", false],
    [",", false],
  ])("is in If-None-Match: %s: %s", (header, expected) => {
    expect(isNotModified(header, TAG)).toBe(expected);
  });
});
