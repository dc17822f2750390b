import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCharacterFault, findLengthFault, type TextFault } from "./faults.ts";
import { COMMENT_BODY, DESCRIPTION, FULL_NAME, type TextRule, TITLE } from "./text.ts";

const WAVE = "\u{1F44B}";
const FAMILY = "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}";
const RED = "\u001B[31m";

const RULES = { description: DESCRIPTION, title: TITLE, name: FULL_NAME };
type Field = keyof typeof RULES;
const EVERYWHERE: readonly Field[] = ["description", "title", "name"];
const NAME_ONLY: readonly Field[] = ["name"];
const NOWHERE: readonly Field[] = [];

/** A text, the fields in which it is refused, and how the detail names what is wrong. */
const CHARACTERS: readonly [what: string, text: string, refusedIn: readonly Field[], at: string][] =
  [
    ["nothing", "", NOWHERE, ""],
    ["Hebrew", "\u05D0\u05D1", NOWHERE, ""],
    ["a left-to-right mark", "a\u200E\u200F\u061Cb", NOWHERE, ""],
    ["a bell", "0123456789a\u0007b", EVERYWHERE, "U+0007 at character 12"],
    ["NUL", "a\0b", EVERYWHERE, "U+0000 at character 2"],
    ["NUL after astral letters", `${WAVE.repeat(3)}\0`, EVERYWHERE, "U+0000 at character 4"],
    ["NUL after blanks", " \n a\0", EVERYWHERE, "U+0000 at character 5"],
    ["NUL after a color", `${RED}a\0`, EVERYWHERE, "U+0000 at character 7"],
    ["delete", "a\u007Fb", EVERYWHERE, "U+007F at character 2"],
    ["a C1 control character", "a\u0085b", EVERYWHERE, "U+0085 at character 2"],
    ["a color", `${RED}a\u001B[0m`, NOWHERE, ""],
    ["escape", "a\u001Bb", EVERYWHERE, "U+001B at character 2"],
    ["escape before a color", `a\u001B${RED}b`, EVERYWHERE, "U+001B at character 2"],
    ["escape after a color", `${RED}a\u001B`, EVERYWHERE, "U+001B at character 7"],
    ["a line break", "a\nb", NAME_ONLY, "U+000A at character 2"],
    ["a carriage return", "a\rb", NAME_ONLY, "U+000D at character 2"],
    ["a tab", "a\tb", NAME_ONLY, "U+0009 at character 2"],
    ["a form feed", "a\fb", NAME_ONLY, "U+000C at character 2"],
    ["a vertical tab", "a\vb", NAME_ONLY, "U+000B at character 2"],
    ["a line separator", "a\u2028b", NAME_ONLY, "U+2028 at character 2"],
    ["a paragraph separator", "a\u2029b", NAME_ONLY, "U+2029 at character 2"],
    ["breaks around it", "\r\n a \t\f\v\u2028", NOWHERE, ""],
    ["a closed embedding", "a\u202Ab\u202Cc", NOWHERE, ""],
    ["a phone number of an address book", "\u202D+49 30 5551234\u202C", NOWHERE, ""],
    ["closed isolates", "\u2066a\u2067b\u2068c\u2069\u2069\u2069", NOWHERE, ""],
    ["an isolate in an embedding", "\u202Ba\u2067b\u2069c\u202C", NOWHERE, ""],
    ["an open embedding", "\u202AC:\\Temp", EVERYWHERE, "U+202A at character 1"],
    ["an open isolate", "a\u2066b", EVERYWHERE, "U+2066 at character 2"],
    ["two open isolates", "\u2066a\u2066b\u2069", EVERYWHERE, "U+2066 at character 1"],
    ["an end without a beginning", "a\u2069b", EVERYWHERE, "U+2069 at character 2"],
    ["an end before its beginning", "a\u202Cb\u202A", EVERYWHERE, "U+202C at character 2"],
    ["crossed ends", "\u202Aa\u2066b\u202C\u2069", EVERYWHERE, "U+202C at character 5"],
    ["a right-to-left override", "a\u202Eb", EVERYWHERE, "U+202E at character 2"],
    ["one that is closed", "a\u202Eb\u202C", EVERYWHERE, "U+202E at character 2"],
    ["a high surrogate alone", "a\uD83D", EVERYWHERE, "U+D83D at character 2"],
    ["a low surrogate alone", `${WAVE}\uDC4Bab`, EVERYWHERE, "U+DC4B at character 2"],
    ["surrogates the wrong way round", "\uDC4B\uD83D", EVERYWHERE, "U+DC4B at character 1"],
  ];

describe.each(EVERYWHERE)("the characters of a %s", (field) => {
  it.each(CHARACTERS)("with %s", (_, text, refusedIn, at) => {
    const fault = findCharacterFault(text, RULES[field]);
    if (!refusedIn.includes(field)) expect(fault).toBeNull();
    else {
      const code = text.isWellFormed() ? "control_character" : "malformed_unicode";
      const { params, ...named } = fault ?? {};
      expect(named).toEqual({ code, detail: expect.stringMatching(new RegExp(`${rx(at)}\\b`)) });
      expect(`${params?.character} at character ${params?.position}`).toBe(at);
    }
  });
});

function rx(text: string): string {
  return text.replaceAll("+", "\\+");
}

describe("a text that must show something", () => {
  it.each([
    ["a zero-width space", "\u200B"],
    ["zero-width joiners", "\u200D\u200C"],
    ["a word joiner", "\u2060"],
    ["a soft hyphen", "\u00AD"],
    ["direction marks", "\u200E\u200F\u061C"],
    ["a closed isolate of nothing", "\u2066\u2069"],
    ["a combining grapheme joiner", "\u034F"],
    ["an accent without a letter", "\u0301\u0301"],
    ["a variation selector", "\uFE0F\uFE0F"],
    ["a tag", "\u{E0041}\u{E007F}"],
    ["the Hangul filler", "\u3164"],
    ["the halfwidth Hangul filler", "\uFFA0"],
    ["the fillers of Hangul letters", "\u115F\u1160"],
    ["the blank of braille", "\u2800\u2800"],
    ["the null notehead", "\u{1D159}"],
    ["a Mongolian vowel separator", "\u180E"],
    ["a Khmer inherent vowel", "\u17B4\u17B5"],
    ["several with blanks between", "\u200B \u3164 \u2800"],
  ])("is refused if it is %s", (_, text) => {
    for (const rule of [TITLE, FULL_NAME, COMMENT_BODY]) {
      expect(findLengthFault(text, rule)).toEqual({
        code: "no_visible_character",
        detail: "It must have a visible character.",
      });
    }
    expect(findLengthFault(text, DESCRIPTION)).toBeNull();
  });

  it.each([
    ["a letter with an accent", "e\u0301"],
    ["a Hangul syllable", "\u1112\u1161"],
    ["a dot", ".."],
    ["braille", "\u2801\u2800"],
    ["a family", FAMILY],
    ["a heart with a variation selector", "\u2764\uFE0F"],
    ["a keycap", "1\uFE0F\u20E3"],
    ["a flag", "\u{1F1E9}\u{1F1EA}"],
    ["a private character", "\uE000\uE001"],
    ["a character that Unicode has not assigned yet", "\u{1FADD}\u{1FADD}"],
    ["a whole subject in Chinese", "\u5BC6\u7801"],
  ])("is accepted if it has %s", (_, text) => {
    expect(findLengthFault(text, TITLE)).toBeNull();
  });
});

describe("the length of a text", () => {
  const SHORT: TextRule = { min: 2, max: 4, breaks: "folded" };

  it.each<[string, string, TextFault["code"] | undefined]>([
    ["nothing", "", "too_short"],
    ["one letter", "a", "too_short"],
    ["two letters", "ab", undefined],
    ["four letters", "abcd", undefined],
    ["five letters", "abcde", "too_long"],
    ["one emoji of two UTF-16 units", WAVE, "too_short"],
    ["two emoji", WAVE.repeat(2), undefined],
    ["four emoji of eight UTF-16 units", WAVE.repeat(4), undefined],
    ["five emoji", WAVE.repeat(5), "too_long"],
    ["a family, which is five code points", FAMILY, "too_long"],
  ])("%s", (_, text, expected) => {
    expect(findLengthFault(text, SHORT)?.code).toBe(expected);
  });

  it("is counted in code points, at every length", () => {
    const characters = fc.array(fc.constantFrom("a", "\u00E9", WAVE), { maxLength: 8 });
    fc.assert(
      fc.property(characters, (letters) => {
        const count = letters.length;
        const expected = count < 2 ? "too_short" : count > 4 ? "too_long" : undefined;
        expect(findLengthFault(letters.join(""), SHORT)?.code).toBe(expected);
      }),
    );
  });

  it.each<[number, TextFault["code"] | undefined]>([
    [1, "too_short"],
    [2, undefined],
    [200, undefined],
    [201, "too_long"],
  ])("of a title: %s characters", (length, expected) => {
    expect(findLengthFault(WAVE.repeat(length), TITLE)?.code).toBe(expected);
  });
});
