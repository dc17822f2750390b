import { foldWord } from "./fold-word.ts";

/** A word of a text, or of what somebody types. */
export interface SearchToken {
  /** Without case and accents. `unspaced`: one or two characters of a script that writes no blanks. */
  kind: "word" | "unspaced" | "symbols";
  text: string;
  /** Its place among the words of the text, from 1. */
  at: number;
  /** Whether a minus is glued to it, at the start or after a blank, as in `-word`. */
  minus: boolean;
  /** As it is written, with its case; of a word only. */
  written: string;
}

/** Not a space, and not seen: soft hyphens, zero-width characters, marks of direction. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Quotes around a phrase, straight and curly. */
export const QUOTES = '"“”„';
const BLANKS = new RegExp(`[\\s${QUOTES}]+`, "u");
const UNSPACED =
  "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}";
const WORD = "\\p{L}\\p{M}\\p{N}";
const RUN = new RegExp(
  `(?<unspaced>(?:(?=[${WORD}])[${UNSPACED}])+)|(?:(?![${UNSPACED}])[${WORD}])+`,
  "gu",
);
/** A number keeps its sign to itself: `-0400` is a number, and not without 0400. */
const MINUS = /^-(?=[\p{L}\p{M}])/u;

/** Longer words are found by so many of their first characters. */
const MAX_LENGTH = 64;

/** The text as both sides of a search read it: full-width letters are narrow, what cannot be seen is gone. */
export function searchable(text: string): string {
  return text.replace(INVISIBLE, "").normalize("NFKC");
}

/**
 * The words of a text that is `searchable`. Everything but letters and digits separates them, so that paths, addresses
 * and names of files are found by their parts. A text without any letter or digit has its symbols.
 */
export function searchTokens(text: string): SearchToken[] {
  const chunks = text.split(BLANKS).filter((chunk) => chunk !== "");
  const tokens: SearchToken[] = [];
  let at = 1;
  for (const chunk of chunks) {
    const before = tokens.length;
    let minus = MINUS.test(chunk);
    for (const { 0: run, groups } of chunk.matchAll(RUN)) {
      const found = groups?.unspaced === undefined ? wordIn(run, at) : pairsIn(run, at);
      tokens.push(...found.map((token) => ({ ...token, minus })));
      minus = false;
      at = (tokens.at(-1)?.at ?? at - 1) + 1;
    }
    // They take no place: the words around them follow one another.
    if (tokens.length === before) tokens.push(symbols(chunk, at));
  }
  if (tokens.length > 0) return tokens;
  return text
    .split(/\s+/u)
    .flatMap((chunk, index) => (chunk === "" ? [] : symbols(chunk, index + 1)));
}

function symbols(chunk: string, at: number): SearchToken {
  return { kind: "symbols", text: cut(chunk), at, minus: false, written: "" };
}

type Found = Omit<SearchToken, "minus">;

function wordIn(run: string, at: number): Found[] {
  const text = cut(foldWord(run));
  return text === "" ? [] : [{ kind: "word", text, at, written: run }];
}

/** Each character with the next one; the last by itself, as is each in an index. */
function pairsIn(run: string, at: number): Found[] {
  const letters = [...foldWord(run)];
  return letters.map((letter, index) => ({
    kind: "unspaced",
    text: letter + (letters[index + 1] ?? ""),
    at: at + index,
    written: letter,
  }));
}

export function cut(text: string): string {
  return text.length <= MAX_LENGTH ? text : [...text].slice(0, MAX_LENGTH).join("");
}
