import { minusLexeme, symbolsLexeme } from "./search-index.ts";
import { QUOTES, type SearchToken, searchable, searchTokens } from "./search-tokens.ts";
import { stemWord } from "./stem-word.ts";
import { isStopWord } from "./stop-words.ts";

/** A word, or words that follow one another. */
export interface SearchTerm {
  /** Their lexemes in order, with their places. */
  steps: readonly { lexeme: string; at: number }[];
  /** The last word as it is typed, when a longer one may stand in its place. */
  prefix: string | null;
  /** For `-word`: what a text has that is found nevertheless. */
  unless: string | null;
}

export interface SearchQuery {
  terms: readonly SearchTerm[];
  /** The number of the request that may be meant. */
  number: number | null;
}

const PIECE = new RegExp(`[${QUOTES}]([^${QUOTES}]*)[${QUOTES}]|[^\\s${QUOTES}]+`, "gu");
/** As it is copied from a sentence, with what stands around it. */
const REQUEST_NUMBER = new RegExp(
  `^[('[{<«${QUOTES}]*#?(?:sf[- ]?0*)?([1-9]\\d{0,9})[)'\\]}>»,.;:!?${QUOTES}]*$`,
  "i",
);
const MAX_REQUEST_NUMBER = 2_147_483_647;

/** A longer text has its first words looked for. */
const MAX_TERMS = 40;

/**
 * What somebody types, with no syntax but quotes around a phrase and a minus glued to a word that must not be there. All
 * words must be found, the last one by its beginning.
 */
export function searchQuery(typed: string): SearchQuery {
  const text = searchable(typed).trim();
  const pieces = [...text.matchAll(PIECE)].map(({ 0: piece, 1: phrase }) => ({
    isPhrase: phrase !== undefined,
    tokens: searchTokens(phrase ?? piece),
  }));
  const last = pieces.at(-1);
  const terms = pieces
    .filter(({ tokens }) => tokens.length > 0)
    .map((piece) => ({ ...toTerm(piece, piece === last), ...traits(piece) }));
  const kept = meaningful(terms).slice(0, MAX_TERMS);
  const fallback =
    kept.length > 0
      ? kept
      : searchTokens(text).map((token) => toTerm({ isPhrase: true, tokens: [token] }, false));
  return {
    terms: fallback.map(({ steps, prefix, unless }) => ({ steps, prefix, unless })),
    number: requestNumber(text),
  };
}

function requestNumber(text: string): number | null {
  const number = Number(REQUEST_NUMBER.exec(text)?.[1] ?? Number.NaN);
  return number <= MAX_REQUEST_NUMBER ? number : null;
}

interface Piece {
  isPhrase: boolean;
  tokens: SearchToken[];
}

function toTerm({ isPhrase, tokens }: Piece, isLast: boolean): SearchTerm {
  const [first] = tokens;
  const last = tokens.at(-1);
  const isWithout = !isPhrase && first?.minus === true;
  const words = tokens.filter(({ kind }) => kind !== "symbols");
  const found = words.length > 0 ? words : tokens;
  const steps = found.filter((token, index) => !isTail(token, found[index - 1])).map(toStep);
  return {
    steps,
    prefix: isLast && !isPhrase && !isWithout && last && isPrefix(last) ? last.text : null,
    unless: isWithout ? minusLexeme(first.text) : null,
  };
}

/** The last character of several without blanks, which the pair before it holds already. */
function isTail(token: SearchToken, before: SearchToken | undefined): boolean {
  return (
    token.kind === "unspaced" &&
    token.text === token.written &&
    before?.kind === "unspaced" &&
    before.at === token.at - 1
  );
}

function toStep({ kind, text, at }: SearchToken) {
  if (kind === "symbols") return { lexeme: symbolsLexeme(text), at };
  return { lexeme: kind === "word" ? stemWord(text) : text, at };
}

function isPrefix({ kind, text }: SearchToken): boolean {
  return kind === "word" && text.length > 1 && /\p{L}/u.test(text);
}

function traits({ isPhrase, tokens }: Piece) {
  const [only] = tokens;
  const isAlone = tokens.length === 1 && only !== undefined;
  return {
    isSymbols: tokens.every(({ kind }) => kind === "symbols"),
    isStopWord: isAlone && !isPhrase && !only.minus && isStopWord(only.text),
  };
}

/** Without symbols where there are words, and without the most frequent words where there are others. */
function meaningful<Term extends SearchTerm & ReturnType<typeof traits>>(terms: Term[]): Term[] {
  const words = terms.filter(({ isSymbols }) => !isSymbols);
  if (words.length === 0) return terms;
  const others = words.filter((term) => !term.isStopWord);
  return others.some(({ unless }) => unless === null) ? others : words;
}
