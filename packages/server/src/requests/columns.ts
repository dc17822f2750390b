import {
  allowedActions,
  type Caller,
  type RequestState,
  type RequestView,
  type ServiceRequest,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { requests, users } from "../db/schema.ts";
import { maybe, type Row, sql } from "../db/sql.ts";

const requester = alias(users, "requester");
const submitter = alias(users, "submitter");
const assignee = alias(users, "assignee");

/** A request with the names of its people. */
export const REQUEST = {
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
  version: requests.version,
  createdAt: requests.createdAt,
  updatedAt: requests.updatedAt,
  startedAt: requests.startedAt,
  closedAt: requests.closedAt,
};
export type RequestRow = Row<typeof REQUEST>;

/** Joins the people to `requests`. */
export const REQUEST_PEOPLE = sql`
  join ${users} ${requester} on ${requester.id} = ${requests.requesterId}
  join ${users} ${submitter} on ${submitter.id} = ${requests.submitterId}
  left join ${users} ${assignee} on ${assignee.id} = ${requests.assigneeId}`;

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
    assignee:
      row.assigneeId === null
        ? null
        : { id: toPublicId("user", row.assigneeId), fullName: row.assigneeName ?? "" },
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    closedAt: row.closedAt?.toISOString() ?? null,
  };
}

/** The request as this caller sees it. */
export function present(state: RequestState, caller: Caller): ServiceRequest {
  const view: RequestView = { ...state, allowedActions: allowedActions(state, caller) };
  return view as ServiceRequest;
}
