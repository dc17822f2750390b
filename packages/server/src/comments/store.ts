import {
  type Caller,
  type Comment,
  type Page,
  seesInternalComments,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { authority } from "../access/authority.ts";
import { type Write, write } from "../commands/write.ts";
import type { ListedWords } from "../context.ts";
import type { Database, Reads } from "../db/database.ts";
import { findByIds } from "../db/find.ts";
import { uuidOf } from "../db/ids.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { comments, requests, users } from "../db/schema.ts";
import { columns, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, params, set } from "../db/write.ts";
import type { RequestRow } from "../requests/columns.ts";
import { listing } from "../requests/listed-words.ts";
import { noticed, PEOPLE } from "../requests/participants.ts";
import { addedWords, WORDS_ADDED, type WordedRequest } from "../requests/words.ts";

const COMMENT = {
  id: comments.id,
  requestNumber: requests.number,
  authorId: comments.authorId,
  authorName: users.fullName,
  visibility: comments.visibility,
  body: comments.body,
  createdAt: comments.createdAt,
};

const COMMENTS = sql`
  ${comments} join ${users} on ${users.id} = ${comments.authorId}
  join ${requests} on ${requests.id} = ${comments.requestId}`;

const before = p("before", "uuid?");

const ofRequest = statement(
  "comments_of_request",
  sql`
    select ${columns(COMMENT)} from ${COMMENTS}
    where ${comments.requestId} = ${p("request", "uuid")}
      and (${before} is null or ${comments.id} < ${before})
      and (${p("internal", "boolean")} or ${comments.visibility} = 'PUBLIC')
    order by ${comments.id} desc limit ${p("limit", "int")}`,
);

/** The comments that the caller may see, newest first. */
export async function listComments(
  db: Database,
  requestUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
  caller: Caller,
): Promise<Page<Comment>> {
  const limit = limitOf(input);
  const rows = await db.query(ofRequest, {
    request: requestUuid,
    before: readUuidCursor(input.cursor),
    internal: seesInternalComments(caller),
    limit: limit + 1,
  });
  return toPage(rows, limit, toComment, (row) => uuidCursor(row.id));
}

const byIds = statement(
  "comments_by_ids",
  sql`select ${columns(COMMENT)} from ${COMMENTS} where ${comments.id} = any(${p("ids", "uuid[]")})`,
);

/** Comments by their ids, without a check of permissions. */
export function findComments(db: Reads, ids: readonly string[]): Promise<Map<string, Comment>> {
  return findByIds(db, byIds, "comment", ids, toComment);
}

function toComment(row: Row<typeof COMMENT>): Comment {
  return {
    id: toPublicId("comment", row.id),
    serviceRequestId: toRequestId(row.requestNumber),
    author: { id: toPublicId("user", row.authorId), fullName: row.authorName },
    visibility: row.visibility,
    body: row.body,
    createdAt: row.createdAt,
  };
}

// The comment's time can be before that of one that was committed first.
const later = (column: AnyColumn) =>
  sql`greatest(${column}, ${p("createdAt", comments.createdAt)})`;

const changed = alias(comments, "changed");

// A requester who is corrected no longer sees it.
const STILL_OF_REQUESTER = sql`
  ${authority} join ${requests} on ${requests.id} = ${p("requestId", comments.requestId)}
    and ${requests.requesterId} = ${p("requesterId", requests.requesterId)}`;

const insert = write(
  "comment_insert",
  sql`
    changed as (
      ${insertFrom(comments, params(comments), STILL_OF_REQUESTER)} returning ${comments.requestId}
    ),
    activity as (
      update ${requests} set ${set(requests, {
        lastCommentAt: later(requests.lastCommentAt),
        lastPublicCommentAt: sql`
          case when ${p("visibility", comments.visibility)} = 'PUBLIC'
            then ${later(requests.lastPublicCommentAt)} else ${requests.lastPublicCommentAt} end`,
      })}
      from changed where ${requests.id} = ${changed.requestId} returning ${PEOPLE}
    ),
    ${noticed("activity", {
      at: p("createdAt", comments.createdAt),
      internal: sql`(${p("visibility", comments.visibility)} = 'INTERNAL')`,
    })},
    ${WORDS_ADDED}`,
);

/** Writes a comment, if its request is still the requester's that it was decided on. */
export function insertComment(
  listedWords: ListedWords,
  id: string,
  request: WordedRequest & Pick<RequestRow, "requesterId" | "number">,
  next: Comment,
): Write {
  const { author, visibility, body, createdAt } = next;
  const { id: requestId, number, requesterId } = request;
  const row = { id, requestId, requesterId, authorId: uuidOf("user", author.id), visibility };
  const words = addedWords(request, body, visibility);
  return listing(listedWords, words.listed, (listed) =>
    insert({ ...row, body, createdAt, ...words, listed }, { uuid: requestId, number }),
  );
}
