import {
  type Caller,
  type Candidate,
  type CreateRequestInput,
  canView,
  categoryOf,
  conditionOf,
  DomainError,
  FINAL,
  type RequestState,
  ROLES,
  toPublicId,
  toRequestId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import { authority, authorized } from "../access/authority.ts";
import { canWorkNow } from "../access/can-work.ts";
import { GATE, type Gate } from "../access/gate.ts";
import { type Load, load, loadWith } from "../commands/load.ts";
import { type Write, write } from "../commands/write.ts";
import type { ListedWords } from "../context.ts";
import type { Database, Reads } from "../db/database.ts";
import { categories, followUps, REQUEST_NUMBER, requests, users } from "../db/schema.ts";
import {
  type Chunk,
  columns,
  identifier,
  join,
  list,
  literal,
  maybe,
  p,
  type Row,
  type Sql,
  sql,
  value,
} from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, params, update } from "../db/write.ts";
import {
  MARK,
  READERS_MARK,
  REQUEST_JOINS,
  type RequestRow,
  toPersonal,
  toState,
  toValues,
  WHOLE,
  WRITTEN_BY,
} from "./columns.ts";
import {
  FOLLOW_UPS,
  FOLLOWED,
  followed,
  JOIN_NAMED,
  NONE_FOLLOWED,
  toFollowed,
} from "./follow-ups.ts";
import { CORRECTED, formerRequester } from "./former-requester.ts";
import { listing } from "./listed-words.ts";
import { noticed, PEOPLE } from "./participants.ts";
import { CHANGE_COUNTED, changeCounted, INSERT_COUNTED } from "./stats/deltas.ts";
import { sees } from "./visibility.ts";
import {
  insertedWords,
  remarkedWords,
  replacedWords,
  WORDS_INSERTED,
  WORDS_REMARKED,
  WORDS_REPLACED,
} from "./words.ts";

const byNumber = statement(
  "request_by_number",
  sql`
    select ${columns({ ...WHOLE, ...MARK, ...FOLLOW_UPS })} from ${requests} ${REQUEST_JOINS} ${READERS_MARK}
    where ${requests.number} = ${p("number", "int")} and ${GATE}`,
);

const byUuids = statement(
  "requests_by_ids",
  sql`
    select ${columns(WHOLE)} from ${requests} ${REQUEST_JOINS}
    where ${requests.id} = any(${p("ids", "uuid[]")})`,
);

/** Requests by UUID, without a check of permissions. */
export async function findRequests(
  db: Reads,
  uuids: readonly string[],
): Promise<Map<string, RequestState>> {
  if (uuids.length === 0) return new Map();
  const rows = await db.query(byUuids, { ids: uuids });
  return new Map(rows.map((row) => [row.uuid, toState(row)]));
}

/**
 * A request that the caller may see.
 * @throws DomainError `not_found`, also for one that the caller may not see; CallerUnproven
 */
export async function getRequest(
  { db, caller, gate }: { db: Database; caller: Caller; gate: Gate },
  id: string,
): Promise<{ uuid: string; state: RequestState; personal: ReturnType<typeof toPersonal> }> {
  const reader = toUuid("user", caller.id);
  const asked = { ...gate.values, number: requireNumber(id), reader };
  const [row] = gate.passed(await db.points.query(byNumber, asked));
  if (!row) throw noSuchRequest();
  return { uuid: row.uuid, state: visibleState(row, caller), personal: toPersonal(row) };
}

/** @throws DomainError `not_found` */
export function visibleState(row: RequestRow, caller: Caller): RequestState {
  const state = toState(row);
  if (!canView(state, caller)) throw noSuchRequest();
  return state;
}

function requireNumber(id: string): number {
  const number = toRequestNumber(id);
  if (number === null) throw noSuchRequest();
  return number;
}

function noSuchRequest(): DomainError {
  return new DomainError("not_found", "There is no such request that you can see.");
}

const candidate = alias(users, "candidate");

/** What a command may refer to besides the request: a user and a category. */
const REFERENCES = {
  ...maybe({
    candidateId: candidate.id,
    candidateName: candidate.fullName,
    candidateRole: candidate.role,
    candidateActive: candidate.active,
  }),
  categoryActive: maybe(categories.active),
};
type ReferencesRow = Row<typeof REFERENCES>;

const addressee = alias(users, "addressee");
const byId = sql`${candidate.id} = ${p("candidate", "uuid?")}`;
const byIdOrAddress = sql`${candidate.id} = coalesce(${p("candidate", "uuid?")}, ${addressee.id})`;
const joinAddressee = sql`
  left join ${users} ${addressee} on ${addressee.email} = ${p("candidateEmail", "text?")}`;
// Joins only: over a subquery without a table, Citus takes no further subquery.
const joinReferences = <Params>(named: Sql<Params>) => sql`
  left join ${users} ${candidate} on ${named}
  left join ${categories} on ${categories.slug} = ${p("category", "text?")}`;

const LOADED = { ...WHOLE, ...MARK, ...FOLLOW_UPS };
const BY_NUMBER = sql`${requests.number} = ${p("number", "int?")}`;

// What is not named is not looked for, since PostgreSQL sets up each join for every call.
const loadAlone = load(
  "request",
  sql`select ${columns(LOADED)} from ${requests} ${REQUEST_JOINS} ${READERS_MARK} where ${BY_NUMBER}`,
  noSuchRequest,
);
const loadWithReferences = load(
  "request_references",
  sql`
    select ${columns({ ...LOADED, ...REFERENCES })}
    from ${requests} ${REQUEST_JOINS} ${READERS_MARK} ${joinAddressee} ${joinReferences(byIdOrAddress)}
    where ${BY_NUMBER}`,
  noSuchRequest,
);

/** What a command names besides the request: a new assignee or requester, a new category. */
export interface References {
  assigneeId?: string | undefined;
  requesterId?: string | undefined;
  requesterEmail?: string | undefined;
  category?: string | undefined;
}

/** @param reader UUID of the user whose mark comes with it */
export function loadRequest(
  id: string,
  reader: string,
  { assigneeId, requesterId, requesterEmail, category }: References = {},
): Load<Row<typeof LOADED> & Partial<ReferencesRow>> {
  const request = { number: toRequestNumber(id), reader };
  const named = assigneeId ?? requesterId;
  if (named === undefined && requesterEmail === undefined && category === undefined) {
    return loadAlone(request);
  }
  return loadWithReferences({
    ...request,
    candidate: named === undefined ? null : toUuid("user", named),
    candidateEmail: requesterEmail ?? null,
    category: category ?? null,
  });
}

/** What the decision on a command looks at besides the request. No command names both an assignee and a requester. */
export function factsOf(row: Partial<ReferencesRow>) {
  const named = toCandidate(row);
  return { assignee: named, requester: named, categoryActive: row.categoryActive === true };
}

function toCandidate(row: Partial<ReferencesRow>): Candidate | null {
  const { candidateId: id = null, candidateRole: role = null } = row;
  if (id === null || role === null) return null;
  return {
    id: toPublicId("user", id),
    fullName: row.candidateName ?? "",
    role,
    active: row.candidateActive ?? false,
  };
}

/** When the number of a new request is drawn, which is never drawn again. `apart`: in a statement of its own. */
export type Draw = "never" | "ifAccepted" | "always" | "apart";

const nextNumber = statement(
  "request_number",
  sql`select ${columns({ number: value("int", sql`nextval(${literal(REQUEST_NUMBER)})`) })}`,
);

function withNumber<Facts extends object>(load: Load<Facts>): Load<Facts & { number: number }> {
  return async (query, asked) => {
    const loaded = await load(query, asked);
    const [drawn] = await query(nextNumber);
    if (!drawn) throw new Error("A sequence has no end.");
    return { ...loaded, facts: () => ({ ...loaded.facts(), ...drawn }) };
  };
}

const loadedField = (name: string) => sql`loaded.${identifier(name)}`;

/** Whether the caller may file for the requester, as `request.create` has it. */
const MAY_FILE = sql`case ${users.role} ${join(
  ROLES.map(
    (role) => sql`when ${literal(role)} then ${maysFile(conditionOf("request.create", role))}`,
  ),
  " ",
)} else false end`;

function maysFile(condition: ReturnType<typeof conditionOf<"request.create">>): Sql {
  if (condition === "always") return sql`true`;
  return sql`(${loadedField("candidateId")} = ${users.id} or ${users.kind} = 'BOT')`;
}

/**
 * Draws a number for what will be accepted. The decision is the domain's: this one may be wrong, and costs a number or
 * another load then, so it says no more than what refuses most.
 */
const drawing = (accepts: Sql) => (isNew: Sql) => ({
  number: value(
    "int?",
    sql`
      case when ${p("draw", "text")} = 'always' or (${p("draw", "text")} = 'ifAccepted'
        and ${isNew} and ${MAY_FILE} and ${loadedField("candidateActive")} and ${loadedField("categoryActive")} and ${accepts})
      then nextval(${literal(REQUEST_NUMBER)}) end`,
  ),
});

const FILED_FOR = sql`select ${columns(REFERENCES)} from (select 1) as one ${joinReferences(byId)}`;
const FILED_WITH = sql`
  select ${columns({ ...REFERENCES, ...FOLLOWED })}
  from (select 1) as one ${joinAddressee} ${joinReferences(byIdOrAddress)} ${JOIN_NAMED}`;

const loadForUser = load("request_filing_only", FILED_FOR);
const loadWithFollowed = load("request_filing_only_references", FILED_WITH);
const drawForUser = loadWith("request_filing", FILED_FOR, drawing(sql`true`));
const drawWithFollowed = loadWith(
  "request_filing_references",
  FILED_WITH,
  drawing(sql`
    (${p("followed", "int?")} is null or (${loadedField("followedStatus")} in (${list(FINAL.map(literal))})
      and ${sees(users, { requesterId: loadedField("followedRequesterId"), submitterId: loadedField("followedSubmitterId") })}))`),
);

interface FiledBy {
  callerId: string;
  defaultCategory: string;
}

/** Loads the requester of a new request, its category and the request that it follows up, and draws its number. */
export function loadFiling(
  input: CreateRequestInput,
  { draw, ...by }: FiledBy & { draw: Draw },
): Load<FilingRow> {
  return draw === "apart"
    ? withNumber(loadReferences(input, by, "never"))
    : loadReferences(input, by, draw);
}

function loadReferences(
  { requesterId, requesterEmail, followsUp, ...input }: CreateRequestInput,
  by: FiledBy,
  draw: Exclude<Draw, "apart">,
): Load<FilingRow> {
  const category = categoryOf(input, by.defaultCategory);
  if (requesterEmail === undefined && followsUp === undefined) {
    const asked = { category, candidate: toUuid("user", requesterId ?? by.callerId) };
    return draw === "never" ? loadForUser(asked) : drawForUser({ ...asked, draw });
  }
  const named = requesterId ?? (requesterEmail === undefined ? by.callerId : null);
  const asked = {
    category,
    candidate: named === null ? null : toUuid("user", named),
    candidateEmail: requesterEmail ?? null,
    followed: followsUp === undefined ? null : toRequestNumber(followsUp),
  };
  return draw === "never" ? loadWithFollowed(asked) : drawWithFollowed({ ...asked, draw });
}

type FilingRow = ReferencesRow & { number?: number | null } & Partial<Row<typeof FOLLOWED>>;

/** There is no request 0: it stands for one that is not filed. */
export function filingFacts(row: FilingRow) {
  return {
    id: toRequestId(row.number ?? 0),
    requester: toCandidate(row),
    followed: toFollowed({ ...NONE_FOLLOWED, ...row }),
    categoryActive: row.categoryActive === true,
  };
}

const isWorker = <C extends Chunk>(user: C) => sql`exists (
  select 1 from ${users} where ${users.id} = ${user} and ${canWorkNow(users)})`;

// Who holds the request, before and after, is judged by what they may do now: nothing is written when somebody leaves.
const UNCHANGED = sql`
  ${requests.id} = ${p("id", requests.id)} and ${requests.version} = ${p("version", requests.version)} - 1
  and ${authorized}
  and (${requests.assigneeId} is not null and not ${isWorker(requests.assigneeId)}) = ${p("isLeft", "boolean")}
  and (${p("newAssignee", "uuid?")} is null or ${isWorker(p("newAssignee", "uuid?"))})`;

const CHANGE = { at: p("updatedAt", requests.updatedAt), internal: sql`false` };
const TOLD = noticed("changed", CHANGE);
const FILING_TOLD = noticed("changed", { ...CHANGE, isNew: true });

const insert = write(
  "request_insert",
  sql`
    changed as (${insertFrom(requests, params(requests), authority)} returning ${PEOPLE}),
    ${FILING_TOLD},
    ${INSERT_COUNTED},
    ${WORDS_INSERTED}`,
);

// Only a closed request is followed up, and it stays closed; but a requester who is corrected no longer sees it.
const STILL_VISIBLE = sql`
  ${authority} join ${requests} ${followed} on ${followed.id} = ${p("followedId", followed.id)}
    and ${followed.requesterId} = ${p("followedRequesterId", followed.requesterId)}`;

const insertFollowUp = write(
  "request_insert_following",
  sql`
    changed as (${insertFrom(requests, params(requests), STILL_VISIBLE)} returning ${PEOPLE}),
    followed_up as (${insertFrom(
      followUps,
      { requestId: sql`changed.id`, followsUpId: p("followedId", followUps.followsUpId) },
      sql`changed`,
    )}),
    ${FILING_TOLD},
    ${INSERT_COUNTED},
    ${WORDS_INSERTED}`,
);
const changed = sql`
  changed as (${update(requests, WRITTEN_BY, "edit")} where ${UNCHANGED} returning ${PEOPLE})`;
const edited = sql`${changed}, ${TOLD}, ${CHANGE_COUNTED}`;
const edit = write("request_edit", edited);
const rewrite = write("request_rewrite", sql`${edited}, ${WORDS_REPLACED}`);
const correct = write(
  "request_correct",
  sql`${changed}, ${CORRECTED}, ${CHANGE_COUNTED}, ${WORDS_REMARKED}`,
);
const move = write(
  "request_move",
  sql`
    changed as (${update(requests, WRITTEN_BY, "move")} where ${UNCHANGED} returning ${PEOPLE}),
    ${TOLD},
    ${CHANGE_COUNTED}`,
);

/** Writes a new request, if the one that it follows up is still its requester's. */
export function insertRequest(
  words: ListedWords,
  uuid: string,
  next: RequestState,
  { followedId = null, followedRequesterId = null }: FilingRow,
): Write {
  const inserted = insertedWords(uuid, next);
  return listing(words, inserted.listed, (listed) => {
    const values = { ...toValues(uuid, next), ...inserted, listed };
    const request = { uuid, number: values.number };
    return next.followsUp === null || followedId === null || followedRequesterId === null
      ? insert(values, request)
      : insertFollowUp({ ...values, followedId, followedRequesterId }, request);
  });
}

/** Writes title, description, priority, category and requester, if the request is still what was decided on. */
export function editRequest(next: RequestState, row: RequestRow): Write {
  const values = changeOf(next, row);
  if (values.requesterId !== row.requesterId) {
    const words = remarkedWords(row.uuid, next, row);
    return correct({ ...values, ...words, ...formerRequester(row.requesterId) }, row);
  }
  return next.title === row.title && next.description === row.description
    ? edit(values, row)
    : rewrite({ ...values, ...replacedWords(next) }, row);
}

/** Writes status and assignee, if the request is still what was decided on. */
export function moveRequest(next: RequestState, row: RequestRow): Write {
  return move(changeOf(next, row), row);
}

function changeOf(next: RequestState, row: RequestRow) {
  const values = toValues(row.uuid, next);
  const before = toState(row);
  return {
    ...values,
    ...changeCounted(before, next),
    isLeft: before.assignee?.unavailable === true,
    newAssignee: values.assigneeId === row.assigneeId ? null : values.assigneeId,
  };
}
