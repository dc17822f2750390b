import { type Caller, type SearchTerm, seesInternalComments } from "@serviceflow/domain";
import { beginning, isBetween } from "../../db/beginning.ts";
import type { Reads } from "../../db/database.ts";
import { knownWords, requests, userWords } from "../../db/schema.ts";
import { columns, type Expression, json, literal, p, sql, unseen, value } from "../../db/sql.ts";
import { statement } from "../../db/statement.ts";
import { viewLimit, viewValues } from "../visibility.ts";
import { internalLexeme, personMark } from "../words.ts";
import type { KnownTerm, Longer } from "./tsquery.ts";

/** More words than these are not looked for one by one. */
const MAX_WORDS = 60;
/** The people whose names are meant, the newest first. */
const MAX_PEOPLE = 60;
/** So many of a name are looked at for those who have another of the typed words in their name as well. */
const MAX_NAMESAKES = 20_000;

/** What a search needs to know before it looks at requests. */
export interface Known {
  terms: readonly KnownTerm[];
  /** All words that the last one can be the beginning of; null: too many. */
  longer: Exclude<Longer, "any"> | null;
  /** The highest number that there is; null: there are no requests. */
  top: number | null;
}

const top = value("int?", sql`select max(${requests.number}) from ${requests}`);

function wordsBetween<Low, High>(
  low: Expression<string | null, Low>,
  high: Expression<string | null, High>,
) {
  return json<string[] | null>(sql`(
    select json_agg(found.word) from (
      select ${knownWords.word} as word from ${knownWords}
      where ${isBetween(knownWords.word, low, high)} limit ${literal(String(MAX_WORDS + 1))}) as found)`);
}

const namesakes = sql`
  select ${userWords.userId} as person from ${userWords}
  where ${isBetween(userWords.word, sql`asked.low`, sql`asked.high`)}
  order by ${userWords.word} using ~<~, ${userWords.userId} desc`;

/** Those who have several of the words come first, so that a whole name finds its person however common its parts are. */
const people = json<{ term: number; userId: string }[] | null>(sql`(
  with asked as (
    select typed.* from unnest(
      ${unseen(p("nameTerms", "int[]"))}, ${unseen(p("nameFrom", "text[]"))}, ${unseen(p("nameTo", "text[]"))})
      as typed (term, low, high)),
  several as (
    select named.person
    from asked cross join lateral (${namesakes} limit ${literal(String(MAX_NAMESAKES))}) as named
    where ${unseen(p("isSeveral", "boolean"))}
    group by named.person having count(distinct asked.term) > 1
    order by count(distinct asked.term) desc, named.person desc limit ${literal(String(MAX_PEOPLE))}),
  meant as (
    select asked.term, named.person
    from asked cross join lateral (${namesakes} limit ${literal(String(MAX_PEOPLE))}) as named
    union
    select asked.term, several.person
    from several join ${userWords} on ${userWords.userId} = several.person
    join asked on ${isBetween(userWords.word, sql`asked.low`, sql`asked.high`)})
  select json_agg(json_build_object('term', meant.term, 'userId', meant.person)) from meant)`);

const ofAll = statement(
  "search_terms",
  sql`select ${columns({
    top,
    words: wordsBetween(unseen(p("prefix", "text?")), unseen(p("prefixEnd", "text?"))),
    internalWords: wordsBetween(
      unseen(p("internalPrefix", "text?")),
      unseen(p("internalPrefixEnd", "text?")),
    ),
    people,
  })}`,
);

const ofOne = statement(
  "search_terms_of_one",
  sql`select ${columns({
    top,
    names: json<string[] | null>(sql`(
      select json_agg(${userWords.word}) from ${userWords}
      where ${userWords.userId} = ${p("caller", "uuid?")})`),
  })}`,
);

/**
 * Looks up which words the last one can be the beginning of, and whose names are meant. Nothing that others wrote is
 * looked up for those who do not see it.
 */
export async function lookUp(
  db: Reads,
  terms: readonly SearchTerm[],
  caller: Caller,
): Promise<Known> {
  const { caller: person, filer } = viewValues(caller);
  const seesAll = viewLimit(caller) === null;
  const ranges = terms.flatMap(nameRanges);
  if (!seesAll && filer === null) {
    const [found] = await db.query(ofOne, { caller: person });
    const words = found?.names ?? [];
    const mine = ranges.filter(({ low, high }) =>
      words.some((word) => (low === high ? word === low : word.startsWith(low))),
    );
    const people = mine.map(({ term }) => ({ term, userId: person ?? "" }));
    return { terms: named(terms, people), longer: null, top: found?.top ?? null };
  }
  const prefix = (seesAll && terms.at(-1)?.prefix) || null;
  const internal = prefix && seesInternalComments(caller) ? internalLexeme(prefix) : null;
  const [found] = await db.query(ofAll, {
    prefix,
    prefixEnd: prefix && beginning(prefix).high,
    internalPrefix: internal,
    internalPrefixEnd: internal && beginning(internal).high,
    nameTerms: ranges.map(({ term }) => term),
    nameFrom: ranges.map(({ low }) => low),
    nameTo: ranges.map(({ high }) => high),
    isSeveral: new Set(ranges.map(({ term }) => term)).size > 1,
  });
  const longer = { words: found?.words ?? [], internalWords: found?.internalWords ?? [] };
  const isWhole = Object.values(longer).every((words) => words.length <= MAX_WORDS);
  return {
    terms: named(terms, found?.people ?? []),
    longer: prefix !== null && isWhole ? longer : null,
    top: found?.top ?? null,
  };
}

/** Names are compared with single words. */
function nameRanges({ steps, prefix }: SearchTerm, term: number) {
  const [only] = steps;
  if (!only || steps.length > 1) return [];
  const exact = { term, low: only.lexeme, high: only.lexeme };
  return prefix === null ? [exact] : [exact, { term, ...beginning(prefix) }];
}

function named(
  terms: readonly SearchTerm[],
  people: readonly { term: number; userId: string }[],
): KnownTerm[] {
  return terms.map((term, index) => {
    const meant = people.filter((each) => each.term === index);
    return { ...term, requesters: [...new Set(meant.map((each) => personMark("r", each.userId)))] };
  });
}
