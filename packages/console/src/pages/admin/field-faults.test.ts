import { ServiceFlowError } from "@serviceflow/sdk";
import { describe, expect, it } from "vitest";
import { fieldFaults } from "./field-faults.ts";

const refused = (...pointers: string[]) =>
  new ServiceFlowError("validation_failed", "Invalid.", {
    errors: pointers.map((pointer) => ({ pointer, code: "x", detail: `of ${pointer}` })),
  });

describe("the faults of a form", () => {
  it.each<[string, unknown, Record<string, string[]> | null]>([
    ["an error of another kind", new Error("x"), null],
    ["a refusal without fields", new ServiceFlowError("forbidden", "No."), null],
    ["one field", refused("/name"), { name: ["of /name"] }],
    ["two rules of one field", refused("/name", "/name"), { name: ["of /name", "of /name"] }],
    ["a part of a field", refused("/names/de"), { names: ["of /names/de"] }],
    ["a field that the form has not", refused("/name", "/id"), null],
    ["the input as a whole", refused(""), null],
    ["a refusal that concerns a field", new ServiceFlowError("taken", "No."), { name: ["Taken."] }],
  ])("of %s", (_, error, expected) => {
    expect(
      fieldFaults(error, ["name", "names"], ({ detail }) => detail, { taken: ["name", "Taken."] }),
    ).toEqual(expected);
  });
});
