import { describe, expect, it } from "vitest";
import { countWaiting, latestOf, merge } from "./shown-rows.ts";

const row = (id: string, version = 1, text = "") => ({
  id,
  version,
  lastActivityAt: "2026-03-10T12:00:00.000Z",
  text,
});
const rows = (ids: string, version = 1) => [...ids].map((id) => row(id, version));
const ids = (merged: readonly { id: string }[]) => merged.map(({ id }) => id).join("");

describe("rows that are shown", () => {
  it.each([
    ["stay when nothing changes", "abc", "abc", "abc"],
    ["stay when new ones come above", "abc", "xyabc", "abc"],
    ["stay when one is no longer in the list", "abc", "ac", "abc"],
    ["get what comes below them", "abc", "abcde", "abcde"],
    ["get it once when pages overlap", "abcd", "abcdeffg", "abcdefg"],
    ["stay when one has moved up", "abc", "cab", "abc"],
    ["stay when all of them are gone", "abc", "xyz", "abc"],
    ["begin with what comes first", "", "abc", "abc"],
  ])("%s", (_, shown, order, merged) => {
    expect(ids(merge(rows(shown), rows(order), new Map()))).toBe(merged);
  });

  it("are rewritten in place, also by a list that has them elsewhere or that they have left", () => {
    const latest = latestOf([{ items: rows("xb", 2), at: 1 }]);
    expect(merge(rows("ab"), rows("a"), latest)).toEqual([row("a", 1), row("b", 2)]);
  });

  it("are never written back to an older state", () => {
    const shown = rows("ab", 3);
    expect(merge(shown, shown, latestOf([{ items: rows("ab", 2), at: 9 }]))).toBe(shown);
  });

  it("are the same array when nothing of them changes", () => {
    const shown = rows("abc");
    const latest = latestOf([{ items: shown, at: 1 }]);
    expect(merge(shown, [row("x"), ...shown], latest)).toBe(shown);
  });

  it("leave the others waiting", () => {
    expect(countWaiting(rows("abc"), rows("xyab"))).toBe(2);
  });
});

describe("of several answers", () => {
  it("the newer state counts, then the later answer", () => {
    const latest = latestOf([
      { items: [row("a", 1, "late"), row("b", 1, "late")], at: 2 },
      { items: [row("a", 2, "early"), row("b", 1, "early")], at: 1 },
    ]);
    expect(latest.get("a")?.item.text).toBe("early");
    expect(latest.get("b")?.item.text).toBe("late");
  });

  it("one of long ago changes nothing that is as new", () => {
    const shown = [row("a", 1, "shown")];
    expect(merge(shown, shown, latestOf([{ items: [row("a", 1, "old")], at: 0 }]))).toBe(shown);
    expect(merge(shown, shown, latestOf([{ items: [row("a", 2, "new")], at: 0 }]))).toEqual([
      row("a", 2, "new"),
    ]);
  });
});
