import {
  type Caller,
  canWork,
  isUnread,
  type ReadMark,
  type RequestState,
  type ServiceRequest,
  toPublicId,
  toRequestId,
  toView,
  type UpdateRequestInput,
} from "@serviceflow/domain";
import type { AnyColumn } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { numberOf, uuidOf } from "../db/ids.ts";
import { requestParticipants, requests, users } from "../db/schema.ts";
import { list, maybe, p, type Row, type Sql, sql } from "../db/sql.ts";
import type { Values, WrittenBy } from "../db/write.ts";
import { type FOLLOW_UPS, FOLLOWED, JOIN_FOLLOWED, toFollowed } from "./follow-ups.ts";

const requester = alias(users, "requester");
const submitter = alias(users, "submitter");
const assignee = alias(users, "assignee");

/** A request with the names of its people. */
const REQUEST = {
  uuid: requests.id,
  number: requests.number,
  title: requests.title,
  description: requests.description,
  status: requests.status,
  priority: requests.priority,
  category: requests.category,
  requesterId: requests.requesterId,
  requesterName: requester.fullName,
  submitterId: requests.submitterId,
  submitterName: submitter.fullName,
  assigneeId: requests.assigneeId,
  assigneeName: maybe(assignee.fullName),
  assigneeRole: maybe(assignee.role),
  assigneeActive: maybe(assignee.active),
  version: requests.version,
  createdAt: requests.createdAt,
  updatedAt: requests.updatedAt,
  startedAt: requests.startedAt,
  closedAt: requests.closedAt,
  lastCommentAt: requests.lastCommentAt,
  lastPublicCommentAt: requests.lastPublicCommentAt,
};
/** The same, and what it follows up. */
export const WHOLE = { ...REQUEST, ...FOLLOWED };
export type RequestRow = Row<typeof WHOLE>;

const mark = alias(requestParticipants, "mark");

/** What the reader has not read of it; joined by `READERS_MARK`. */
export const MARK = maybe({
  unread: mark.unread,
  unreadInternally: mark.unreadInternally,
  readUpTo: mark.readUpTo,
  changedAt: mark.changedAt,
  changedInternallyAt: mark.changedInternallyAt,
});
export const READERS_MARK = sql`
  left join ${requestParticipants} ${mark}
    on ${mark.userId} = ${p("reader", "uuid?")} and ${mark.requestId} = ${requests.id}`;
/** The same for many requests: each is looked up, however many the reader has to do with. */
export const LISTED_MARKS = sql`
  left join lateral (
    select ${list([
      requestParticipants.unread,
      requestParticipants.unreadInternally,
      requestParticipants.readUpTo,
      requestParticipants.changedAt,
      requestParticipants.changedInternallyAt,
    ])}
    from ${requestParticipants}
    where ${requestParticipants.userId} = ${p("reader", "uuid?")}
      and ${requestParticipants.requestId} = ${requests.id} offset 0
  ) as ${mark} on true`;
/** What a list answers of it unless it is asked for more. */
const { description: _, ...summary } = REQUEST;
export const SUMMARY = summary;

/** When a request last changed or was commented on, which needs no write of its own for a change. */
export const ACTIVITY = {
  all: sql`greatest(${requests.updatedAt}, ${requests.lastCommentAt})`,
  public: sql`greatest(${requests.updatedAt}, ${requests.lastPublicCommentAt})`,
};

/** Joins the people to `requests`. */
const REQUEST_PEOPLE = sql`
  join ${users} ${requester} on ${requester.id} = ${requests.requesterId}
  join ${users} ${submitter} on ${submitter.id} = ${requests.submitterId}
  left join ${users} ${assignee} on ${assignee.id} = ${requests.assigneeId}`;
/** The same for many requests: each person is looked up by their id, however many people there are. */
export const LISTED_PEOPLE = sql`
  cross join lateral ${personOf(requests.requesterId)} as ${requester}
  cross join lateral ${personOf(requests.submitterId)} as ${submitter}
  left join lateral ${personOf(requests.assigneeId)} as ${assignee} on true`;
/** Joins to `requests` all that `WHOLE` needs. */
export const REQUEST_JOINS = sql`${REQUEST_PEOPLE} ${JOIN_FOLLOWED}`;

// Without its OFFSET, PostgreSQL may read all users for a page.
function personOf(id: AnyColumn): Sql {
  const { fullName, role, active } = users;
  return sql`(select ${list([fullName, role, active])} from ${users} where ${users.id} = ${id} offset 0)`;
}

export function toState(row: RequestRow): RequestState {
  const requester = { id: toPublicId("user", row.requesterId), fullName: row.requesterName };
  return {
    id: toRequestId(row.number),
    title: row.title,
    description: row.description,
    status: row.status,
    priority: row.priority,
    category: row.category,
    requester,
    submitter:
      row.submitterId === row.requesterId
        ? requester
        : { id: toPublicId("user", row.submitterId), fullName: row.submitterName },
    assignee: toAssignee(row),
    version: row.version,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    startedAt: row.startedAt,
    closedAt: row.closedAt,
    lastCommentAt: row.lastCommentAt,
    lastPublicCommentAt: row.lastPublicCommentAt,
    followsUp: toFollowed(row),
  };
}

function toAssignee(row: RequestRow): RequestState["assignee"] {
  const { assigneeId, assigneeName, assigneeRole: role, assigneeActive: active } = row;
  if (assigneeId === null) return null;
  const ref = { id: toPublicId("user", assigneeId), fullName: assigneeName ?? "" };
  return role && active !== null && canWork({ role, active }) ? ref : { ...ref, unavailable: true };
}

// A trigger watches title and description for writes without their words, so a move leaves them out.
export const WRITTEN_BY = {
  id: [],
  number: [],
  title: ["edit"],
  description: ["edit"],
  status: ["move"],
  priority: ["edit"],
  category: ["edit"],
  requesterId: ["edit"],
  submitterId: [],
  assigneeId: ["move"],
  version: ["edit", "move"],
  createdAt: [],
  updatedAt: ["edit", "move"],
  startedAt: ["move"],
  closedAt: ["move"],
  // Comments set these.
  lastCommentAt: [],
  lastPublicCommentAt: [],
  countedVersion: ["edit", "move"],
} as const satisfies WrittenBy<typeof requests, "edit" | "move"> &
  Record<Exclude<keyof UpdateRequestInput, "requesterEmail">, readonly ["edit"]>;

export function toValues(id: string, next: RequestState): Values<typeof requests> {
  return {
    id,
    number: numberOf(next.id),
    title: next.title,
    description: next.description,
    status: next.status,
    priority: next.priority,
    category: next.category,
    requesterId: uuidOf("user", next.requester.id),
    submitterId: uuidOf("user", next.submitter.id),
    assigneeId: next.assignee && uuidOf("user", next.assignee.id),
    version: next.version,
    createdAt: next.createdAt,
    updatedAt: next.updatedAt,
    startedAt: next.startedAt,
    closedAt: next.closedAt,
    lastCommentAt: next.lastCommentAt,
    lastPublicCommentAt: next.lastPublicCommentAt,
    countedVersion: next.version,
  };
}

type MarkColumns = Pick<Row<typeof MARK>, keyof ReadMark>;

/** The reader's mark; of a request that they have nothing to do with, that nothing is unread. */
export function toMark({ unread, unreadInternally, readUpTo }: MarkColumns): ReadMark {
  return { unread: unread ?? false, unreadInternally: unreadInternally ?? false, readUpTo };
}

/** What is the reader's own of a request. */
interface Personal {
  mark: ReadMark;
  /** Ids of the requests that follow it up. */
  followUps: string[];
}

export function toPersonal(row: MarkColumns & Row<typeof FOLLOW_UPS>): Personal {
  return { mark: toMark(row), followUps: row.followUps.map(toRequestId) };
}

/** The request as this caller sees it. */
export function present(
  state: RequestState,
  caller: Caller,
  { mark, followUps }: Personal,
): ServiceRequest {
  const unread = isUnread(mark, caller);
  const { readUpTo } = mark;
  return toView(state, caller, { unread, readUpTo, followUps }) as ServiceRequest;
}
