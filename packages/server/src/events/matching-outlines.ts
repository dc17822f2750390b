import {
  type Anchor,
  type Caller,
  type EventFilter,
  type EventTraits,
  toPublicId,
  toRequestNumber,
  toUuid,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Reads } from "../db/database.ts";
import { uuidOf } from "../db/ids.ts";
import {
  auditLogs,
  auditSeals,
  requestEvents,
  requestEventsEnd,
  requestParticipants,
  requests,
} from "../db/schema.ts";
import { columns, literal, maybe, p, type Row, type Sql, sql, value } from "../db/sql.ts";
import { type Statement, statement } from "../db/statement.ts";
import { type FoundRequest, foundRequests } from "./found-requests.ts";
import {
  type EventOutline,
  type FeedSlice,
  OUTLINE,
  rowsAfter,
  toAnchor,
  toOutline,
} from "./store.ts";

/** The requests that a reader may see, where those are not all. */
export interface Visible {
  /** Names the form of its SQL. */
  name: string;
  /** A SELECT of their ids. */
  ids: Sql;
  /** The same as a condition on one request. */
  holds: Sql;
  values: object;
}

/** An event that may be for the reader, with what its filters decide by. */
export interface MatchingOutline extends EventOutline {
  traits: EventTraits | null;
}

/** Of so many requests the events are merged; of more, the feed itself has them densely enough. */
const MAX_MERGED = 1_000;

const MAX_POSITION = Number.MAX_SAFE_INTEGER;

const AFTER = p("after", "bigint");
const SIZE = p("size", "int");
const READER = p("reader", "uuid");
const part = alias(requestParticipants, "part");
// With a limit, the planner reads it once for each event rather than as a whole.
const seal = alias(auditSeals, "seal");
const event = alias(requestEvents, "event");
const END = sql`(select ${requestEventsEnd.position} from ${requestEventsEnd})`;

/** Positions of events, oldest first, by an index of its own. */
interface Source {
  name: string;
  ctes: Sql;
  values: object;
}

const rangeOf = (owner: Sql, size: Sql) => sql`
  select ${event.position} from ${requestEvents} ${event}
  where ${owner} and ${event.position} > ${AFTER} order by ${event.position} limit ${size}`;

/** The next event of each request says which of them have the next ones of all. */
function merged(name: string, ids: Sql, values: object): Source {
  const ofRequest = sql`${event.requestId} = mine.id and ${event.internal} = kept.internal`;
  const inReach = sql`${ofRequest} and ${event.position} <= (select reach.position from reach)`;
  return {
    name,
    values,
    ctes: sql`
      mine (id) as materialized (select * from (${ids}) as one limit ${sql`${p("maxMerged", "int")}`} + 1),
      few (is_so) as materialized (select count(*) <= ${p("maxMerged", "int")} from mine),
      heads as materialized (
        select mine.id, kept.internal, head.position from mine
        cross join unnest(${p("internals", "boolean[]")}) as kept (internal)
        cross join lateral (${rangeOf(ofRequest, sql`1`)}) as head
        where (select is_so from few)
        order by head.position limit ${SIZE}
      ),
      reach (position) as materialized (
        select case when count(*) < ${SIZE} then ${literal(String(MAX_POSITION))}::bigint
          else max(heads.position) end from heads
      ),
      candidates (position) as (
        (
          select range.position from heads as mine
          cross join lateral (select mine.internal) as kept
          cross join lateral (${rangeOf(inReach, sql`${SIZE}`)}) as range
          order by range.position limit ${SIZE}
        )
        union all
        select next.position from (
          select ${auditSeals.position} from ${auditSeals}
          where not (select is_so from few) and ${auditSeals.position} > ${AFTER}
          order by ${auditSeals.position} limit ${SIZE}
        ) as next where next.position <= ${END}
      )`,
  };
}

function ofCategories(categories: ReadonlySet<string>): Source {
  const ofCategory = sql`${event.category} = one.category`;
  return {
    name: "categories",
    values: { categories: [...categories] },
    ctes: sql`
      candidates (position) as (
        select range.position from unnest(${p("categories", "text[]")}) as one (category)
        cross join lateral (${rangeOf(ofCategory, sql`${SIZE}`)}) as range
        order by range.position limit ${SIZE}
      )`,
  };
}

function ofAssignees(ids: ReadonlySet<string | null>): Source {
  const people = [...ids].flatMap((id) => (id === null ? [] : [toUuid("user", id)]));
  const ofAssignee = sql`${event.assigneeId} = one.assignee`;
  return {
    name: "assignees",
    values: { people, orNobody: ids.has(null) },
    ctes: sql`
      candidates (position) as (
        select found.position from (
          select range.position from unnest(${p("people", "uuid[]")}) as one (assignee)
          cross join lateral (${rangeOf(ofAssignee, sql`${SIZE}`)}) as range
          union all
          select * from (${rangeOf(sql`${p("orNobody", "boolean")} and ${event.assigneeId} is null`, sql`${SIZE}`)}) as nobody
        ) as found (position) order by found.position limit ${SIZE}
      )`,
  };
}

const WITH_NUMBER = sql`
  select ${requests.id} from ${requests} where ${requests.number} = ${p("number", "int")}`;
const PARTICIPATED = sql`
  select ${part.requestId} from ${requestParticipants} ${part}
  where ${part.userId} = ${READER} and ${part.participatedAt} is not null
  order by ${part.requestId} desc`;

/**
 * Those who do not see every request read the events of those that they see and of no other, so that where a page
 * ends says nothing of what they may not see.
 */
function sourceOf(filter: EventFilter, visible: Visible | null): Source {
  const { requestId, categories, assigneeIds } = filter;
  // There is no request 0.
  const number = requestId === null ? null : (toRequestNumber(requestId) ?? 0);
  if (visible && number !== null) {
    const ids = sql`${WITH_NUMBER} and ${visible.holds}`;
    return merged(`visible_${visible.name}_request`, ids, { ...visible.values, number });
  }
  if (visible) return merged(`visible_${visible.name}`, visible.ids, visible.values);
  if (number !== null) return merged("request", WITH_NUMBER, { number });
  // A person has fewer events than a category, and nobody has the most.
  if (assigneeIds !== null && !assigneeIds.has(null)) return ofAssignees(assigneeIds);
  if (filter.concerning) return merged("participant", PARTICIPATED, {});
  if (categories !== null) return ofCategories(categories);
  return ofAssignees(assigneeIds ?? new Set());
}

const ROW = {
  ...OUTLINE,
  isCandidate: value("boolean", sql`picked.is_candidate`),
  ...maybe({ category: event.category, leftWith: event.assigneeId }),
};

const concerning = statement(
  "feed_concerning",
  sql`
    select ${columns({ requestId: part.requestId })} from ${requestParticipants} ${part}
    where ${part.userId} = ${READER} and ${part.requestId} = any(${p("ids", "uuid[]")})
      and ${part.participatedAt} is not null`,
);

/** Those of the requests that the reader has taken part in. */
async function participatedIn(
  db: Reads,
  reader: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db.query(concerning, { reader, ids });
  return new Set(rows.map(({ requestId }) => requestId));
}

const compiled = new Map<string, Statement<Row<typeof ROW>, object>>();

function statementOf({ name, ctes }: Source): Statement<Row<typeof ROW>, object> {
  let found = compiled.get(name);
  if (!found) {
    found = statement(
      `feed_matching_${name}`,
      sql`
        with ${ctes}, picked (position, is_candidate) as (
          select picked.position, bool_or(picked.is_candidate) from (
            select candidates.position, true from candidates
            union all select ${AFTER}, false
            union all select ${END}, false
          ) as picked (position, is_candidate)
          where picked.position >= ${AFTER} group by picked.position
        )
        select ${columns(ROW)} from picked
        cross join lateral (
          select ${seal}.* from ${auditSeals} ${seal} where ${seal.position} = picked.position limit 1
        ) as ${auditSeals}
        left join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
        left join ${requestEvents} ${event} on ${event.requestId} = ${auditLogs.serviceRequestId}
          and ${event.internal} = ${auditLogs.internal} and ${event.position} = ${auditSeals.position}
        order by picked.position`,
    ) as Statement<Row<typeof ROW>, object>;
    compiled.set(name, found);
  }
  return found;
}

/**
 * The next events that can match, by an index, and where they end: at the last of them if there are as many as asked
 * for, otherwise where the index ends.
 * @throws DomainError `cursor_unknown`, `unavailable`, as for `readOutlines`
 */
export async function readMatching(
  db: Reads,
  { caller, filter, visible }: { caller: Caller; filter: EventFilter; visible: Visible | null },
  after: Anchor,
  size: number,
  primary: Reads,
): Promise<FeedSlice<MatchingOutline> & { isAtEnd: boolean }> {
  const source = sourceOf(filter, visible);
  const reader = uuidOf("user", caller.id);
  const found = await db.query(statementOf(source), {
    ...source.values,
    after: after.position,
    size,
    reader,
    maxMerged: MAX_MERGED,
    internals: visible ? [false] : [false, true],
  });
  const rows = await rowsAfter(primary, found, after);
  const candidates = rows.filter(({ isCandidate }) => isCandidate);
  const isAtEnd = candidates.length < size;
  const last = isAtEnd ? rows.at(-1) : candidates.at(-1);
  const requests = await foundRequests(db, candidates);
  const own = await participatedIn(db, reader, filter.concerning ? [...requests.keys()] : []);
  return {
    items: candidates.flatMap((row) => {
      const outline = toOutline(row, requests);
      if (!outline) return [];
      const id = row.serviceRequestId ?? "";
      return [{ ...outline, traits: toTraits(row, requests.get(id), own.has(id)) }];
    }),
    end: last ? toAnchor(last) : after,
    isAtEnd,
  };
}

function toTraits(
  { category, leftWith }: Row<typeof ROW>,
  request: FoundRequest | undefined,
  concernsReader: boolean,
): EventTraits | null {
  if (!request || category === null) return null;
  const assigneeId = leftWith === null ? null : toPublicId("user", leftWith);
  return { requestId: request.id, category, assigneeId, concernsReader };
}
