/** Why a text is refused. */
export type TextFault = "control_character" | "malformed_unicode" | "too_short" | "too_long";

export interface TextRule {
  /** Minimum number of characters after trimming. */
  min: number;
  /** Maximum number of characters after trimming. Characters are Unicode code points, not UTF-16 units. */
  max: number;
  /** Whether line breaks and tabs are allowed. */
  multiline: boolean;
}

export const TITLE: TextRule = { min: 3, max: 200, multiline: false };
export const DESCRIPTION: TextRule = { min: 0, max: 10_000, multiline: true };
export const COMMENT_BODY: TextRule = { min: 1, max: 10_000, multiline: true };
export const REASON: TextRule = { min: 1, max: 1_000, multiline: true };
export const FULL_NAME: TextRule = { min: 1, max: 200, multiline: false };
export const KEY_NAME: TextRule = { min: 1, max: 100, multiline: false };
export const CATEGORY_NAME: TextRule = { min: 1, max: 100, multiline: false };
export const CATEGORY_DESCRIPTION: TextRule = { min: 0, max: 500, multiline: true };
export const WEBHOOK_DESCRIPTION: TextRule = { min: 0, max: 200, multiline: false };
export const SEARCH_QUERY: TextRule = { min: 1, max: 200, multiline: false };

// Cc, the bidirectional overrides that can disguise a text, and the two line separators.
const FORBIDDEN_LINE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
const FORBIDDEN_MULTILINE = /(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

/** Trims, folds line ends to LF and composes to Unicode NFC. */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, "\n").trim().normalize("NFC");
}

/** The first rule that a normalised text breaks, or null. */
export function findTextFault(text: string, rule: TextRule): TextFault | null {
  if (!text.isWellFormed()) return "malformed_unicode";
  if ((rule.multiline ? FORBIDDEN_MULTILINE : FORBIDDEN_LINE).test(text)) {
    return "control_character";
  }
  // A code point is one or two UTF-16 units, so most texts need no counting.
  if (text.length >= rule.min * 2 && text.length <= rule.max) return null;
  const length = [...text].length;
  if (length < rule.min) return "too_short";
  return length > rule.max ? "too_long" : null;
}
