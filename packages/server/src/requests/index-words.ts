import { setTimeout as pause, setImmediate } from "node:timers/promises";
import { nameWords } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { Job } from "../background.ts";
import type { Services } from "../context.ts";
import type { Query } from "../db/database.ts";
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
import { arraysOf, insertFrom, prefixed, set, unnested, type Values } from "../db/write.ts";
import { PartsOfWords } from "./parts-of-words.ts";

const INTERVAL_MS = 5_000;
/** Each batch locks so many requests, less than a second long. */
const REQUESTS_AT_ONCE = 100;
const USERS_AT_ONCE = 1_000;
/** Of each request of a batch; further ones are read one request after the other. */
const COMMENTS_OF_EACH = 50;
const COMMENTS_AT_ONCE = 500;
/** Calls are answered after so many. */
const SPLIT_AT_ONCE = 20;
/** What is left to others between two batches, as a part of the time that one takes. */
const REST = 0.25;

/**
 * Makes what is written without its words findable: requests that are older than the table of words, the newest first,
 * names, and what an older build or SQL writes meanwhile. Replicas share the work.
 */
export function wordsIndexer({ db, log }: Pick<Services, "db" | "log">): Job {
  return new Job({
    log,
    name: "index words for the search",
    everyMs: INTERVAL_MS,
    atStart: true,
    async work(stop) {
      stop.throwIfAborted();
      const startedAt = performance.now();
      const due = await db.transaction(indexDue);
      const older = await db.transaction(backfill);
      if (!due && !older) return false;
      await pause((performance.now() - startedAt) * REST, undefined, { ref: false, signal: stop });
      return true;
    },
  });
}

const limit = p("limit", "int");

const due = alias(wordsDue, "due");

const claimDue = statement(
  "words_due_claim",
  sql`
    with ${due} as (
      delete from ${wordsDue} where (${wordsDue.kind}, ${wordsDue.subjectId}) in (
        select ${wordsDue.kind}, ${wordsDue.subjectId} from ${wordsDue}
        order by ${wordsDue.kind}, ${wordsDue.subjectId} limit ${limit} for update skip locked)
      returning ${wordsDue}.*)
    select ${columns({ id: due.subjectId, kind: due.kind })} from ${due}`,
);

/** @returns whether there may be more */
async function indexDue(query: Query): Promise<boolean> {
  const due = await query(claimDue, { limit: REQUESTS_AT_ONCE });
  const idsOf = (kind: string) => due.filter((each) => each.kind === kind).map(({ id }) => id);
  const users = idsOf("USER");
  await indexUsers(query, users);
  const passed = await indexRequests(query, idsOf("REQUEST"));
  if (passed.size > 0) await query(putOff, { ids: [...passed] });
  return due.length === REQUESTS_AT_ONCE && passed.size < due.length;
}

const { below, usersUpTo } = wordsBackfill;

const claimBackfill = statement(
  "words_backfill_claim",
  sql`
    select ${columns({ below, usersUpTo })} from ${wordsBackfill}
    where ${below} > 0 or ${usersUpTo} is not null for update skip locked`,
);
const nextRequests = statement(
  "words_backfill_requests",
  sql`
    select ${columns({ id: requests.id, number: requests.number })} from ${requests}
    where ${requests.number} < ${p("below", "int")} order by ${requests.number} desc limit ${limit}`,
);
const nextUsers = statement(
  "words_backfill_users",
  sql`
    select ${columns({ id: users.id })} from ${users}
    where ${users.id} <= ${p("upTo", "uuid")} order by ${users.id} desc limit ${limit}`,
);
const backfilled = statement(
  "words_backfill_done",
  sql`
    update ${wordsBackfill} set ${set(wordsBackfill, {
      below: p("below", "int"),
      usersUpTo: p("usersUpTo", "uuid?"),
    })}`,
);

/** @returns whether there may be more */
async function backfill(query: Query): Promise<boolean> {
  const [place] = await query(claimBackfill);
  if (!place) return false;
  const { usersUpTo } = place;
  // One more, which is where the next batch begins.
  const people =
    usersUpTo === null ? [] : await query(nextUsers, { upTo: usersUpTo, limit: USERS_AT_ONCE + 1 });
  const ids = people.map(({ id }) => id);
  await indexUsers(query, ids.slice(0, USERS_AT_ONCE));
  const found = await query(nextRequests, { below: place.below, limit: REQUESTS_AT_ONCE });
  const passed = await indexRequests(
    query,
    found.map(({ id }) => id),
  );
  // Its writer may have noted it, and not committed: to note it here as well would wait for that.
  const again = found.find(({ id }) => passed.has(id));
  const rest = {
    below: again ? again.number + 1 : (found.at(-1)?.number ?? 0),
    usersUpTo: ids[USERS_AT_ONCE] ?? null,
  };
  await query(backfilled, rest);
  return (rest.below > 0 && !again) || rest.usersUpTo !== null;
}

const ids = p("ids", "uuid[]");

const TEXT = {
  id: requests.id,
  number: requests.number,
  requesterId: requests.requesterId,
  submitterId: requests.submitterId,
  title: requests.title,
  description: requests.description,
  version: requests.version,
};
// Every write of a text or comment locks its request: none comes between what is read here and what is written. Nothing
// waits for those that are locked, so that no two wait for each other.
const lockTexts = statement(
  "words_texts",
  sql`
    select ${columns(TEXT)} from ${requests} where ${requests.id} = any(${ids})
    for no key update skip locked`,
);
const putOff = statement(
  "words_put_off",
  sql`
    ${insertFrom(
      wordsDue,
      { kind: sql`'REQUEST'`, subjectId: requests.id },
      sql`${requests} where ${requests.id} = any(${ids})`,
    )} on conflict do nothing`,
);

const COMMENT = {
  id: comments.id,
  requestId: comments.requestId,
  visibility: comments.visibility,
  body: comments.body,
};
const first = alias(comments, "first");
const firstComments = statement(
  "words_comments",
  sql`
    select ${columns({
      id: first.id,
      requestId: first.requestId,
      visibility: first.visibility,
      body: first.body,
    })} from unnest(${ids}) as asked (id)
    cross join lateral (
      select ${comments}.* from ${comments} where ${comments.requestId} = asked.id
      order by ${comments.id} limit ${limit}) as ${first}
    order by ${first.requestId}, ${first.id}`,
);
const commentsAfter = statement(
  "words_comments_after",
  sql`
    select ${columns(COMMENT)} from ${comments}
    where ${comments.requestId} = ${p("request", "uuid")} and ${comments.id} > ${p("after", "uuid")}
    order by ${comments.id} limit ${limit}`,
);

const removeWords = statement(
  "words_remove_parts",
  sql`
    delete from ${requestWords} using unnest(${ids}, ${p("counts", "int[]")}) as kept (id, parts)
    where ${requestWords.requestId} = kept.id and ${requestWords.part} >= kept.parts`,
);

const put = unnested(requestWords, "put", []);
const excluded = alias(requestWords, "excluded");
const putWords = statement(
  "words_put",
  sql`
    ${insertFrom(requestWords, put.columns, put.rows)}
    on conflict (${name(requestWords.requestId)}, ${name(requestWords.part)}) do update set ${set(
      requestWords,
      {
        number: sql`${excluded.number}`,
        version: sql`${excluded.version}`,
        lastCommentId: sql`${excluded.lastCommentId}`,
        lastPlace: sql`${excluded.lastPlace}`,
        lastCommentPlace: sql`${excluded.lastCommentPlace}`,
        words: sql`${excluded.words}`,
      },
    )}`,
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

/** @returns those that are being written meanwhile, and were passed over */
async function indexRequests(query: Query, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const locked = await query(lockTexts, { ids });
  const passed = new Set(ids);
  for (const { id } of locked) passed.delete(id);
  if (locked.length === 0) return passed;
  const commented = Map.groupBy(
    await query(firstComments, { ids: locked.map(({ id }) => id), limit: COMMENTS_OF_EACH }),
    ({ requestId }) => requestId,
  );
  const listed = new Set<string>();
  const counts: number[] = [];
  const rows: Part[] = [];
  for (const [index, request] of locked.entries()) {
    if (index % SPLIT_AT_ONCE === 0) await setImmediate();
    const parts = await partsOf(query, request, commented.get(request.id) ?? [], listed);
    counts.push(parts.length);
    rows.push(...parts);
  }
  await query(removeWords, { ids: locked.map(({ id }) => id), counts });
  await query(putWords, prefixed("put", arraysOf(rows)));
  // Last, since others who list the same new words wait.
  await query(listWords, { listed: [...listed].sort() });
  return passed;
}

type Text = Row<typeof TEXT>;
type CommentText = Row<typeof COMMENT>;
type Part = Values<typeof requestWords>;

/** The rows of a request's words, as its comments one after the other make them. */
async function partsOf(
  query: Query,
  request: Text,
  first: readonly CommentText[],
  listed: Set<string>,
): Promise<Part[]> {
  const parts = new PartsOfWords(request);
  let found = first;
  let limit = COMMENTS_OF_EACH;
  while (true) {
    for (const comment of found) parts.add(comment);
    const last = found.at(-1);
    if (!last || found.length < limit) break;
    limit = COMMENTS_AT_ONCE;
    found = await query(commentsAfter, { request: request.id, after: last.id, limit });
  }
  for (const word of parts.listed) listed.add(word);
  return parts.rows();
}

const namesOf = statement(
  "words_names",
  sql`
    select ${columns({ id: users.id, fullName: users.fullName })} from ${users}
    where ${users.id} = any(${ids}) and ${users.erasedAt} is null order by ${users.id} for share`,
);
const named = sql`unnest(${p("words", "text[]")}, ${p("people", "uuid[]")}) as named (word, person)`;
const removeNames = statement(
  "words_names_remove",
  sql`
    delete from ${userWords} where ${userWords.userId} = any(${ids}) and not exists (
      select from ${named} where named.word = ${userWords.word} and named.person = ${userWords.userId})`,
);
const putNames = statement(
  "words_names_put",
  sql`
    ${insertFrom(userWords, { word: sql`named.word`, userId: sql`named.person` }, named)}
    on conflict do nothing`,
);

async function indexUsers(query: Query, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await query(namesOf, { ids });
  const pairs = found.flatMap(({ id, fullName }) =>
    nameWords(fullName).map((word) => [word, id] as const),
  );
  const names = { words: pairs.map(([word]) => word), people: pairs.map(([, id]) => id) };
  await query(removeNames, { ids: found.map(({ id }) => id), ...names });
  await query(putNames, names);
}
