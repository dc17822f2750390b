import type { RuleParams } from "../error.ts";
import { characterAt, placeOf } from "./character.ts";
import { findUnbalanced } from "./direction.ts";
import { maskTerminalSequences } from "./terminal-sequences.ts";
import type { TextRule } from "./text.ts";

/** Why a text is refused: the stable name of the rule, and the rule in words. */
export interface TextFault {
  code:
    | "control_character"
    | "malformed_unicode"
    | "no_visible_character"
    | "too_short"
    | "too_long";
  detail: string;
  params?: RuleParams;
}

const LINE_BREAK = /[\t\n\v\f\r\u2028\u2029]/;
const CONTROL = /(?![\t\n\v\f\r])\p{Cc}/u;
const REVERSED = "\u202E";

/** Braille's blank and the null notehead are symbols to Unicode, but show nothing. */
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/u;

/** The first character that a text may not have, as it was sent; null: none. */
export function findCharacterFault(text: string, { breaks }: TextRule): TextFault | null {
  const masked = maskTerminalSequences(text);
  const start = masked.length - masked.trimStart().length;
  const body = masked.trim();
  const at = (index: number) => characterAt(masked, start + index);

  const surrogate = body.isWellFormed() ? -1 : body.search(/\p{Cs}/u);
  if (surrogate !== -1) {
    const detail = `It must be well-formed Unicode, without the lone surrogate ${at(surrogate)}.`;
    return { code: "malformed_unicode", detail, params: placeOf(masked, start + surrogate) };
  }
  const refused = (index: number, words: (character: string) => string): TextFault => {
    const params = placeOf(masked, start + index);
    return { code: "control_character", detail: words(at(index)), params };
  };
  const control = body.search(CONTROL);
  if (control !== -1) {
    return refused(control, (it) => `It must not contain the control character ${it}.`);
  }
  const lineBreak = breaks === "refused" ? body.search(LINE_BREAK) : -1;
  if (lineBreak !== -1) return refused(lineBreak, (it) => `It must be one line, without ${it}.`);
  const reversed = body.indexOf(REVERSED);
  if (reversed !== -1) {
    return refused(reversed, (it) => `It must not contain ${it}, which reverses what follows.`);
  }
  const unbalanced = findUnbalanced(body);
  if (unbalanced === null) return null;
  return refused(unbalanced.index, (it) =>
    unbalanced.fault === "never_closed"
      ? `It must close the direction that ${it} opens.`
      : `It must not contain ${it}, which closes no direction.`,
  );
}

/** The rule that the length of a normalised text breaks, or that it shows nothing; null: none. */
export function findLengthFault(text: string, { min, max }: TextRule): TextFault | null {
  if (min > 0 && text !== "" && !VISIBLE.test(text)) {
    return { code: "no_visible_character", detail: "It must have a visible character." };
  }
  // A code point is one or two UTF-16 units, so most texts need no counting.
  if (text.length >= min * 2 && text.length <= max) return null;
  const length = [...text].length;
  const detail = `It must have ${min} to ${max} characters.`;
  const params = { min, max };
  if (length < min) return { code: "too_short", detail, params };
  return length > max ? { code: "too_long", detail, params } : null;
}
