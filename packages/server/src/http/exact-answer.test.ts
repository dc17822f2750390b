import { expect, it } from "vitest";
import { z } from "zod";
import { requireExact } from "./exact-answer.ts";

const schema = z.object({
  id: z.string(),
  at: z.string().optional(),
  list: z.array(z.object({ n: z.number() })),
});

it.each([
  { id: "1", list: [] },
  { id: "1", at: undefined, list: [{ n: 1 }] },
])("an answer with the fields of its contract passes: %j", (answer) => {
  expect(requireExact("test", schema, answer)).toBe(answer);
});

it.each<[object, string]>([
  [{ id: "1" }, "breaks its contract"],
  [{ id: 1, list: [] }, "breaks its contract"],
  [{ id: "1", list: [], hash: "x" }, "answers more than its contract says"],
  [{ id: "1", list: [{ n: 1, key: "x" }] }, "answers more than its contract says"],
])("an answer that has not exactly these is a fault: %j", (answer, message) => {
  expect(() => requireExact("test", schema, answer)).toThrow(`test ${message}`);
});

it("a stream is its own answer", () => {
  const stream = { lines: [] };
  expect(requireExact("test", z.custom(), stream)).toBe(stream);
});
