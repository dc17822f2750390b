import { expect, it } from "vitest";
import { prefersCsv } from "./accept.ts";

it.each([
  [null, false],
  ["*/*", false],
  ["application/json", false],
  ["text/csv", true],

  ["text/csv; header=present", true],
  ["text/csv, */*", false],
  ["text/csv, */*;q=0.1", true],
  ["text/csv;q=0.5, application/json", false],
  ["application/json;q=0.5,text/csv;q=0.6", true],
  ["text/csv;q=0", false],
  ["text/csvx", false],
])("an Accept of %j prefers CSV: %j", (accept, isPreferred) => {
  expect(prefersCsv(accept)).toBe(isPreferred);
});
