import {
  type IndexedWords,
  indexedWords,
  type RequestState,
  type Visibility,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { numberOf, uuidOf } from "../db/ids.ts";
import { comments, knownWords, requestWords } from "../db/schema.ts";
import { literal, name, p, type Sql, sql } from "../db/sql.ts";
import { insertFrom, params, prefixed, set } from "../db/write.ts";

/** Words of internal comments are other lexemes, which only those look for who see the comments. */
const INTERNAL = "~";

/** A row with so many lexemes, or whose words would stand after the place, takes no further comment: the next row does. */
export const MAX_LEXEMES = 2_000;
export const MAX_COMMENT_PLACE = 4_000;

/** What every row of a request has that has several: all words that are looked for need not be in one of them. */
export const SEVERAL = "@m";

/** Sizes of the blocks of numbers, as powers of two, with the letter of each. */
export const BLOCKS = [
  [10, "a"],
  [13, "b"],
  [16, "c"],
] as const;

/** A lexeme that no word is: `@` and a letter for what it names. */
export function markOf(letter: "a" | "b" | "c" | "r" | "s", name: number | string): string {
  return `@${letter}${name}`;
}

export function personMark(letter: "r" | "s", uuid: string): string {
  return markOf(letter, uuid.replaceAll("-", ""));
}

export function internalLexeme(lexeme: string): string {
  return INTERNAL + lexeme;
}

/** A lexeme as tsvector and tsquery spell it. */
export function quoted(lexeme: string): string {
  return `'${lexeme.replace(/['\\]/g, "$&$&")}'`;
}

/** What a request's words need of it. */
export interface WordedRequest {
  id: string;
  number: number;
  requesterId: string;
  submitterId: string;
}

/** The lexemes by which a search finds its way: the blocks of its number, and its people. */
export function requestMarks({ number, requesterId, submitterId }: WordedRequest): string[] {
  const blocks = BLOCKS.map(([bits, letter]) => markOf(letter, number >> bits));
  const people = [personMark("r", requesterId)];
  if (submitterId !== requesterId) people.push(personMark("s", submitterId));
  return [...blocks, ...people];
}

export function quotedAll(lexemes: readonly string[]): string {
  return lexemes.map(quoted).join(" ");
}

/** PostgreSQL keeps no higher one, and no more of a lexeme. */
const MAX_PLACE = 16_383;
const MAX_PLACES = 255;
/** A phrase does not reach from the text before it into the first word. */
const FIRST_PLACE = 3;

/** @param weight of each place: A or none */
function placed({ places }: IndexedWords, weight: "" | "A", before: number): string {
  const lexemes: string[] = [];
  for (const [lexeme, at] of places) {
    const kept = at.slice(0, MAX_PLACES).map((place) => Math.min(before + place, MAX_PLACE));
    lexemes.push(`${quoted(lexeme)}:${kept.map((place) => `${place}${weight}`).join(",")}`);
  }
  return lexemes.join(" ");
}

function lastPlace({ places }: IndexedWords): number {
  let last = 0;
  for (const at of places.values()) last = Math.max(last, at.at(MAX_PLACES - 1) ?? at.at(-1) ?? 0);
  return Math.min(last, MAX_PLACE);
}

/** Words of a text. */
export interface TextWords {
  /** As a tsvector. @param before no word of its row stands after it */
  vector(before?: number): string;
  lexemes: string[];
  /** Those that a prefix can stand for. */
  listed: string[];
  /** How many places it takes; 0: its words have none. */
  places: number;
}

/** The words of a request without its comments. */
export function textWords({
  title,
  description,
}: Pick<RequestState, "title" | "description">): TextWords {
  return wordsWith(indexedWords([title, description], FIRST_PLACE), "A");
}

/**
 * Words of internal comments have no places, so that the public ones stand where they would without them: of a phrase they
 * are found together.
 */
export function commentWords(body: string, visibility: Visibility): TextWords {
  const indexed = indexedWords([body], FIRST_PLACE);
  if (visibility === "PUBLIC") return wordsWith(indexed, "");
  const lexemes = [...indexed.places.keys()].map(internalLexeme);
  const listed = indexed.words.map(internalLexeme);
  return { vector: () => quotedAll(lexemes), lexemes, listed, places: 0 };
}

function wordsWith(indexed: IndexedWords, weight: "" | "A"): TextWords {
  return {
    vector: (before = 0) => placed(indexed, weight, before),
    lexemes: [...indexed.places.keys()],
    listed: indexed.words,
    places: lastPlace(indexed),
  };
}

function wordedRequest(id: string, state: RequestState): WordedRequest {
  return {
    id,
    number: numberOf(state.id),
    requesterId: uuidOf("user", state.requester.id),
    submitterId: uuidOf("user", state.submitter.id),
  };
}

// Sorted, so that two that list the same new words wait for each other in one order.
const listed = sql`
  listed as (
    ${insertFrom(
      knownWords,
      { word: sql`listed.word` },
      sql`changed cross join unnest(${p("listed", "text[]")}) as listed (word)`,
    )} on conflict do nothing)`;

/** Adds the words of a new request. */
export const WORDS_INSERTED = sql`
  worded as (${insertFrom(requestWords, params(requestWords, "words"), sql`changed`)}),
  ${listed}`;

export function insertedWords(id: string, next: RequestState) {
  const request = wordedRequest(id, next);
  const { vector, listed, places } = textWords(next);
  const row = {
    requestId: id,
    part: 0,
    number: request.number,
    version: next.version,
    lastCommentId: null,
    lastPlace: places,
    lastCommentPlace: 0,
    words: `${quotedAll(requestMarks(request))} ${vector()}`,
  };
  return { ...prefixed("words", row), listed };
}

// What has no places are marks and the words of internal comments.
const COMMENTS_AND_MARKS = sql`
  ts_filter(${requestWords.words}, '{d}') || array_to_tsvector(array(
    select each_word.lexeme from unnest(${requestWords.words}) as each_word (lexeme, places, weights)
    where each_word.places is null))`;

/** The text comes after the comments: where it came before them, each edit would move them on. */
const replaced = <Params>(kept: Sql<Params>) => sql`
  worded as (
    update ${requestWords} set ${set(requestWords, {
      version: p("wordsVersion", requestWords.version),
      words: sql`(${kept}) || ${p("wordsText", requestWords.words)}`,
      lastPlace: sql`${requestWords.lastCommentPlace} + ${p("wordsPlaces", "int")}`,
    })}
    from changed where ${requestWords.requestId} = changed.id and ${requestWords.part} = 0),
  ${listed}`;

/** Replaces the words of title and description; those of comments have the weight D or none. */
export const WORDS_REPLACED = replaced(COMMENTS_AND_MARKS);

export function replacedWords(next: RequestState) {
  const { vector, listed, places } = textWords(next);
  return { wordsVersion: next.version, wordsText: vector(), wordsPlaces: places, listed };
}

const remarked = <Params>(words: Sql<Params>) => sql`
  ts_delete(${words}, ${p("oldMarks", "text[]")}) || ${p("wordsMarks", requestWords.words)}`;

/** The same for a request that has another requester, whose marks are in its further rows as well. */
export const WORDS_REMARKED = sql`
  ${replaced(remarked(COMMENTS_AND_MARKS))},
  remarked as (
    update ${requestWords} set ${set(requestWords, { words: remarked(sql`${requestWords.words}`) })}
    from changed where ${requestWords.requestId} = changed.id and ${requestWords.part} > 0)`;

export function remarkedWords(
  id: string,
  next: RequestState,
  before: Pick<WordedRequest, "requesterId" | "submitterId">,
) {
  return {
    ...replacedWords(next),
    oldMarks: [personMark("r", before.requesterId), personMark("s", before.submitterId)],
    wordsMarks: quotedAll(requestMarks(wordedRequest(id, next))),
  };
}

const latest = alias(requestWords, "latest");
const requestId = p("wordsRequestId", requestWords.requestId);
const lastPart = sql`(
  select max(${latest.part}) from ${requestWords} ${latest} where ${latest.requestId} = ${requestId})`;
const commentId = p("id", comments.id);
const added = p("wordsAdded", requestWords.words);
const addedPlaces = p("wordsPlaces", "int");

/**
 * Adds the words of a comment to those of its request: to the last row, or to a further one when that is full. When it has
 * none yet, a trigger has noted it.
 */
export const WORDS_ADDED = sql`
  appended as (
    update ${requestWords} set ${set(requestWords, {
      words: sql`${requestWords.words} || ${added}`,
      lastCommentId: commentId,
      lastPlace: sql`${requestWords.lastPlace} + ${addedPlaces}`,
      lastCommentPlace: sql`
        case when ${addedPlaces} > 0 then ${requestWords.lastPlace} + ${addedPlaces}
          else ${requestWords.lastCommentPlace} end`,
    })}
    from activity
    where ${requestWords.requestId} = ${requestId} and ${requestWords.part} = ${lastPart}
      and length(${requestWords.words}) < ${literal(String(MAX_LEXEMES))}
      and (${addedPlaces} = 0
        or ${requestWords.lastPlace} + ${addedPlaces} <= ${literal(String(MAX_COMMENT_PLACE))})
    returning ${requestWords.part}),
  continued as (${insertFrom(
    requestWords,
    {
      requestId,
      part: sql`${lastPart} + 1`,
      number: p("wordsNumber", requestWords.number),
      version: sql`0`,
      lastCommentId: commentId,
      lastPlace: addedPlaces,
      lastCommentPlace: addedPlaces,
      words: sql`${p("wordsMarks", requestWords.words)} || ${added}`,
    },
    sql`activity where ${lastPart} is not null and not exists (select 1 from appended)`,
  )}
    on conflict (${name(requestWords.requestId)}, ${name(requestWords.part)}) do update set ${set(
      requestWords,
      {
        words: sql`${requestWords.words} || ${added}`,
        lastCommentId: commentId,
        lastPlace: sql`${requestWords.lastPlace} + ${addedPlaces}`,
        lastCommentPlace: sql`${requestWords.lastPlace} + ${addedPlaces}`,
      },
    )}
    returning ${requestWords.part}),
  several as (
    update ${requestWords} set ${set(requestWords, {
      words: sql`${requestWords.words} || ${literal(quoted(SEVERAL))}::tsvector`,
    })}
    from continued
    where ${requestWords.requestId} = ${requestId} and ${requestWords.part} = 0 and continued.part = 1),
  ${listed}`;

export function addedWords(request: WordedRequest, body: string, visibility: Visibility) {
  const { vector, listed, places } = commentWords(body, visibility);
  return {
    wordsRequestId: request.id,
    wordsNumber: request.number,
    wordsMarks: quotedAll([...requestMarks(request), SEVERAL]),
    wordsAdded: vector(),
    wordsPlaces: places,
    listed,
  };
}
