import type { SearchTerm } from "@serviceflow/domain";
import { internalLexeme, quoted, SEVERAL } from "../words.ts";

const IS_ONE_OF_SEVERAL = quoted(SEVERAL);

/** A term, with what is known of it. */
export interface KnownTerm extends SearchTerm {
  /** The marks of those whose name it may be. */
  requesters: readonly string[];
}

/** What may stand in the place of the last word, when only its beginning is typed. */
export type Longer = Readonly<Record<"words" | "internalWords", readonly string[]>> | "any";

/** That a row of words has the term, with a minus or without. */
export function having(
  { steps, prefix, requesters }: KnownTerm,
  longer: Longer,
  seesInternal: boolean,
): string {
  const last = steps.length - 1;
  const matching = phrase(steps, seesInternal, (lexeme, index, kind) => {
    const spelled = SPELLED[kind];
    if (index !== last || prefix === null) return [spelled(lexeme)];
    if (longer === "any") return [spelled(lexeme), `${spelled(prefix)}:*`];
    return [spelled(lexeme), spelled(prefix), ...longer[kind].map(quoted)];
  });
  return [...matching, ...requesters.map(quoted)].join(" | ");
}

/** What a row with the term must have besides its last word; null: nothing. */
export function beforeLast({ steps }: KnownTerm, seesInternal: boolean): string | null {
  if (steps.length === 1) return null;
  const begun = phrase(steps.slice(0, -1), seesInternal, (lexeme, _, kind) => [
    SPELLED[kind](lexeme),
  ]);
  return begun.join(" | ");
}

/** That it is there nevertheless. */
export function nevertheless({ unless }: KnownTerm, seesInternal: boolean): string {
  const lexeme = unless ?? "";
  return anyOf((seesInternal ? [lexeme, internalLexeme(lexeme)] : [lexeme]).map(quoted));
}

/**
 * What the index is asked, one key after the other: each row must match all of them. A row of a request with several
 * matches when it has any of the terms; the request is then judged by all its rows.
 * @param has of each term that must be there; null: no index tells
 * @param hasNot of each that must not, unless the second is there
 */
export function indexKeys(
  has: readonly (string | null)[],
  hasNot: readonly (readonly [string, string])[],
): string[] {
  const known = has.filter((each) => each !== null);
  const without = hasNot.map(([not, unless]) => `!(${not}) | ${unless} | ${IS_ONE_OF_SEVERAL}`);
  const isAlone = has.length + hasNot.length === 1;
  if (isAlone) return [...known, ...without];
  const [first, ...others] = known;
  const isSome = (each: string) => `(${each}) | ${IS_ONE_OF_SEVERAL}`;
  if (first === undefined || known.length < has.length) return [...known.map(isSome), ...without];
  const firstOrAny =
    others.length === 0 ? first : `(${first}) | ${IS_ONE_OF_SEVERAL} & (${others.join(" | ")})`;
  return [firstOrAny, ...others.map(isSome), ...without];
}

const SPELLED = {
  words: quoted,
  internalWords: (lexeme: string) => quoted(internalLexeme(lexeme)),
};

/** Words of internal comments have no places: those of a phrase are found in any order. */
function phrase(
  steps: SearchTerm["steps"],
  seesInternal: boolean,
  alternatives: (lexeme: string, index: number, kind: keyof typeof SPELLED) => string[],
): string[] {
  let inPlace = "";
  for (const [index, { lexeme, at }] of steps.entries()) {
    const step = anyOf(alternatives(lexeme, index, "words"));
    const before = steps[index - 1];
    inPlace += before ? ` <${at - before.at}> ${step}` : step;
  }
  if (!seesInternal) return [`(${inPlace})`];
  const internal = steps.map(({ lexeme }, index) =>
    anyOf(alternatives(lexeme, index, "internalWords")),
  );
  return [`(${inPlace})`, `(${internal.join(" & ")})`];
}

function anyOf(operands: readonly string[]): string {
  return `(${[...new Set(operands)].join(" | ")})`;
}
