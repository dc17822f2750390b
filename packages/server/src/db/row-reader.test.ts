import { expect, it } from "vitest";
import { compileRowReader, type RowField } from "./row-reader.ts";

const text = (name: string): RowField => ({ name, parse: null });
const number = (name: string): RowField => ({ name, parse: Number });

it.each<[string, RowField[], (string | null)[], [string, unknown][]]>([
  ["no field", [], [], []],
  [
    "texts",
    [text("a"), text("b")],
    ["1", ""],
    [
      ["a", "1"],
      ["b", ""],
    ],
  ],
  [
    "parsed fields",
    [number("n"), text("t")],
    ["1.5", "1.5"],
    [
      ["n", 1.5],
      ["t", "1.5"],
    ],
  ],
  [
    "nulls, which no parser gets",
    [number("n"), text("t")],
    [null, null],
    [
      ["n", null],
      ["t", null],
    ],
  ],
  ["two fields of one name", [text("a"), number("a")], ["1", "2"], [["a", 2]]],
  [
    "names that are not identifiers",
    [text(""), text('a"b'), text("ё\n\\`")],
    ["1", "2", "3"],
    [
      ["", "1"],
      ['a"b', "2"],
      ["ё\n\\`", "3"],
    ],
  ],
  ["the name of the prototype", [number("__proto__")], ["1"], [["__proto__", 1]]],
])("a row with %s is read", (_, fields, texts, expected) => {
  const row = compileRowReader(fields)(texts);
  expect(Object.entries(row)).toEqual(expected);
  expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
});
