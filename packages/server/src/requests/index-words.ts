import { nameWords } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { Query } from "../db/database.ts";
import { NIL_UUID } from "../db/ids.ts";
import {
  comments,
  knownWords,
  requests,
  requestWords,
  users,
  userWords,
  wordsBackfill,
  wordsDue,
} from "../db/schema.ts";
import { columns, name, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, set } from "../db/write.ts";
import { commentWords, MAX_LEXEMES, marksOf, textWords } from "./words.ts";

const INTERVAL_MS = 5_000;
/** Each batch locks its rows for some milliseconds. */
const BATCH_SIZE = 50;
const COMMENTS_AT_ONCE = 500;

/**
 * Makes what is written without its words findable: requests that are older than the table of words, the newest first,
 * and what an older build or SQL writes meanwhile. Replicas share the work.
 */
export function wordsIndexer({ db, log }: Pick<Services, "db" | "log">): Job {
  return new Job({
    log,
    name: "index words for the search",
    everyMs: INTERVAL_MS,
    atStart: true,
    async work(stop) {
      stop.throwIfAborted();
      const due = await db.transaction(indexDue);
      const older = await db.transaction(backfill);
      return due || older;
    },
  });
}

const limit = p("limit", "int");

const due = alias(wordsDue, "due");

const claimDue = statement(
  "words_due_claim",
  sql`
    with ${due} as (
      delete from ${wordsDue} where ${wordsDue.subjectId} in (
        select ${wordsDue.subjectId} from ${wordsDue} order by ${wordsDue.subjectId}
        limit ${limit} for update skip locked)
      returning ${wordsDue}.*)
    select ${columns({ id: due.subjectId, kind: due.kind })} from ${due}`,
);

/** @returns whether there may be more */
async function indexDue(query: Query): Promise<boolean> {
  const due = await query(claimDue, { limit: BATCH_SIZE });
  const idsOf = (kind: string) => due.filter((each) => each.kind === kind).map(({ id }) => id);
  await indexRequests(query, idsOf("REQUEST"));
  await indexUsers(query, idsOf("USER"));
  return due.length === BATCH_SIZE;
}

const claimBackfill = statement(
  "words_backfill_claim",
  sql`
    select ${columns({ below: wordsBackfill.below })} from ${wordsBackfill}
    where ${wordsBackfill.below} > 0 for update skip locked`,
);
const nextRequests = statement(
  "words_backfill_next",
  sql`
    select ${columns({ id: requests.id, number: requests.number })} from ${requests}
    where ${requests.number} < ${p("below", "int")} order by ${requests.number} desc limit ${limit}`,
);
const backfilled = statement(
  "words_backfill_done",
  sql`update ${wordsBackfill} set ${name(wordsBackfill.below)} = ${p("below", "int")}`,
);

/** @returns whether there may be more */
async function backfill(query: Query): Promise<boolean> {
  const [claimed] = await query(claimBackfill);
  if (!claimed) return false;
  const found = await query(nextRequests, { below: claimed.below, limit: BATCH_SIZE });
  await indexRequests(
    query,
    found.map(({ id }) => id),
  );
  await query(backfilled, { below: found.at(-1)?.number ?? 0 });
  return found.length > 0;
}

const ids = p("ids", "uuid[]");

// Comments add to these rows meanwhile: what is read after the lock is all that they wait for.
const lockWords = statement(
  "words_lock",
  sql`
    select ${columns({ part: requestWords.part })} from ${requestWords}
    where ${requestWords.requestId} = any(${ids})
    order by ${requestWords.requestId}, ${requestWords.part} for update`,
);

const TEXT = {
  id: requests.id,
  number: requests.number,
  requesterId: requests.requesterId,
  submitterId: requests.submitterId,
  title: requests.title,
  description: requests.description,
  version: requests.version,
};
const texts = statement(
  "words_texts",
  sql`select ${columns(TEXT)} from ${requests} where ${requests.id} = any(${ids})`,
);

const COMMENT = {
  id: comments.id,
  requestId: comments.requestId,
  visibility: comments.visibility,
  body: comments.body,
};
const commentsAfter = statement(
  "words_comments",
  sql`
    select ${columns(COMMENT)} from ${comments}
    where ${comments.requestId} = ${p("request", "uuid")}
      and ${comments.id} > ${p("after", "uuid")}
    order by ${comments.id} limit ${limit}`,
);

const removeWords = statement(
  "words_remove_parts",
  sql`
    delete from ${requestWords}
    where ${requestWords.requestId} = ${p("request", "uuid")} and ${requestWords.part} > ${p("last", "int")}`,
);

const excluded = alias(requestWords, "excluded");

const REPLACED = sql`
  on conflict (${name(requestWords.requestId)}, ${name(requestWords.part)}) do update set ${set(
    requestWords,
    {
      number: sql`${excluded.number}`,
      version: sql`${excluded.version}`,
      lastCommentId: sql`${excluded.lastCommentId}`,
      words: sql`${excluded.words}`,
    },
  )}`;

const putWords = statement(
  "words_put",
  sql`
    ${insertFrom(requestWords, {
      requestId: p("requestId", "uuid"),
      part: p("part", "int"),
      number: p("number", "int"),
      version: p("version", "int"),
      lastCommentId: p("lastCommentId", "uuid?"),
      words: p("words", requestWords.words),
    })} ${REPLACED}`,
);
const listWords = statement(
  "words_list",
  sql`
    ${insertFrom(
      knownWords,
      { word: sql`listed.word` },
      sql`unnest(${p("listed", "text[]")}) as listed (word)`,
    )} on conflict do nothing`,
);

async function indexRequests(query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await query(lockWords, { ids });
  for (const request of await query(texts, { ids })) {
    const { parts, listed } = await partsOf(query, request);
    await query(removeWords, { request: request.id, last: parts.length - 1 });
    for (const [part, { vector, lastCommentId }] of parts.entries()) {
      await query(putWords, {
        requestId: request.id,
        part,
        number: request.number,
        version: part === 0 ? request.version : 0,
        lastCommentId,
        words: vector,
      });
    }
    await query(listWords, { listed });
  }
}

/** The rows of a request's words, as its comments one after the other would have made them. */
async function partsOf(query: Query, request: Row<typeof TEXT>) {
  const text = textWords(request, request);
  const listed = new Set(text.listed);
  let part = { ...text, lastCommentId: null as string | null };
  const parts = [part];
  let after: string | undefined = NIL_UUID;
  while (after !== undefined) {
    const found: Row<typeof COMMENT>[] = await query(commentsAfter, {
      request: request.id,
      after,
      limit: COMMENTS_AT_ONCE,
    });
    for (const { id, body, visibility } of found) {
      if (part.count >= MAX_LEXEMES) {
        part = { vector: marksOf(request), listed: [], count: 0, end: 1, lastCommentId: null };
        parts.push(part);
      }
      const added = commentWords(body, visibility, part.end + 1);
      part.vector += ` ${added.vector}`;
      part.count += added.count;
      part.end = added.end;
      part.lastCommentId = id;
      for (const word of added.listed) listed.add(word);
    }
    after = found.length === COMMENTS_AT_ONCE ? found.at(-1)?.id : undefined;
  }
  return { parts, listed: [...listed].sort() };
}

const namesOf = statement(
  "words_names",
  sql`
    select ${columns({ id: users.id, fullName: users.fullName })} from ${users}
    where ${users.id} = any(${ids}) and ${users.erasedAt} is null order by ${users.id} for share`,
);
const replaceNames = statement(
  "words_names_replace",
  sql`
    with removed as (
      delete from ${userWords} where ${userWords.userId} = ${p("user", "uuid")}
        and ${userWords.word} <> all(${p("named", "text[]")}))
    ${insertFrom(
      userWords,
      { word: sql`named.word`, userId: p("user", "uuid") },
      sql`unnest(${p("named", "text[]")}) as named (word)`,
    )} on conflict do nothing`,
);

async function indexUsers(query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const { id, fullName } of await query(namesOf, { ids })) {
    await query(replaceNames, { user: id, named: nameWords(fullName) });
  }
}
