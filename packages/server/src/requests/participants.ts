import type { ReadMark } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { actorOfWrite, authority } from "../access/authority.ts";
import { type Write, write } from "../commands/write.ts";
import { requestParticipants, requests, users } from "../db/schema.ts";
import { type Expression, list, name, p, type Row, type Sql, sql } from "../db/sql.ts";
import { insertFrom, params, set } from "../db/write.ts";
import type { MARK } from "./columns.ts";

/** So many of those who took part last learn of an activity, besides requester, submitter, assignee and actor. */
const MAX_RECENT = sql`20`;

const KEY = sql`(${list([requestParticipants.userId, requestParticipants.requestId].map(name))})`;

export const recent = alias(requestParticipants, "recent");
const excluded = alias(requestParticipants, "excluded");

/** What a CTE must return of a request that it has changed, for `noticed`. */
export const PEOPLE = list([
  requests.id,
  requests.requesterId,
  requests.submitterId,
  requests.assigneeId,
]);

interface Activity<AtParams, Params> {
  /** When it happened. */
  at: Expression<unknown, AtParams>;
  /** Whether only those may know of it who see internal comments. */
  internal: Sql<Params>;
  /** Whether a participant, of the alias `recent`, does not take part any more. */
  hasLeft?: Sql;
  /** Whether the request is new, and has no participants yet. */
  isNew?: boolean;
}

/**
 * A CTE that makes a request unread for its participants but the actor. Filing, receiving and commenting on it make one a
 * participant. It writes 24 rows at most, however many have taken part. The writes of a request wait for one another
 * at its own row first, so that they cannot deadlock here.
 * @param cte the name of the CTE that has changed the request, and returns its `PEOPLE`
 */
export function noticed<AtParams, Params>(
  cte: "changed" | "activity",
  { at, internal, hasLeft = sql`false`, isNew = false }: Activity<AtParams, Params>,
): Sql<AtParams & Params> {
  const request = alias(requests, cte);
  const named = [request.requesterId, request.submitterId, request.assigneeId];
  const people = cte === "activity" ? [...named, actorOfWrite] : named;
  const isOther = sql`person.id is distinct from ${actorOfWrite}`;
  const row = {
    userId: sql`person.id`,
    requestId: sql`${request.id}`,
    participatedAt: at,
    changedAt: sql`case when ${isOther} and not ${internal} then ${at} end`,
    changedInternallyAt: sql`case when ${isOther} and ${internal} then ${at} end`,
    unread: sql`${isOther} and not ${internal}`,
    unreadInternally: sql`${isOther} and ${internal}`,
    readUpTo: sql`null`,
  };
  const { participatedAt, changedAt, changedInternallyAt, unread, unreadInternally } =
    requestParticipants;
  const present = sql`
    select ${users.id} from ${users} where ${users.id} in (${list(people)}) and ${users.erasedAt} is null`;
  if (isNew) {
    const filed = sql`${request} cross join lateral (${present}) as person (id)`;
    return sql`noticed as (${insertFrom(requestParticipants, row, filed)})`;
  }
  const told = sql`
    ${request} cross join lateral (
      ${present}
      union all
      (
        select ${recent.userId} from ${requestParticipants} ${recent}
          join ${users} on ${users.id} = ${recent.userId} and ${users.erasedAt} is null
        where ${recent.requestId} = ${request.id} and ${recent.participatedAt} is not null
          and ${recent.userId} in (${list(people)}) is not true and not ${hasLeft}
        order by ${recent.participatedAt} desc limit ${MAX_RECENT}
      )
    ) as person (id)`;
  return sql`
    noticed as (
      ${insertFrom(requestParticipants, row, told)}
      on conflict ${KEY} do update set ${set(requestParticipants, {
        participatedAt: sql`
          case when ${requestParticipants.userId} = ${actorOfWrite} then ${excluded.participatedAt}
            else coalesce(${participatedAt}, ${excluded.participatedAt}) end`,
        changedAt: sql`greatest(${changedAt}, ${excluded.changedAt})`,
        changedInternallyAt: sql`greatest(${changedInternallyAt}, ${excluded.changedInternallyAt})`,
        unread: sql`${unread} or ${excluded.unread}`,
        unreadInternally: sql`${unreadInternally} or ${excluded.unreadInternally}`,
      })}
    )`;
}

const { changedAt, changedInternallyAt } = requestParticipants;

// What has happened since the load is newer than what the caller marks. Only the row itself tells in time: an activity
// that is being written holds it.
const mark = write(
  "request_mark",
  sql`
    changed as (
      ${insertFrom(
        requestParticipants,
        {
          ...params(requestParticipants),
          userId: actorOfWrite,
          participatedAt: sql`null`,
          changedAt: sql`null`,
          changedInternallyAt: sql`null`,
        },
        authority,
      )}
      on conflict ${KEY} do update set ${set(requestParticipants, {
        unread: excluded.unread,
        unreadInternally: excluded.unreadInternally,
        readUpTo: excluded.readUpTo,
      })}
      where ${changedAt} is not distinct from ${p("knownAt", "timestamptz?")}
        and ${changedInternallyAt} is not distinct from ${p("knownInternallyAt", "timestamptz?")}
      returning ${requestParticipants.userId}
    )`,
);

/** Writes what the caller has read, if nothing has happened since it was loaded. */
export function writeMark(
  next: ReadMark,
  { uuid, changedAt, changedInternallyAt }: Row<typeof MARK> & { uuid: string },
): Write {
  return mark({
    ...next,
    requestId: uuid,
    knownAt: changedAt,
    knownInternallyAt: changedInternallyAt,
  });
}
