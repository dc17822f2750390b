import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { ID_PREFIX, type IdKind, toPublicId } from "../text/public-id.ts";
import { DESCRIPTION, FULL_NAME, TITLE } from "../text/text.ts";
import { slug } from "./category.ts";
import { toFieldErrors } from "./field-errors.ts";
import { limit, moment, pathId, publicId, text } from "./fields.ts";
import { createUserInput } from "./user.ts";

/** What a field becomes, or the code of the rule that it breaks. */
function outcome(schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  return result.success ? result.data : toFieldErrors(result.error.issues).map(({ code }) => code);
}

describe("a moment", () => {
  it.each([
    ["2026-03-02T08:00:00Z", "2026-03-02T08:00:00.000Z"],
    ["2026-03-02T08:00:00.5Z", "2026-03-02T08:00:00.500Z"],
    ["2026-03-02T08:00:00.123456789Z", "2026-03-02T08:00:00.123Z"],
    ["2026-03-02T08:00:00+02:00", "2026-03-02T06:00:00.000Z"],
    ["2026-03-02T08:00:00-05:30", "2026-03-02T13:30:00.000Z"],
    ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is kept as %s", (input, expected) => {
    expect(outcome(moment("When."), input)).toBe(expected);
  });

  it.each([
    ["", "invalid_format"],
    ["yesterday", "invalid_format"],
    ["2026-03-02", "invalid_format"],
    ["2026-03-02T08:00:00", "invalid_format"],
    ["2026-03-02 08:00:00Z", "invalid_format"],
    ["2026-02-29T08:00:00Z", "invalid_format"],
    ["2026-03-02T24:00:00Z", "invalid_format"],
    ["2026-03-02T08:00:00+24:00", "invalid_format"],
    ["+012026-03-02T08:00:00Z", "invalid_format"],
    ["1772438400", "invalid_format"],
    [1_772_438_400, "invalid_type"],
    ["0000-01-01T00:00:00Z", "out_of_range"],
    ["0001-01-01T00:00:00+00:01", "out_of_range"],
    ["9999-12-31T23:59:59-00:01", "out_of_range"],
  ])("%j is refused: %s", (input, code) => {
    expect(outcome(moment("When."), input)).toEqual([code]);
  });

  it("keeps every moment of the years 1 to 9999 to the millisecond", () => {
    const min = new Date("0001-01-01T00:00:00Z");
    const max = new Date("9999-12-31T23:59:59.999Z");
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        expect(outcome(moment("When."), date.toISOString())).toBe(date.toISOString());
      }),
    );
  });
});

describe("an email address", () => {
  it.each<[string, unknown]>([
    ["grace@example.com", "grace@example.com"],
    ["Grace.HOPPER@Example.COM", "grace.hopper@example.com"],
    ["grace+it@mail.example.com", "grace+it@mail.example.com"],
    ["grace", ["invalid_format"]],
    ["grace@", ["invalid_format"]],
    ["@example.com", ["invalid_format"]],
    ["monitor@server01", "monitor@server01"],
    [" info@m\u00FCller.example\n", "info@xn--mller-kva.example"],
    ["a@b@example.com", ["invalid_format"]],
    [`grace@${"a.".repeat(124)}com`, ["too_long"]],
  ])("%j becomes %j", (email, expected) => {
    expect(outcome(createUserInput.shape.email, email)).toEqual(expected);
  });
});

describe("a slug", () => {
  it.each<[string, unknown]>([
    ["it", "it"],
    ["a", "a"],
    ["24x7-on-call", "24x7-on-call"],
    ["a".repeat(50), "a".repeat(50)],
    ["a".repeat(51), ["too_long"]],
    ["", ["invalid_format"]],
    ["IT", ["invalid_format"]],
    ["-it", ["invalid_format"]],
    ["it-", ["invalid_format"]],
    ["i--t", ["invalid_format"]],
    ["i t", ["invalid_format"]],
    ["i_t", ["invalid_format"]],
    ["it\n", ["invalid_format"]],
    ["\u0438\u0442", ["invalid_format"]],
  ])("%j: %j", (input, expected) => {
    expect(outcome(slug, input)).toEqual(expected);
  });
});

describe("a text", () => {
  const meta = { description: "A text.", example: "abc" };
  const line = text({ min: 3, max: 5, breaks: "refused" }, meta);
  const folded = text({ min: 3, max: 5, breaks: "folded" }, meta);
  const lines = text({ min: 3, max: 5, breaks: "kept" }, meta);
  it.each<[string, z.ZodType, string, unknown]>([
    ["trimmed before it is counted", line, "  abc  ", "abc"],
    ["trimmed to too little", line, "  a  ", ["too_short"]],
    ["composed before it is counted", line, "e\u0301".repeat(5), "\u00E9".repeat(5)],
    ["of emoji", line, "\u{1F44B}".repeat(5), "\u{1F44B}".repeat(5)],
    ["of too many emoji", line, "\u{1F44B}".repeat(6), ["too_long"]],
    ["of one line", line, "a\r\nb", ["control_character"]],
    ["folded to one line", folded, "a\r\nb", "a b"],
    ["of several lines", lines, "a\r\nb", "a\nb"],
    ["indented", lines, "\n  abc\n", "  abc"],
    ["colored", line, "\u001B[31mabc\u001B[0m", "abc"],
    ["invisible", line, "\u200B\u3164\u2800", ["no_visible_character"]],
    ["refused for one rule at a time", line, "\u0007", ["control_character"]],
  ])("is %s", (_, schema, input, expected) => {
    expect(outcome(schema, input)).toEqual(expected);
  });

  it("names the character that it may not have, and where it stands", () => {
    const { error } = line.safeParse("ab\u0007");
    expect(toFieldErrors(error?.issues ?? [])).toEqual([
      {
        pointer: "",
        code: "control_character",
        detail: "It must not contain the control character U+0007 at character 3.",
        params: { character: "U+0007", position: 3 },
      },
    ]);
  });

  it.each([
    ["title", TITLE],
    ["description", DESCRIPTION],
    ["name", FULL_NAME],
  ] as const)("that is accepted comes back the same: %s", (_, rule) => {
    const schema = text(rule, meta);
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom(" ", "\t", "\r\n", "\f", "\u2028", "\uFEFF", "\u0301", "\u200B"),
      fc.constantFrom("\u001B[31m", "\u001B[0m", "\u202A", "\u202C", "\u2066", "\u2069"),
      fc.constantFrom("word", "\u05D0", "\u5BC6\u7801", "\u{1F44B}"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const first = schema.safeParse(pieces.join(""));
        if (first.success) expect(outcome(schema, first.data)).toBe(first.data);
      }),
    );
  });
});

describe("a public id", () => {
  const kinds = Object.keys(ID_PREFIX) as IdKind[];
  it("is accepted exactly when it is of its kind", () => {
    const kind = fc.constantFrom(...kinds);
    fc.assert(
      fc.property(fc.uuid(), kind, kind, (uuid, one, other) => {
        const id = toPublicId(one, uuid);
        expect(outcome(publicId(other, "A user."), id)).toEqual(
          one === other ? id : ["invalid_format"],
        );
      }),
    );
  });

  it.each([
    ["upper case", "usr_01H455VB4PEX5VSKNK084SN02Q"],
    ["an overflow", "usr_8zzzzzzzzzzzzzzzzzzzzzzzzz"],
    ["a line break", "usr_01h455vb4pex5vsknk084sn02q\n"],
    ["a UUID", "01890a5d-ac96-774b-bcce-b302099a8057"],
  ])("in a body refuses %s", (_, id) => {
    expect(outcome(publicId("user", "A user."), id)).toEqual(["invalid_format"]);
  });

  it("in a path may be anything: a malformed one is not found", () => {
    expect(outcome(pathId("Which.", "SF-1"), "nonsense\0")).toBe("nonsense\0");
  });
});

describe("a limit", () => {
  it.each<[unknown, unknown]>([
    [1, 1],
    [100, 100],
    [0, ["too_small"]],
    [101, ["too_big"]],
    [2.5, ["invalid_type"]],
    ["20", ["invalid_type"]],
    [Number.NaN, ["invalid_type"]],
  ])("%j: %j", (input, expected) => {
    expect(outcome(limit, input)).toEqual(expected);
  });
});
