import { describe, expect, it } from "vitest";
import { namesOf, rowsOf, slugOf } from "./name-rows.ts";

describe("the names of a category", () => {
  it("come back as they were", () => {
    const names = { ru: "ИТ", de: "IT" };
    expect(namesOf(rowsOf(names))).toEqual(names);
  });

  it.each([
    ["without a language", [{ id: 1, tag: " ", name: "x" }], {}],
    ["without a name", [{ id: 1, tag: "de", name: "" }], {}],
    [
      "of one language twice",
      [
        { id: 1, tag: "de", name: "a" },
        { id: 2, tag: "de ", name: "b" },
      ],
      { de: "b" },
    ],
  ])("%s", (_, rows, names) => {
    expect(namesOf(rows)).toEqual(names);
  });

  it.each([
    ["IT support", "it-support"],
    ["Café & Küche!", "cafe-kuche"],
    ["Кадры", ""],
    [`${"a".repeat(49)} b`, "a".repeat(49)],
  ])("make of %s the short name %s", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
