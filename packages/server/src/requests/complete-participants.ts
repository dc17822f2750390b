import { alias } from "drizzle-orm/pg-core";
import type { Logger } from "pino";
import { Job } from "../background.ts";
import type { Reads } from "../db/database.ts";
import { inBatches } from "../db/in-batches.ts";
import {
  auditLogs,
  backfills,
  comments,
  requestParticipants,
  requests,
  users,
} from "../db/schema.ts";
import { columns, literal, p, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, set } from "../db/write.ts";

const INTERVAL_MS = 60 * 60_000;
/** Each batch locks the commented ones of so many requests. */
const BATCH_SIZE = 200;
const NAME = literal("request_participants");

const page = alias(requests, "page");
const backfill = alias(backfills, "backfill");
const { lastCommentAt, lastPublicCommentAt } = requests;

/** Who took part in a request of the page, and when. */
const TOOK_PART = sql`
  select ${page.requesterId}, ${page.id}, ${page.createdAt} from ${page}
  union all select ${page.submitterId}, ${page.id}, ${page.createdAt} from ${page}
  union all select ${page.assigneeId}, ${page.id}, ${page.updatedAt} from ${page}
  union all select ${comments.authorId}, ${page.id}, ${comments.createdAt}
    from ${page} join ${comments} on ${comments.requestId} = ${page.id}
  union all select ${auditLogs.actorId}, ${page.id}, ${auditLogs.occurredAt}
    from ${page} join ${auditLogs} on ${auditLogs.serviceRequestId} = ${page.id}
    where ${auditLogs.action} = 'request.claimed'`;

// One replica at a time, or two could lock the requests of a page in different orders. The participants come after the
// requests' own rows, as in every write of a request.
const complete = statement(
  "request_participants_complete",
  sql`
    with ${backfill} as (
      select ${backfills.place} from ${backfills} where ${backfills.name} = ${NAME} for update skip locked
    ), ${page} as (
      select ${requests}.* from ${backfill} cross join lateral (
        select ${requests}.* from ${requests} where ${requests.id} > ${backfill.place}
        order by ${requests.id} limit ${p("limit", "int")}
      ) as ${requests}
    ), commented as (
      select ${page.id} as request, max(${comments.createdAt}) as moment,
        max(${comments.createdAt}) filter (where ${comments.visibility} = 'PUBLIC') as publicly
      from ${page} join ${comments} on ${comments.requestId} = ${page.id} group by ${page.id}
    ), activity as (
      update ${requests} set ${set(requests, {
        lastCommentAt: sql`greatest(${lastCommentAt}, commented.moment)`,
        lastPublicCommentAt: sql`greatest(${lastPublicCommentAt}, commented.publicly)`,
      })}
      from commented where ${requests.id} = commented.request
        and (${lastCommentAt} is null or ${lastCommentAt} < commented.moment
          or ${lastPublicCommentAt} is distinct from greatest(${lastPublicCommentAt}, commented.publicly))
      returning ${requests.id}
    ), added as (
      ${insertFrom(
        requestParticipants,
        {
          userId: sql`took.person`,
          requestId: sql`took.request`,
          participatedAt: sql`max(took.moment)`,
          changedAt: sql`null`,
          changedInternallyAt: sql`null`,
          unread: sql`false`,
          unreadInternally: sql`false`,
          readUpTo: sql`null`,
        },
        sql`
          (select count(*) from activity) as first, (${TOOK_PART}) as took (person, request, moment)
          join ${users} on ${users.id} = took.person and ${users.erasedAt} is null
          group by took.person, took.request`,
      )}
      on conflict do nothing
    ), moved as (
      update ${backfills} set ${set(backfills, { place: sql`last.id` })}
      from (select ${page.id} from ${page} order by ${page.id} desc limit 1) as last
      where ${backfills.name} = ${NAME}
    )
    select ${columns({ requests: value("int", sql`count(*)`) })} from ${page}`,
);

/**
 * Adds what builds without it had not written of requests before the migration: participants, and when they were last
 * commented on. It goes on where it ended before, and leaves it to another replica that is at it. Triggers add what such
 * builds write later.
 */
export async function completeParticipants(db: Reads, stop: AbortSignal): Promise<void> {
  await inBatches<true>(async () => {
    const [row] = await db.query(complete, { limit: BATCH_SIZE });
    return row?.requests === BATCH_SIZE ? true : null;
  }, stop);
}

export function participantsJob({ db, log }: { db: Reads; log: Logger }): Job {
  return new Job({
    log,
    name: "complete the participants of requests",
    everyMs: INTERVAL_MS,
    atStart: true,
    work: (stop) => completeParticipants(db, stop),
  });
}
