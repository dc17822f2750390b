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
      clientRequestId: null,
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
  const header = fc.option(
    fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => !/[\r\n]/.test(value)),
  );
  const change = fc.record({ from: text, to: text });
  const entryText: fc.Arbitrary<EntryText> = fc.record({
    changes: fc.dictionary(fc.constantFrom(...Object.keys(FIELD_PRIVACY)), change, {
      noNullPrototype: true,
    }),
    reason: text,
    clientAddress: text,
    userAgent: header,
    clientRequestId: header,
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
          const isUserAgent = pointer === "/userAgent";
          expect(value).toBe(pointer in left ? at(entry, pointer) : ERASED);
          if (isUserAgent && !(pointer in left)) expect(shown.clientRequestId).toBeNull();
        }
      }),
    );
  });

  const call = { changes: {}, reason: null, clientAddress: null };

  it.each([
    ["an entry of a client without a request id, as before", "curl/8.5.0", null, "curl/8.5.0"],
    ["both", "curl/8.5.0", "Ада's order 7", "curl/8.5.0\nАда's order 7"],
    ["a request id alone", null, "order-7", "\norder-7"],
    ["neither", null, null, undefined],
  ])(
    "commit the user agent and the client's request id together: %s",
    (_, userAgent, id, value) => {
      const { values } = concealed({ ...call, userAgent, clientRequestId: id });
      expect(values["/userAgent"]?.[1]).toBe(value);
    },
  );

  it("keep each text of the client in its own line", () => {
    const { result, values } = concealed({ ...call, userAgent: "a\nb", clientRequestId: "c\r\nd" });
    expect(reveal(result, values)).toMatchObject({ userAgent: "a b", clientRequestId: "c d" });
  });
});

function at(value: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split("/")
    .reduce((node, name) => (node as Record<string, unknown>)[name], value);
}
