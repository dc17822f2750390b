import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findTextFault, normalizeText, type TextFault, type TextRule, TITLE } from "./text.ts";

const LINE: TextRule = { min: 2, max: 4, multiline: false };
const LINES: TextRule = { min: 0, max: 10, multiline: true };
const WAVE = "\u{1F44B}";
const FAMILY = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}";

describe("normalising a text", () => {
  it.each([
    ["trims spaces", "  a b  ", "a b"],
    ["trims tabs and line breaks", "\t\na\n\t", "a"],
    ["trims spaces that are not ASCII", "\u00A0\u2003a\uFEFF", "a"],
    ["leaves nothing of blanks", " \r\n\t ", ""],
    ["composes to NFC", "Cafe\u0301", "Caf\u00E9"],
    ["composes Hangul", "\u1112\u1161\u11AB", "\uD55C"],
    ["keeps what only NFKC would fold", "\uFB01", "\uFB01"],
    ["folds CRLF to LF", "a\r\nb", "a\nb"],
    ["folds CR to LF", "a\rb", "a\nb"],
    ["keeps a line for each of CR and CRLF", "a\r\r\nb", "a\n\nb"],
    ["keeps NUL, to be refused", "a\0b", "a\0b"],
  ])("%s", (_, text, expected) => {
    expect(normalizeText(text)).toBe(expected);
  });

  it("a second time changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = normalizeText(text);
        expect(normalizeText(once)).toBe(once);
      }),
    );
  });
});

describe("a text of one line, of 2 to 4 characters", () => {
  it.each<[string, string, TextFault | null]>([
    ["nothing", "", "too_short"],
    ["one letter", "a", "too_short"],
    ["two letters", "ab", null],
    ["four letters", "abcd", null],
    ["five letters", "abcde", "too_long"],
    ["one emoji of two UTF-16 units", WAVE, "too_short"],
    ["two emoji", WAVE.repeat(2), null],
    ["four emoji of eight UTF-16 units", WAVE.repeat(4), null],
    ["five emoji", WAVE.repeat(5), "too_long"],
    ["a family, which is five code points", FAMILY, "too_long"],
    ["a line break", "a\nb", "control_character"],
    ["a tab", "a\tb", "control_character"],
    ["NUL", "a\0b", "control_character"],
    ["escape", "a\u001Bb", "control_character"],
    ["delete", "a\u007Fb", "control_character"],
    ["a C1 control character", "a\u0085b", "control_character"],
    ["a line separator", "a\u2028b", "control_character"],
    ["a paragraph separator", "a\u2029b", "control_character"],
    ["a right-to-left override", "a\u202Eb", "control_character"],
    ["a bidirectional isolate", "a\u2066b", "control_character"],
    ["a high surrogate alone", "a\uD83D", "malformed_unicode"],
    ["a low surrogate alone", "\uDC4Bab", "malformed_unicode"],
    ["surrogates the wrong way round", "\uDC4B\uD83D", "malformed_unicode"],
    ["Hebrew", "\u05D0\u05D1", null],
  ])("%s", (_, text, expected) => {
    expect(findTextFault(text, LINE)).toBe(expected);
  });
});

describe("a text of several lines, of 0 to 10 characters", () => {
  it.each<[string, string, TextFault | null]>([
    ["nothing", "", null],
    ["line breaks and tabs", "a\n\tb", null],
    ["a line separator", "a\u2028b", null],
    ["a carriage return", "a\rb", "control_character"],
    ["NUL", "a\0b", "control_character"],
    ["NUL after a line break", "a\n\0b", "control_character"],
    ["vertical tab", "a\u000Bb", "control_character"],
    ["a left-to-right override", "a\u202Db", "control_character"],
    ["a bidirectional isolate", "a\u2069b", "control_character"],
    ["a lone surrogate", "a\uD83D", "malformed_unicode"],
    ["ten emoji", WAVE.repeat(10), null],
    ["eleven emoji", WAVE.repeat(11), "too_long"],
  ])("%s", (_, text, expected) => {
    expect(findTextFault(text, LINES)).toBe(expected);
  });
});

describe("the length of a text", () => {
  it("is counted in code points, at every length", () => {
    const characters = fc.array(fc.constantFrom("a", "\u00E9", WAVE), { maxLength: 8 });
    fc.assert(
      fc.property(characters, (letters) => {
        const count = letters.length;
        const expected = count < 2 ? "too_short" : count > 4 ? "too_long" : null;
        expect(findTextFault(letters.join(""), LINE)).toBe(expected);
      }),
    );
  });

  it.each<[number, TextFault | null]>([
    [2, "too_short"],
    [3, null],
    [200, null],
    [201, "too_long"],
  ])("of a title: %s characters", (length, expected) => {
    expect(findTextFault(WAVE.repeat(length), TITLE)).toBe(expected);
  });
});
