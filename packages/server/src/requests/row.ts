import {
  allowedActions,
  type Caller,
  type Priority,
  type RequestState,
  type RequestView,
  type ServiceRequest,
  type Status,
  toPublicId,
  toRequestId,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";

/** A request with the names of its people, as every query here selects it. */
export interface RequestRow {
  uuid: string;
  number: number;
  title: string;
  description: string;
  status: Status;
  priority: Priority;
  category: string;
  requesterId: string;
  requesterName: string;
  submitterId: string;
  submitterName: string;
  assigneeId: string | null;
  assigneeName: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  startedAt: Date | null;
  closedAt: Date | null;
}

export const REQUEST_COLUMNS = sql`
  r.id as "uuid", r.number, r.title, r.description, r.status, r.priority, r.category,
  r.requester_id as "requesterId", requester.full_name as "requesterName",
  r.submitter_id as "submitterId", submitter.full_name as "submitterName",
  r.assignee_id as "assigneeId", assignee.full_name as "assigneeName",
  r.version, r.created_at as "createdAt", r.updated_at as "updatedAt",
  r.started_at as "startedAt", r.closed_at as "closedAt"`;

/** Joins the people to `r`. */
export const REQUEST_PEOPLE = sql`
  join users requester on requester.id = r.requester_id
  join users submitter on submitter.id = r.submitter_id
  left join users assignee on assignee.id = r.assignee_id`;

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

const byUuids = statement(
  "requests_by_ids",
  sql`
    select ${REQUEST_COLUMNS} from requests r ${REQUEST_PEOPLE}
    where r.id = any(${sql.placeholder("ids")}::uuid[])`,
);

/** Requests by UUID. */
export async function findRequests(
  db: Database,
  uuids: readonly string[],
): Promise<Map<string, RequestState>> {
  if (uuids.length === 0) return new Map();
  const rows = await db.query<RequestRow>(byUuids, { ids: uuids });
  return new Map(rows.map((row) => [row.uuid, toState(row)]));
}
