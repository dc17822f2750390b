import { type FollowedRequest, MAX_FOLLOW_UPS, toPublicId, toRequestId } from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { followUps, requests, users } from "../db/schema.ts";
import { json, literal, maybe, p, type Row, sql } from "../db/sql.ts";
import { sees } from "./visibility.ts";

/** The request that is followed up, where statements join it. */
export const followed = alias(requests, "followed");

/** The request that a request follows up: what decides who may see it. */
export const FOLLOWED = maybe({
  followedId: followed.id,
  followedNumber: followed.number,
  followedStatus: followed.status,
  followedRequesterId: followed.requesterId,
  followedSubmitterId: followed.submitterId,
  followedAssigneeId: followed.assigneeId,
});
type FollowedRow = Row<typeof FOLLOWED>;

/** Joins it to `requests`. */
export const JOIN_FOLLOWED = sql`
  left join ${followUps} on ${followUps.requestId} = ${requests.id}
  left join ${requests} ${followed} on ${followed.id} = ${followUps.followsUpId}`;

/** Joins the one that is named for a new request. */
export const JOIN_NAMED = sql`
  left join ${requests} ${followed} on ${followed.number} = ${p("followed", "int?")}`;

/** Of a request that follows up none. */
export const NONE_FOLLOWED: FollowedRow = {
  followedId: null,
  followedNumber: null,
  followedStatus: null,
  followedRequesterId: null,
  followedSubmitterId: null,
  followedAssigneeId: null,
};

export function toFollowed(row: FollowedRow): FollowedRequest | null {
  const { followedNumber: number, followedStatus: status } = row;
  const { followedRequesterId: requester, followedSubmitterId: submitter } = row;
  const { followedAssigneeId: assignee } = row;
  if (number === null || status === null || requester === null || submitter === null) return null;
  const user = (uuid: string) => ({ id: toPublicId("user", uuid) });
  return {
    id: toRequestId(number),
    status,
    requester: user(requester),
    submitter: user(submitter),
    assignee: assignee === null ? null : user(assignee),
  };
}

const later = alias(requests, "later");
const reader = alias(users, "reader");

/** The numbers of the newest requests that follow up one of `requests`, of those that the reader may see. */
export const FOLLOW_UPS = {
  followUps: json<number[], { reader: string | null }>(sql`(
    select coalesce(json_agg(newest.number order by newest.id desc), '[]') from (
      select ${later.id}, ${later.number} from ${followUps}
        join ${requests} ${later} on ${later.id} = ${followUps.requestId}
        join ${users} ${reader} on ${reader.id} = ${p("reader", "uuid?")}
      where ${followUps.followsUpId} = ${requests.id} and ${sees(reader, later)}
      order by ${followUps.requestId} desc limit ${literal(String(MAX_FOLLOW_UPS))}
    ) as newest)`),
};
