import { type Caller, seesInternalComments } from "@serviceflow/domain";
import { BLOCKS } from "../words.ts";
import type { BlockSizes } from "./blocks.ts";
import type { Known } from "./terms.ts";
import { beforeLast, having, indexKeys, type Longer, nevertheless } from "./tsquery.ts";

/** What all rows of a request's words together must have, as tsqueries. */
export interface Asked {
  has: readonly string[];
  hasNot: readonly string[];
  /** For each of `hasNot`: that it is there nevertheless. */
  unless: readonly string[];
}

/** A way through the blocks. */
export interface Stage {
  /** Tsqueries that the index answers: each row must match all. */
  keys: readonly string[];
  /** Whose rows are compared with all that is asked: of requests that have several, of all, or of none. */
  judged: "none" | "several" | "all";
  /** Whether the index alone finds what matches the keys, by whole words. */
  isByWords: boolean;
  sizes: BlockSizes;
  /** How many blocks the first statement looks into, and how many the second. */
  blocks: readonly [number, number];
  /** After so many candidates the next stage goes on. */
  candidates: number;
}

const [SMALL, MIDDLE, LARGE] = BLOCKS;
/** At first the small and middle blocks. */
const BY_INDEX = { sizes: BLOCKS, blocks: [24, 8] } as const;
/** Each row with all the words of a phrase is read. */
const BY_PLACES = { sizes: [SMALL, MIDDLE], blocks: [4, 8] } as const;
/** Each statement reads all that begins so, however small its blocks are. */
const BY_BEGINNING = { sizes: [LARGE], blocks: [1, 1] } as const;
/** So many of the newest show whether a beginning is common. */
const NEWEST = 2_000;

export function asked({ terms }: Known, seesInternal: boolean): Asked {
  const without = terms.filter(({ unless }) => unless !== null);
  return {
    has: terms
      .filter(({ unless }) => unless === null)
      .map((term) => having(term, "any", seesInternal)),
    hasNot: without.map((term) => having(term, "any", seesInternal)),
    unless: without.map((term) => nevertheless(term, seesInternal)),
  };
}

/**
 * How the words are looked for. A beginning stands for all words with it where these are known and few. Otherwise it is
 * read in the newest rows that the other words, or the caller's person, lead to: a common one fills the page there. Then
 * it is rare enough to ask the index for.
 */
export function stagesOf(known: Known, caller: Caller): Stage[] {
  const seesInternal = seesInternalComments(caller);
  const { terms, longer } = known;
  const by = terms.some(({ steps }) => steps.length > 1) ? BY_PLACES : BY_INDEX;
  const isAlone = terms.length === 1 && terms[0]?.unless === null;
  const judged = isAlone ? "none" : "several";
  const hasPrefix = terms.some(({ prefix }) => prefix !== null);
  const end = { candidates: Number.POSITIVE_INFINITY };
  if (!hasPrefix || longer !== null) {
    const isByWords = by === BY_INDEX && terms.every(({ unless }) => unless === null);
    const keys = keysOf(known, seesInternal, longer ?? "any");
    return [{ keys, judged, isByWords, ...by, ...end }];
  }
  const keys = keysOf(known, seesInternal, null);
  const outside = { keys, judged: "all", isByWords: false, ...by } as const;
  return [
    { ...outside, candidates: NEWEST },
    {
      ...{ keys: keysOf(known, seesInternal, "any"), judged, isByWords: false },
      ...BY_BEGINNING,
      ...end,
    },
  ];
}

/** @param longer null: the index is not asked for the last word */
function keysOf({ terms }: Known, seesInternal: boolean, longer: Longer | null): string[] {
  const has = terms
    .filter(({ unless }) => unless === null)
    .map((term) =>
      longer === null && term.prefix !== null
        ? beforeLast(term, seesInternal)
        : having(term, longer ?? "any", seesInternal),
    );
  const hasNot = terms
    .filter(({ unless }) => unless !== null)
    .map((term) => [having(term, "any", seesInternal), nevertheless(term, seesInternal)] as const);
  return indexKeys(has, hasNot);
}
