import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FIELD_PRIVACY } from "./audit-policy.ts";
import {
  commitmentsIn,
  commitmentText,
  conceal,
  type EntryText,
  ERASED,
  type PrivateValues,
  reveal,
} from "./private-values.ts";

function concealed(text: EntryText) {
  const values: Record<string, [string, string]> = {};
  const result = conceal(text, (pointer, value) => {
    const salt = `salt${Object.keys(values).length}`;
    values[pointer] = [salt, value];
    return { commitment: commitmentText(salt, pointer, value) };
  });
  return { result, values };
}

describe("private values", () => {
  it("leave nothing in the entry but a commitment", () => {
    const { result, values } = concealed({
      changes: {
        fullName: { from: null, to: "Grace" },
        email: { from: "a@example.com", to: "b@example.com" },
        role: { from: "AGENT", to: "ADMIN" },
      },
      reason: "Because",
      clientAddress: "203.0.113.5",
      userAgent: null,
    });
    expect(result).toEqual({
      changes: {
        fullName: {
          from: null,
          to: { commitment: '["salt0","/changes/fullName/to","Grace"]' },
        },
        email: {
          from: { commitment: '["salt1","/changes/email/from","a@example.com"]' },
          to: { commitment: '["salt2","/changes/email/to","b@example.com"]' },
        },
        role: { from: "AGENT", to: "ADMIN" },
      },
      reason: { commitment: '["salt3","/reason","Because"]' },
      clientAddress: { commitment: '["salt4","/clientAddress","203.0.113.5"]' },
      userAgent: null,
    });
    expect([...commitmentsIn(result).keys()]).toEqual(Object.keys(values));
  });

  const text = fc.option(fc.string({ unit: "grapheme" }));
  const change = fc.record({ from: text, to: text });
  const entryText: fc.Arbitrary<EntryText> = fc.record({
    changes: fc.dictionary(fc.constantFrom(...Object.keys(FIELD_PRIVACY)), change, {
      noNullPrototype: true,
    }),
    reason: text,
    clientAddress: text,
    userAgent: text,
  });

  it("come back as they were, and read as erased once they are gone", () => {
    fc.assert(
      fc.property(entryText, fc.func(fc.boolean()), (entry, isErased) => {
        const { result, values } = concealed(entry);
        expect(reveal(result, values)).toEqual(entry);
        const left = Object.fromEntries(
          Object.entries(values).filter(([pointer]) => !isErased(pointer)),
        ) as PrivateValues;
        const shown = reveal(result, left);
        for (const pointer of Object.keys(values)) {
          const value = at(shown, pointer);
          expect(value).toBe(pointer in left ? at(entry, pointer) : ERASED);
        }
      }),
    );
  });
});

function at(value: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split("/")
    .reduce((node, name) => (node as Record<string, unknown>)[name], value);
}
