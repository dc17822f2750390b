import { describe, expect, it } from "vitest";
import { changedFields } from "./changed-fields.ts";

const BEFORE = { version: 3, name: "IT", names: { ru: "ИТ" }, active: true };

describe("what has changed since an item was shown", () => {
  it.each([
    ["nothing but the version", { ...BEFORE, version: 4 }, []],
    ["a word", { ...BEFORE, name: "Help" }, [{ field: "name", from: "IT", to: "Help" }]],
    [
      "a record",
      { ...BEFORE, names: { ru: "ИТ", de: "IT" } },
      [{ field: "names", from: { ru: "ИТ" }, to: { ru: "ИТ", de: "IT" } }],
    ],
    [
      "two fields, in their order",
      { ...BEFORE, active: false, name: "Help" },
      [
        { field: "name", from: "IT", to: "Help" },
        { field: "active", from: true, to: false },
      ],
    ],
  ])("is %s", (_, now, expected) => {
    expect(changedFields(BEFORE, now, ["name", "names", "active"])).toEqual(expected);
  });
});
