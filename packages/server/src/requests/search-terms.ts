import type { SearchQuery, SearchTerm } from "@serviceflow/domain";
import type { Reads } from "../db/database.ts";
import { knownWords, requests, userWords } from "../db/schema.ts";
import { columns, type Expression, json, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { internalLexeme, personMark, quoted } from "./words.ts";

/** The words that a beginning stands for are the shortest of those that are looked at. */
const MAX_WORDS_READ = 400;
const MAX_WORDS = 60;
/** The people whose names are meant, the newest first. */
const MAX_PEOPLE = 20;
/** The last character of all. */
const LAST = "\u{10FFFF}";

function wordsBetween<Low, High>(
  low: Expression<string | null, Low>,
  high: Expression<string | null, High>,
) {
  return json<string[] | null>(sql`(
    select json_agg(found.word) from (
      select ${knownWords.word} as word from ${knownWords}
      where ${knownWords.word} ~>=~ ${low} and ${knownWords.word} ~<=~ ${high}
      order by ${knownWords.word} using ~<~ limit ${p("maxWords", "int")}) as found)`);
}

const people = json<{ term: number; userId: string }[] | null>(sql`(
  select json_agg(json_build_object('term', asked.term, 'userId', found.person))
  from unnest(${p("nameTerms", "int[]")}, ${p("nameFrom", "text[]")}, ${p("nameTo", "text[]")})
    as asked (term, low, high)
  cross join lateral (
    select ${userWords.userId} as person from ${userWords}
    where ${userWords.word} ~>=~ asked.low and ${userWords.word} ~<=~ asked.high
    order by ${userWords.word} using ~<~, ${userWords.userId} desc limit ${p("maxPeople", "int")}) as found)`);

const terms = statement(
  "search_terms",
  sql`select ${columns({
    top: value("int?", sql`select max(${requests.number}) from ${requests}`),
    words: wordsBetween(p("prefix", "text?"), p("prefixEnd", "text?")),
    internalWords: wordsBetween(p("internalPrefix", "text?"), p("internalPrefixEnd", "text?")),
    people,
  })}`,
);

/** What is looked for, as it is compared with each request's words. */
export interface SearchPlan {
  /** A tsquery for each word or phrase: all of them must match. */
  queries: string[];
  /** The highest number that there is; null: there are no requests. */
  top: number | null;
}

/** Looks up which words the last one can be the beginning of, and whose names are meant. */
export async function planSearch(
  db: Reads,
  { terms: asked }: SearchQuery,
  seesInternal: boolean,
): Promise<SearchPlan> {
  const prefix = asked.at(-1)?.prefix ?? null;
  const internal = prefix !== null && seesInternal ? internalLexeme(prefix) : null;
  const names = asked.flatMap(nameRanges);
  const [found] = await db.query(terms, {
    prefix,
    prefixEnd: prefix && prefix + LAST,
    internalPrefix: internal,
    internalPrefixEnd: internal && internal + LAST,
    maxWords: MAX_WORDS_READ,
    nameTerms: names.map(({ term }) => term),
    nameFrom: names.map(({ low }) => low),
    nameTo: names.map(({ high }) => high),
    maxPeople: MAX_PEOPLE,
  });
  const words = [...shortest(found?.words), ...shortest(found?.internalWords)];
  const queries = asked.map((term, index) => {
    const people = (found?.people ?? []).filter((each) => each.term === index);
    const requesters = [...new Set(people.map(({ userId }) => personMark("r", userId)))];
    return queryOf(term, { words: term.prefix === null ? [] : words, requesters, seesInternal });
  });
  return { queries, top: found?.top ?? null };
}

/** Names are compared with single words. */
function nameRanges({ steps, prefix }: SearchTerm, term: number) {
  const [only] = steps;
  if (!only || steps.length > 1) return [];
  const exact = { term, low: only.lexeme, high: only.lexeme };
  return prefix === null ? [exact] : [exact, { term, low: prefix, high: prefix + LAST }];
}

function shortest(words: string[] | null | undefined): string[] {
  return (words ?? []).sort((a, b) => a.length - b.length).slice(0, MAX_WORDS);
}

interface Alternatives {
  words: readonly string[];
  requesters: readonly string[];
  seesInternal: boolean;
}

function queryOf(
  { steps, prefix, unless }: SearchTerm,
  { words, requesters, seesInternal }: Alternatives,
): string {
  const visible = (lexemes: readonly string[]) =>
    seesInternal ? lexemes.flatMap((lexeme) => [lexeme, internalLexeme(lexeme)]) : lexemes;
  let phrase = "";
  for (const [index, { lexeme, at }] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const lexemes = visible(isLast && prefix !== null ? [lexeme, prefix] : [lexeme]);
    const step = anyOf([...lexemes, ...(isLast ? words : [])]);
    const before = steps[index - 1];
    phrase += before ? ` <${at - before.at}> ${step}` : step;
  }
  const matching = [`(${phrase})`, ...requesters.map(quoted)].join(" | ");
  if (unless === null) return matching;
  return `!(${matching}) | ${anyOf(visible([unless]))}`;
}

function anyOf(lexemes: readonly string[]): string {
  return `(${[...new Set(lexemes)].map(quoted).join(" | ")})`;
}
