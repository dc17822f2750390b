import {
  createCommentInput,
  createRequestInput,
  createUserInput,
  createWebhookInput,
} from "@serviceflow/domain/contract";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { texts } from "./texts.ts";

const CONTRACT = {
  title: createRequestInput.shape.title,
  description: createRequestInput.shape.description,
  comment: createCommentInput.shape.body,
  fullName: createUserInput.shape.fullName,
  email: createUserInput.shape.email,
  webhookDescription: createWebhookInput.shape.description,
} as const;
const NAMES = Object.keys(CONTRACT) as (keyof typeof CONTRACT)[];

describe.each(NAMES)("the text %s", (name) => {
  it("is refused and kept as by the server", () => {
    const { min, max } = texts[name];
    const unit = fc.constantFrom(
      ..."aB \n\t\r@.\u200B\u0007\u202E\u202A\u202C\uD800\u00FC\u{1F600}",
    );
    const lengths = fc
      .constantFrom(min - 1, min, max, max + 1)
      .map((n) => "\u{1F600}".repeat(Math.max(n, 0)));
    const text = fc.oneof(fc.string({ unit, maxLength: 12 }), lengths, fc.emailAddress());
    fc.assert(
      fc.property(text, (typed) => {
        const parsed = CONTRACT[name].safeParse(typed);
        expect(texts[name].check(typed)?.detail).toBe(parsed.error?.issues[0]?.message);
        if (parsed.success) expect(texts[name].normalize(typed)).toBe(parsed.data);
      }),
    );
  });
});

describe("a text", () => {
  it("is a Standard Schema", () => {
    const { validate, version, vendor } = texts.title["~standard"];
    expect([version, vendor]).toEqual([1, "serviceflow"]);
    expect(validate(" A\nchair ")).toEqual({ value: "A chair" });
    expect(validate("x")).toEqual({ issues: [{ message: "It must have 2 to 200 characters." }] });
    expect(validate(5)).toEqual({ issues: [{ message: "It must be a text." }] });
  });

  it.each([
    ["title", 2, 200, false],
    ["description", 0, 10_000, true],
    ["comment", 1, 10_000, true],
    ["email", 1, 254, false],
  ] as const)("%s says its limits", (name, min, max, isMultiline) => {
    expect(texts[name]).toMatchObject({ min, max, isMultiline });
  });
});
