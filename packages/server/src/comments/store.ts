import {
  type Caller,
  type Comment,
  type Page,
  seesInternalComments,
  toPublicId,
  toUuid,
  type Visibility,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Write } from "../db/change.ts";
import type { Database } from "../db/database.ts";
import { limitOf, readUuidCursor, toPage, uuidCursor } from "../db/page.ts";
import { statement } from "../db/statement.ts";

const p = sql.placeholder;

interface CommentRow {
  id: string;
  authorId: string;
  authorName: string;
  visibility: Visibility;
  body: string;
  createdAt: Date;
}

const ofRequest = statement(
  "comments_of_request",
  sql`
    select c.id, c.author_id as "authorId", u.full_name as "authorName", c.visibility, c.body,
      c.created_at as "createdAt"
    from comments c join users u on u.id = c.author_id
    where c.request_id = ${p("request")}::uuid
      and (${p("before")}::uuid is null or c.id < ${p("before")}::uuid)
      and (${p("internal")}::boolean or c.visibility = 'PUBLIC')
    order by c.id desc limit ${p("limit")}::int`,
);

/** The comments that the caller may see, newest first. */
export async function listComments(
  db: Database,
  request: { uuid: string; id: string },
  input: { cursor?: string | undefined; limit?: number | undefined },
  caller: Caller,
): Promise<Page<Comment>> {
  const limit = limitOf(input);
  const rows = await db.query<CommentRow>(ofRequest, {
    request: request.uuid,
    before: readUuidCursor(input.cursor),
    internal: seesInternalComments(caller),
    limit: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => ({
      id: toPublicId("comment", row.id),
      requestId: request.id,
      author: { id: toPublicId("user", row.authorId), fullName: row.authorName },
      visibility: row.visibility,
      body: row.body,
      createdAt: row.createdAt.toISOString(),
    }),
    (row) => uuidCursor(row.id),
  );
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
