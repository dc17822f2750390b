import { describe, expect, it } from "vitest";
import { requirePrecondition } from "./precondition.ts";

function withIfMatch(ifMatch: string | null) {
  return { header: (name: string) => (name === "if-match" ? ifMatch : null) };
}

describe("If-Match against version 7", () => {
  it.each<[string | null, boolean]>([
    [null, true],
    ["*", true],
    [" * ", true],
    ['"7"', true],
    [' "7" ', true],
    ['"7-47DEQpj8HBSa-_TImW-5JC"', true],
    ['"7-x"', true],
    ['"6", "7"', true],
    ['"6-x", "7-y"', true],
    ['"6","7","8"', true],
    // The comparison is strong: a weak tag never matches.
    ['W/"7"', false],
    ['W/"7-x"', false],
    ['W/"6", W/"7"', false],
    ['"6"', false],
    ['"6-7"', false],
    ['"77"', false],
    ['"77-x"', false],
    ['"07"', false],
    ['"7-"', false],
    ['"7x"', false],
    ['"7 -x"', false],
    ['"-7"', false],
    ["7", false],
    ["7-x", false],
    ["'7'", false],
    ['"7', false],
    ['"*"', false],
    ["", false],
    [",", false],
  ])("%s holds: %s", (value, matches) => {
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
});
