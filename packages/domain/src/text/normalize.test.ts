import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeText } from "./normalize.ts";
import type { TextRule } from "./text.ts";

type Breaks = TextRule["breaks"];
const BREAKS: readonly Breaks[] = ["kept", "folded", "refused"];
const RED = "\u001B[01;31m";
const PLAIN = "\u001B[0m";

describe.each(BREAKS)("normalising a text whose breaks are %s", (breaks) => {
  it.each([
    ["leaves nothing of blanks", " \r\n\t ", ""],
    ["composes to NFC", "Cafe\u0301", "Caf\u00E9"],
    ["composes Hangul", "\u1112\u1161\u11AB", "\uD55C"],
    ["keeps what only NFKC would fold", "\uFB01", "\uFB01"],
    ["keeps NUL, to be refused", "a\0b", "a\0b"],
    ["trims the end", "a \u00A0\t\n\u2028\u3000", "a"],
    ["strips colors", `${RED}Error${PLAIN}: disk`, "Error: disk"],
    ["strips what grep writes", `a${RED}\u001B[Kb\u001B[m\u001B[K`, "ab"],
    ["strips links", "\u001B]8;;https://example.com\u0007here\u001B]8;;\u001B\\", "here"],
    ["strips the choice of a character set", "\u001B(Bab", "ab"],
    ["keeps an escape character of its own", `a\u001B${RED}b`, `a\u001B${RED}b`],
    ["keeps a sequence that another hides", `\u001B[${RED}0m`, `\u001B[${RED}0m`],
  ])("%s", (_, text, expected) => {
    expect(normalizeText(text, { breaks })).toBe(expected);
  });

  it("a second time changes nothing", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(" ", "\n", "\r", "\r\n", "\t", "\v", "\f", "\u2028", "\uFEFF", "\u0301"),
      fc.constantFrom(RED, "\u001B", "[", "0m", "\u001B]0;", "\u0007", "\u001B\\", "(B"),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const once = normalizeText(pieces.join(""), { breaks });
        expect(normalizeText(once, { breaks })).toBe(once);
      }),
    );
  });

  it.each([
    ["blanks", " ".repeat(300_000)],
    ["blank lines", " \n".repeat(150_000)],
    ["sequences that never end", "\u001B[".repeat(150_000)],
    ["one sequence that never ends", `\u001B]${"x".repeat(300_000)}`],
    ["sequences in sequences", `${"\u001B".repeat(100_000)}${"[0m".repeat(100_000)}`],
  ])("takes as long as the text is: %s", (_, text) => {
    const started = performance.now();
    normalizeText(`a${text}b`, { breaks });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("a text of several lines", () => {
  it.each([
    ["keeps the indent of its first line", "  - a\n  - b", "  - a\n  - b"],
    ["keeps an indent by a tab", "\ta\n\tb", "\ta\n\tb"],
    ["keeps an ideographic indent", "\u3000a\n\u3000b", "\u3000a\n\u3000b"],
    ["loses blank lines before it", "\n \t\n\u2028  a", "  a"],
    ["loses a byte order mark before it", "\uFEFF  a", "  a"],
    ["keeps a byte order mark inside", "a\uFEFFb", "a\uFEFFb"],
    ["folds CRLF to LF", "a\r\nb", "a\nb"],
    ["folds CR to LF", "a\rb", "a\nb"],
    ["folds a vertical tab to LF", "a\vb", "a\nb"],
    ["keeps a line for each of CR and CRLF", "a\r\r\nb", "a\n\nb"],
    ["keeps form feeds, tabs and blank lines", "a\f\n\n\tb", "a\f\n\n\tb"],
    ["keeps line and paragraph separators", "a\u2028b\u2029c", "a\u2028b\u2029c"],
  ])("%s", (_, text, expected) => {
    expect(normalizeText(text, { breaks: "kept" })).toBe(expected);
  });
});

describe("a text of one line", () => {
  it.each([
    ["a line break", "a\nb", "a b"],
    ["CRLF", "a\r\nb", "a b"],
    ["a tab", "a\tb", "a b"],
    ["a form feed", "a\fb", "a b"],
    ["a vertical tab", "a\vb", "a b"],
    ["a line separator", "a\u2028b\u2029c", "a b c"],
    ["several with blanks around them", "a \n\t \n b", "a b"],
    ["none, but keeps its blanks", "a  b\u00A0 c", "a  b\u00A0 c"],
    ["those around it", "\t a\n", "a"],
  ])("folds %s", (_, text, expected) => {
    expect(normalizeText(text, { breaks: "folded" })).toBe(expected);
  });

  it("is trimmed only, where breaks are refused", () => {
    expect(normalizeText("\n\t a\tb\uFEFF ", { breaks: "refused" })).toBe("a\tb");
  });
});
