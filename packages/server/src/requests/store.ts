import {
  type Caller,
  type Candidate,
  type CreateRequestInput,
  canView,
  categoryOf,
  DomainError,
  invalidField,
  type RequestState,
  type Role,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Load, Write } from "../commands/change.ts";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { REQUEST_COLUMNS, REQUEST_PEOPLE, type RequestRow, toState } from "./row.ts";

const p = sql.placeholder;

const byNumber = statement(
  "request_by_number",
  sql`select ${REQUEST_COLUMNS} from requests r ${REQUEST_PEOPLE} where r.number = ${p("number")}`,
);

/**
 * A request that the caller may see.
 * @throws DomainError `not_found`, also for one that the caller may not see
 */
export async function getRequest(
  db: Database,
  id: string,
  caller: Caller,
): Promise<{ uuid: string; state: RequestState }> {
  const number = toRequestNumber(id);
  if (number === null) throw noSuchRequest();
  const [row] = await db.query<RequestRow>(byNumber, { number });
  return requireVisible(row ?? null, caller);
}

/** @throws DomainError `not_found` */
export function requireVisible(
  row: RequestRow | null,
  caller: Caller,
): { uuid: string; state: RequestState } {
  if (!row) throw noSuchRequest();
  const state = toState(row);
  if (!canView(state, caller)) throw noSuchRequest();
  return { uuid: row.uuid, state };
}

function noSuchRequest(): DomainError {
  return new DomainError("not_found", "There is no such request that you can see.");
}

/** What a command on a request is decided on. */
export interface CommandRow extends RequestRow {
  candidateId: string | null;
  candidateName: string | null;
  candidateRole: Role | null;
  candidateActive: boolean | null;
  categoryActive: boolean | null;
}

export const loadForCommand: Load = {
  name: "request",
  query: sql`
    select ${REQUEST_COLUMNS}, candidate.id as "candidateId", candidate.full_name as "candidateName",
      candidate.role as "candidateRole", candidate.active as "candidateActive",
      (select active from categories where slug = ${p("category")}) as "categoryActive"
    from requests r ${REQUEST_PEOPLE}
    left join users candidate on candidate.id = ${p("candidate")}::uuid
    where r.number = ${p("number")}`,
};

/** @param references what the command names besides the request: the assignee to be, the new category */
export function commandValues(
  id: string,
  references: { assigneeId?: string | undefined; category?: string | undefined } = {},
) {
  const number = toRequestNumber(id);
  if (number === null) throw noSuchRequest();
  return {
    number,
    candidate: references.assigneeId === undefined ? null : toUuid("user", references.assigneeId),
    category: references.category ?? null,
  };
}

interface CandidateColumns {
  candidateId: string | null;
  candidateName: string | null;
  candidateRole: Role | null;
  candidateActive: boolean | null;
}

/** What the decision on a command looks at besides the request. */
export function factsOf(row: CommandRow) {
  return { assignee: toCandidate(row), categoryActive: row.categoryActive === true };
}

function toCandidate(row: CandidateColumns): Candidate | null {
  if (row.candidateId === null || row.candidateRole === null) return null;
  return {
    id: toPublicId("user", row.candidateId),
    fullName: row.candidateName ?? "",
    role: row.candidateRole,
    active: row.candidateActive ?? false,
  };
}

/** What filing a request is decided on; its number is drawn here. */
export interface FilingRow extends CandidateColumns {
  number: number;
  categoryActive: boolean | null;
}

export const loadForFiling: Load = {
  name: "request_filing",
  query: sql`
    select nextval('request_number')::int as "number", candidate.id as "candidateId",
      candidate.full_name as "candidateName", candidate.role as "candidateRole",
      candidate.active as "candidateActive",
      (select active from categories where slug = ${p("category")}) as "categoryActive"
    from (select 1) as one left join users candidate on candidate.id = ${p("candidate")}::uuid`,
};

export function filingValues(input: CreateRequestInput, caller: Caller) {
  const candidate = toUuid("user", input.requesterId ?? caller.id);
  if (candidate === null)
    throw invalidField("/requesterId", "invalid_format", "It must be a user's id.");
  return { category: categoryOf(input), candidate };
}

export function filingFacts(row: FilingRow) {
  return {
    id: toRequestId(row.number),
    requester: toCandidate(row),
    categoryActive: row.categoryActive === true,
  };
}

const insert: Write = {
  name: "request_insert",
  ctes: sql`changed as (
    insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
      assignee_id, version, created_at, updated_at)
    values (${p("id")}, ${p("number")}, ${p("title")}, ${p("description")}, ${p("status")}, ${p("priority")},
      ${p("category")}, ${p("requester")}, ${p("submitter")}, null, 1, ${p("createdAt")}, ${p("createdAt")})
    returning id)`,
};

// Two statements for updates: one that names title or description makes PostgreSQL build the search vector again.
const edit: Write = {
  name: "request_edit",
  ctes: sql`changed as (
    update requests set title = ${p("title")}, description = ${p("description")}, priority = ${p("priority")},
      category = ${p("category")}, version = version + 1, updated_at = ${p("updatedAt")}
    where id = ${p("id")} and version = ${p("version")}
    returning id)`,
};

const move: Write = {
  name: "request_move",
  ctes: sql`changed as (
    update requests set status = ${p("status")}, assignee_id = ${p("assignee")}, started_at = ${p("startedAt")},
      closed_at = ${p("closedAt")}, version = version + 1, updated_at = ${p("updatedAt")}
    where id = ${p("id")} and version = ${p("version")}
    returning id)`,
};

export function insertRequest(uuid: string, next: RequestState) {
  return {
    write: insert,
    requestUuid: uuid,
    values: {
      id: uuid,
      number: toRequestNumber(next.id),
      title: next.title,
      description: next.description,
      status: next.status,
      priority: next.priority,
      category: next.category,
      requester: toUuid("user", next.requester.id),
      submitter: toUuid("user", next.submitter.id),
      createdAt: next.createdAt,
    },
  };
}

/** Writes title, description, priority and category, if the version is still the one before `next`. */
export function editRequest(uuid: string, next: RequestState) {
  return {
    write: edit,
    requestUuid: uuid,
    values: {
      id: uuid,
      version: next.version - 1,
      title: next.title,
      description: next.description,
      priority: next.priority,
      category: next.category,
      updatedAt: next.updatedAt,
    },
  };
}

/** Writes status and assignee, if the version is still the one before `next`. */
export function moveRequest(uuid: string, next: RequestState) {
  return {
    write: move,
    requestUuid: uuid,
    values: {
      id: uuid,
      version: next.version - 1,
      status: next.status,
      assignee: next.assignee ? toUuid("user", next.assignee.id) : null,
      startedAt: next.startedAt,
      closedAt: next.closedAt,
      updatedAt: next.updatedAt,
    },
  };
}
