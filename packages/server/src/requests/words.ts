import {
  type IndexedWords,
  indexedWords,
  type RequestState,
  type Visibility,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { numberOf, uuidOf } from "../db/ids.ts";
import { comments, knownWords, requestWords } from "../db/schema.ts";
import { literal, p, sql } from "../db/sql.ts";
import { insertFrom, params, prefixed, set } from "../db/write.ts";

/** Words of internal comments are other lexemes, which only those look for who see the comments. */
const INTERNAL = "~";

/** A comment whose request has more lexemes begins a further row, so that none costs more than another. */
export const MAX_LEXEMES = 2_000;

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

/** The marks by which a search finds its way: the blocks of its number, and its people. */
export function marksOf({ number, requesterId, submitterId }: WordedRequest): string {
  const blocks = BLOCKS.map(([bits, letter]) => markOf(letter, number >> bits));
  const people = [personMark("r", requesterId)];
  if (submitterId !== requesterId) people.push(personMark("s", submitterId));
  return [...blocks, ...people].map(quoted).join(" ");
}

const MAX_PLACE = 16_383;
const MAX_PLACES = 255;

function vectorOf({ places }: IndexedWords, weight: "" | "A", prefix = ""): string {
  const lexemes: string[] = [];
  for (const [lexeme, at] of places) {
    const kept = at.slice(0, MAX_PLACES).map((place) => `${Math.min(place, MAX_PLACE)}${weight}`);
    lexemes.push(`${quoted(prefix + lexeme)}:${kept.join(",")}`);
  }
  return lexemes.join(" ");
}

/** The tsvector of a request without its comments, and the words in it that a prefix can stand for. */
export function textWords(
  request: WordedRequest,
  { title, description }: Pick<RequestState, "title" | "description">,
) {
  const indexed = indexedWords([title, description]);
  return {
    vector: `${marksOf(request)} ${vectorOf(indexed, "A")}`,
    listed: indexed.words,
    count: indexed.places.size,
    end: indexed.end,
  };
}

/** @param from the place of its first word: a phrase does not reach from the text before it into it */
export function commentWords(body: string, visibility: Visibility, from = 3) {
  const prefix = visibility === "INTERNAL" ? INTERNAL : "";
  const indexed = indexedWords([body], from);
  return {
    vector: vectorOf(indexed, "", prefix),
    listed: indexed.words.map((word) => prefix + word),
    count: indexed.places.size,
    end: indexed.end,
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
  const { vector, listed } = textWords(request, next);
  const { number } = request;
  const row = { requestId: id, part: 0, number, version: next.version, lastCommentId: null };
  return { ...prefixed("words", { ...row, words: vector }), listed };
}

/** Replaces the words of title and description; those of comments have the weight D. */
export const WORDS_REPLACED = sql`
  worded as (
    update ${requestWords} set ${set(requestWords, {
      version: p("wordsVersion", requestWords.version),
      words: sql`${p("wordsWords", requestWords.words)} || ts_filter(${requestWords.words}, '{d}')`,
    })}
    from changed where ${requestWords.requestId} = changed.id and ${requestWords.part} = 0),
  ${listed}`;

export function replacedWords(id: string, next: RequestState) {
  const { vector, listed } = textWords(wordedRequest(id, next), next);
  return { wordsVersion: next.version, wordsWords: vector, listed };
}

/** The same for a request that has another requester, whose marks are in its further rows as well. */
export const WORDS_REMARKED = sql`
  ${WORDS_REPLACED},
  remarked as (
    update ${requestWords} set ${set(requestWords, {
      words: sql`
        ts_delete(${requestWords.words}, ${p("oldMarks", "text[]")})
        || ${p("wordsMarks", requestWords.words)}`,
    })}
    from changed where ${requestWords.requestId} = changed.id and ${requestWords.part} > 0)`;

export function remarkedWords(
  id: string,
  next: RequestState,
  before: Pick<WordedRequest, "requesterId" | "submitterId">,
) {
  return {
    ...replacedWords(id, next),
    oldMarks: [personMark("r", before.requesterId), personMark("s", before.submitterId)],
    wordsMarks: marksOf(wordedRequest(id, next)),
  };
}

const latest = alias(requestWords, "latest");
const requestId = p("wordsRequestId", requestWords.requestId);
const lastPart = sql`(
  select max(${latest.part}) from ${requestWords} ${latest} where ${latest.requestId} = ${requestId})`;
const commentId = p("id", comments.id);
const added = p("wordsAdded", requestWords.words);

/** Adds the words of a comment to those of its request. When that has none yet, a trigger has noted it. */
export const WORDS_ADDED = sql`
  appended as (
    update ${requestWords} set ${set(requestWords, {
      words: sql`${requestWords.words} || ${added}`,
      lastCommentId: commentId,
    })}
    from activity
    where ${requestWords.requestId} = ${requestId} and ${requestWords.part} = ${lastPart}
      and length(${requestWords.words}) < ${literal(String(MAX_LEXEMES))}
    returning ${requestWords.part}),
  continued as (${insertFrom(
    requestWords,
    {
      requestId,
      part: sql`${lastPart} + 1`,
      number: p("wordsNumber", requestWords.number),
      version: sql`0`,
      lastCommentId: commentId,
      words: sql`${p("wordsMarks", requestWords.words)} || ${added}`,
    },
    sql`activity where ${lastPart} is not null and not exists (select 1 from appended)`,
  )}),
  ${listed}`;

export function addedWords(request: WordedRequest, body: string, visibility: Visibility) {
  const { vector, listed } = commentWords(body, visibility);
  return {
    wordsRequestId: request.id,
    wordsNumber: request.number,
    wordsMarks: marksOf(request),
    wordsAdded: vector,
    listed,
  };
}
