import { describe, expect, it } from "vitest";
import { entityTag, isNotModified, requirePrecondition } from "./precondition.ts";

function withIfMatch(ifMatch: string | null) {
  return { header: (name: string) => (name === "if-match" ? ifMatch : null) };
}

/** A header's value, and whether If-Match and If-None-Match find version 7 in it. */
const HEADERS: readonly [value: string | null, matches: boolean, notModified: boolean][] = [
  [null, true, false],
  ["*", true, true],
  [" * ", true, true],
  ['"7"', true, true],
  [' "7" ', true, true],
  ['"6", "7"', true, true],
  ['"6","7","8"', true, true],
  // If-Match compares strongly: a weak tag never matches. If-None-Match compares weakly.
  ['W/"7"', false, true],
  ['W/"6", W/"7"', false, true],
  ['"6"', false, false],
  ['"77"', false, false],
  ['W/"77"', false, false],
  ["7", false, false],
  ["'7'", false, false],
  ['"7', false, false],
  ['"*"', false, false],
  ["", false, false],
  [",", false, false],
];

describe("the entity tag of a version", () => {
  it("is strong", () => expect(entityTag(7)).toBe('"7"'));

  it.each(HEADERS)("against If-Match: %s holds: %s", (value, matches) => {
    const require = () => requirePrecondition(withIfMatch(value), 7);
    if (matches) expect(require).not.toThrow();
    else {
      expect(require).toThrow(
        expect.objectContaining({
          code: "precondition_failed",
          detail: expect.stringContaining('"7"'),
        }),
      );
    }
  });

  it.each(HEADERS)(
    "against If-None-Match: %s (If-Match %s) is the same: %s",
    (value, _, notModified) => {
      expect(isNotModified(value, entityTag(7))).toBe(notModified);
    },
  );
});
