import { withoutTerminalSequences } from "./terminal-sequences.ts";
import type { TextRule } from "./text.ts";

// A vertical tab is how word processors break a line inside a paragraph.
const LINE_END = /\r\n?|\v/g;
const BREAK = /[\t\n\f\u2028\u2029]/;

/**
 * The text as it is kept: without terminal sequences, with LF for line ends, in Unicode NFC. A text of several lines
 * loses blank lines before it and white space after it, but not the indent of its first line; any other is trimmed.
 * Normalising twice changes nothing.
 */
export function normalizeText(text: string, { breaks }: Pick<TextRule, "breaks">): string {
  const lines = withoutTerminalSequences(text).replace(LINE_END, "\n");
  return trimmed(lines, breaks).normalize("NFC");
}

function trimmed(text: string, breaks: TextRule["breaks"]): string {
  switch (breaks) {
    case "kept":
      return withoutBlankLines(text.trimEnd());
    case "folded":
      return text.replace(/\s+/g, (blanks) => (BREAK.test(blanks) ? " " : blanks)).trim();
    case "refused":
      return text.trim();
  }
}

function withoutBlankLines(text: string): string {
  const start = text.length - text.trimStart().length;
  const blank = text.slice(0, start);
  const breaks = ["\n", "\f", "\u2028", "\u2029"].map((each) => blank.lastIndexOf(each));
  // A byte order mark begins a file, and indents nothing.
  const indent = blank.slice(Math.max(...breaks) + 1).replaceAll("\uFEFF", "");
  return indent + text.slice(start);
}
