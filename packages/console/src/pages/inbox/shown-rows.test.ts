import { describe, expect, it } from "vitest";
import { merge } from "./shown-rows.ts";

const rows = (ids: string, text = "") => [...ids].map((id) => ({ id, text }));
const ids = (merged: readonly { id: string }[]) => merged.map(({ id }) => id).join("");

describe("rows that are shown", () => {
  it.each([
    ["stay when nothing changes", "abc", "abc", "abc"],
    ["stay when new ones come above", "abc", "xyabc", "abc"],
    ["stay when one is no longer in the list", "abc", "ac", "abc"],
    ["get what comes below them", "abc", "abcde", "abcde"],
    ["stay when one has moved up", "abc", "cab", "abc"],
    ["stay when all of them are gone", "abc", "xyz", "abc"],
    ["begin with what comes first", "", "abc", "abc"],
  ])("%s", (_, shown, items, merged) => {
    expect(ids(merge(rows(shown), rows(items)))).toBe(merged);
  });

  it("are written anew in place", () => {
    expect(merge(rows("ab", "old"), rows("ba", "new"))).toEqual(rows("ab", "new"));
  });

  it("are the same array when nothing of them changes", () => {
    const shown = rows("abc");
    expect(merge(shown, [...rows("x"), ...shown])).toBe(shown);
  });
});
