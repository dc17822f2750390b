import { foldWord } from "./fold-word.ts";
import { cut, type SearchToken, searchable, searchTokens } from "./search-tokens.ts";
import { stemWord } from "./stem-word.ts";

/** What a text is found by. */
export interface IndexedWords {
  /** Each lexeme with the places where it stands. */
  places: Map<string, number[]>;
  /** The whole words that a prefix can stand for. */
  words: string[];
  /** The place after the last word. */
  end: number;
}

/** What a text with `-word` in it has besides: a search for `-word` finds it nevertheless. */
export function minusLexeme(word: string): string {
  return `-${word}`;
}

/** No word can be spelled so. */
export function symbolsLexeme(symbols: string): string {
  return `!${symbols}`;
}

/**
 * Texts as an index holds them: each word, its stem, and the parts of names in camel case, at the place of the word.
 * @param from the place of the first word
 */
export function indexedWords(texts: readonly string[], from = 1): IndexedWords {
  const places = new Map<string, number[]>();
  const words = new Set<string>();
  let end = from;
  for (const text of texts) {
    const tokens = searchTokens(searchable(text));
    for (const token of tokens) {
      const at = end - 1 + token.at;
      for (const lexeme of lexemesOf(token)) {
        const found = places.get(lexeme);
        if (found) found.push(at);
        else places.set(lexeme, [at]);
      }
      if (isListed(token)) words.add(token.text);
    }
    // A phrase does not reach from one text into the next.
    end += (tokens.at(-1)?.at ?? 0) + 1;
  }
  return { places, words: [...words].sort(), end };
}

/** What a person is found by: each word of the name, and its stem. */
export function nameWords(fullName: string): string[] {
  return [...indexedWords([fullName]).places.keys()];
}

function lexemesOf({ kind, text, written, minus }: SearchToken): Set<string> {
  switch (kind) {
    case "symbols":
      return new Set([symbolsLexeme(text)]);
    case "unspaced":
      return new Set([text, written, ...(minus ? [minusLexeme(text)] : [])]);
    case "word":
      return new Set([
        text,
        stemWord(text),
        ...partsOf(written).flatMap((part) => [part, stemWord(part)]),
        ...(minus ? [minusLexeme(text)] : []),
      ]);
  }
}

const PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\p{Lu}\p{Ll}\p{N}]+/gu;
const MAX_PARTS = 6;

/** `HiveMetaStore`: Hive, Meta, Store, HiveMeta, MetaStore. Words of more parts are rather keys and hashes. */
function partsOf(written: string): string[] {
  const parts = written.match(PART) ?? [];
  if (parts.length < 2 || parts.length > MAX_PARTS) return [];
  const joined: string[] = [];
  for (let from = 0; from < parts.length; from += 1) {
    for (let to = from + 1; to <= parts.length; to += 1) {
      if (to - from < parts.length) joined.push(cut(foldWord(parts.slice(from, to).join(""))));
    }
  }
  return joined.filter((part) => part.length > 1);
}

/** Of words with digits few are words: numbers would fill the list with what is typed as a whole. */
const MAX_LISTED = 32;
const MAX_WITH_DIGITS = 8;

function isListed({ kind, text }: SearchToken): boolean {
  if (kind !== "word" || !/\p{L}/u.test(text)) return false;
  return text.length <= (/\p{N}/u.test(text) ? MAX_WITH_DIGITS : MAX_LISTED);
}
