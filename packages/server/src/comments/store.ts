import {
  type Caller,
  type Comment,
  type Page,
  seesInternalComments,
  toPublicId,
  toRequestId,
  toUuid,
  type Visibility,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Write } from "../commands/change.ts";
import type { Database } from "../db/database.ts";
import { findByIds } from "../db/find.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { statement } from "../db/statement.ts";

const p = sql.placeholder;

interface CommentRow {
  id: string;
  requestNumber: number;
  authorId: string;
  authorName: string;
  visibility: Visibility;
  body: string;
  createdAt: Date;
}

const COMMENTS = sql`
  select c.id, r.number as "requestNumber", c.author_id as "authorId", u.full_name as "authorName", c.visibility,
    c.body, c.created_at as "createdAt"
  from comments c join users u on u.id = c.author_id join requests r on r.id = c.request_id`;

const ofRequest = statement(
  "comments_of_request",
  sql`
    ${COMMENTS}
    where c.request_id = ${p("request")}::uuid
      and (${p("before")}::uuid is null or c.id < ${p("before")}::uuid)
      and (${p("internal")}::boolean or c.visibility = 'PUBLIC')
    order by c.id desc limit ${p("limit")}::int`,
);

/** The comments that the caller may see, newest first. */
export async function listComments(
  db: Database,
  requestUuid: string,
  input: { cursor?: string | undefined; limit?: number | undefined },
  caller: Caller,
): Promise<Page<Comment>> {
  const limit = limitOf(input);
  const rows = await db.query<CommentRow>(ofRequest, {
    request: requestUuid,
    before: readUuidCursor(input.cursor),
    internal: seesInternalComments(caller),
    limit: limit + 1,
  });
  return toPage(rows, limit, toComment, (row) => uuidCursor(row.id));
}

const byIds = statement("comments_by_ids", sql`${COMMENTS} where c.id = any(${p("ids")}::uuid[])`);

/** Comments by their ids, whoever asks. */
export function findComments(db: Database, ids: readonly string[]): Promise<Map<string, Comment>> {
  return findByIds(db, byIds, "comment", ids, toComment);
}

function toComment(row: CommentRow): Comment {
  return {
    id: toPublicId("comment", row.id),
    serviceRequestId: toRequestId(row.requestNumber),
    author: { id: toPublicId("user", row.authorId), fullName: row.authorName },
    visibility: row.visibility,
    body: row.body,
    createdAt: row.createdAt.toISOString(),
  };
}

const insert: Write = {
  name: "comment_insert",
  ctes: sql`changed as (
    insert into comments (id, request_id, author_id, visibility, body, created_at)
    values (${p("id")}, ${p("request")}, ${p("author")}, ${p("visibility")}, ${p("body")}, ${p("createdAt")})
    returning id)`,
};

export function insertComment(uuid: string, requestUuid: string, next: Comment) {
  return {
    write: insert,
    requestUuid,
    values: {
      id: uuid,
      request: requestUuid,
      author: toUuid("user", next.author.id),
      visibility: next.visibility,
      body: next.body,
      createdAt: next.createdAt,
    },
  };
}
