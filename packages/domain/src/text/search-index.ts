import { foldWord } from "./fold-word.ts";
import { cut, type SearchToken, searchable, searchTokens } from "./search-tokens.ts";
import { stemWord } from "./stem-word.ts";

/** What a text is found by. */
export interface IndexedWords {
  /** Each lexeme with the places where it stands. */
  places: Map<string, number[]>;
  /** The words with a letter: one of these begins with each beginning of a lexeme. */
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
      const lexemes = lexemesOf(token);
      for (const lexeme of lexemes) {
        const found = places.get(lexeme);
        if (found) found.push(at);
        else places.set(lexeme, [at]);
      }
      if (token.kind === "word") for (const word of longest(lexemes)) words.add(word);
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
  return joined.filter((part) => part.length > 1 || /\p{N}/u.test(part));
}

/** Those with a letter that no other one begins with. */
function longest(lexemes: Set<string>): string[] {
  const words = [...lexemes].filter((each) => /\p{L}/u.test(each) && !each.startsWith("-"));
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
}
