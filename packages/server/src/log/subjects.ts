import { toPublicId, toUuid } from "@serviceflow/domain";
import type { Query } from "../db/database.ts";
import { comments } from "../db/schema.ts";
import { columns, p, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import type { EntryRow } from "./chain-rows.ts";
import { type RequestNumbers, requestNumbers } from "./request-numbers.ts";

const commentIds = statement(
  "log_comments",
  sql`
    select ${columns({ id: comments.id })} from ${comments}
    where ${comments.id} = any(${p("ids", "uuid[]")})`,
);

/** What entries are about, as far as it can be seen. */
export interface Subjects {
  numbers: RequestNumbers;
  /** What an entry names and nobody can see yet: the public id of a comment, or the UUID of a request. */
  missing(row: EntryRow): string | null;
}

/**
 * Looks for the requests and comments of entries. Where tables are on several machines, an entry can be seen before
 * them; all other subjects are on the log's machine.
 */
export async function subjectsOf(query: Query, rows: readonly EntryRow[]): Promise<Subjects> {
  const found = await requestNumbers(
    query,
    rows.map(({ serviceRequestId }) => serviceRequestId),
  );
  const ofComments = rows.filter(({ subjectType }) => subjectType === "comment");
  // An id that is none of a comment's was written by hand, and nothing will come of it.
  const ids = [...new Set(ofComments.flatMap((row) => toUuid("comment", row.subjectId) ?? []))];
  const there = ids.length === 0 ? [] : await query(commentIds, { ids });
  const seen = new Set(there.map(({ id }) => id));
  const late = new Set(ids.filter((id) => !seen.has(id)).map((id) => toPublicId("comment", id)));
  return {
    numbers: found,
    missing({ serviceRequestId, subjectType, subjectId }) {
      if (serviceRequestId !== null && !found.has(serviceRequestId)) return serviceRequestId;
      return subjectType === "comment" && late.has(subjectId) ? subjectId : null;
    },
  };
}
