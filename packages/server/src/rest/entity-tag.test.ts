import { describe, expect, it } from "vitest";
import { currentTag, entityTag } from "./entity-tag.ts";

const BODY = '{"version":7}';
const TAG = entityTag(7, BODY, null);

describe("the entity tag of an answer", () => {
  it("is strong and begins with the version", () => {
    expect(TAG).toMatch(/^"7-[\w-]{22}"$/);
  });

  it("is the same for the same answer, and another for any other", () => {
    expect(entityTag(7, BODY, null)).toBe(TAG);
    expect(entityTag(7, '{"version":7 }', null)).not.toBe(TAG);
    expect(entityTag(8, BODY, null)).not.toBe(TAG);
    expect(entityTag(7, BODY, "gzip")).toBe(TAG.replace(/"$/, '-gzip"'));
    expect(entityTag(7, BODY, "br")).toBe(TAG.replace(/"$/, '-br"'));
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
    [TAG.replace(/"$/, '-zstd"'), false],
    [TAG.replace(/"$/, '-gzip-gzip"'), false],
    ['"*"', false],
    ["", false],
    [",", false],
  ])("is in If-None-Match: %s: %s", (header, expected) => {
    expect(currentTag(header, TAG)).toBe(expected ? TAG : null);
  });

  it("of one coding is current in any other, and stays the one that the caller has", () => {
    const coded = [null, "gzip", "br"] as const;
    for (const has of coded.map((coding) => entityTag(7, BODY, coding))) {
      for (const coding of coded) {
        expect(currentTag(`"6-x", W/${has}`, entityTag(7, BODY, coding))).toBe(has);
        expect(currentTag(has, entityTag(7, "other", coding))).toBeNull();
      }
    }
  });
});
