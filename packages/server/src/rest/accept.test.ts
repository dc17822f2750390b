import { expect, it } from "vitest";
import { prefersCsv, requireAcceptable } from "./accept.ts";

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

const JSON_TYPES = ["application/json", "application/problem+json"];
const STREAM = ["text/event-stream"];

it.each<[string | null, readonly string[], boolean]>([
  [null, JSON_TYPES, true],
  ["", JSON_TYPES, true],
  ["*/*", JSON_TYPES, true],
  ["application/*", JSON_TYPES, true],
  ["Application/JSON; charset=utf-8", JSON_TYPES, true],
  ["text/html, application/xhtml+xml, */*;q=0.8", JSON_TYPES, true],
  ["application/problem+json", JSON_TYPES, true],
  ["text/html, application/json;q=0.1", JSON_TYPES, true],
  ["text/html", JSON_TYPES, false],
  ["text/*", JSON_TYPES, false],
  ["application/xml, application/jsonx", JSON_TYPES, false],
  ["application/json;q=0", JSON_TYPES, false],
  ["application/json;q=0, */*", JSON_TYPES, false],
  ["application/*;q=0, */*", JSON_TYPES, false],
  ["*/*;q=0", JSON_TYPES, false],
  ["application/problem+json;q=0", JSON_TYPES, false],
  ["nonsense", JSON_TYPES, false],
  ["text/event-stream", STREAM, true],
  ["text/*", STREAM, true],
  ["application/json", STREAM, false],
])("an Accept of %j takes %j: %j", (accept, types, isAcceptable) => {
  // Twice, because it remembers.
  for (let round = 0; round < 2; round += 1) {
    const ask = () => requireAcceptable(accept, types);
    if (isAcceptable) expect(ask).not.toThrow();
    else expect(ask).toThrow(/^not_acceptable: .*Accept/);
  }
});
