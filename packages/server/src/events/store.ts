import {
  type Anchor,
  type ApiKey,
  AUDIT_POLICY,
  type Category,
  type Changes,
  type Comment,
  type EventFacts,
  type EventType,
  type RequestPlace,
  type RequestState,
  reveal,
  type SubjectType,
  toPublicId,
  type User,
  type Webhook,
} from "@serviceflow/domain";
import { alias } from "drizzle-orm/pg-core";
import type { Reads } from "../db/database.ts";
import { auditLogs, auditPrivateValues, auditSeals, users } from "../db/schema.ts";
import { columns, maybe, p, type Row, sql } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { toConcealed, toHex } from "../log/chain-rows.ts";
import { cursorUnknown, refusePosition, toCursor } from "./cursor.ts";
import { type FoundRequests, foundRequests, isLate } from "./found-requests.ts";

/** An event before it is loaded: its position, and what decides who may read it. */
export interface EventOutline extends Anchor, EventFacts {
  uuid: string;
  subject: { id: string };
}

export const OUTLINE = {
  position: auditSeals.position,
  hash: auditSeals.hash,
  sealedAt: auditSeals.sealedAt,
  ...maybe({
    uuid: auditLogs.id,
    type: auditLogs.action,
    internal: auditLogs.internal,
    subjectId: auditLogs.subjectId,
    serviceRequestId: auditLogs.serviceRequestId,
  }),
};

const outlines = statement(
  "feed_outlines",
  sql`
    select ${columns(OUTLINE)} from ${auditSeals}
    left join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    where ${auditSeals.position} >= ${p("after", "bigint")}
    order by ${auditSeals.position} limit ${p("limit", "int")} + 1`,
);

/** Consecutive events, oldest first, and where they end. */
export interface FeedSlice<Item> {
  items: Item[];
  end: Anchor;
}

/** The start of the chain, which has no seal. */
const START_POSITION = 0;

/**
 * The feed is the chain of seals: what is sealed is committed, and its order never changes. A standby that takes over
 * can lack its end, so the entry where the reader stands is read again. The slice ends before an entry whose request
 * cannot be seen yet.
 * @param after without a hash: a position that this database itself holds
 * @param limit of entries to examine
 * @param now decides how long a request is waited for
 * @param primary tells a cursor that is not known yet from one that never will be
 * @throws DomainError `cursor_unknown` when the reader stands on another chain; `unavailable`
 */
export async function readOutlines(
  db: Reads,
  after: Anchor,
  limit: number,
  now: Date,
  primary: Reads = db,
): Promise<FeedSlice<EventOutline>> {
  const found = await db.query(outlines, { after: after.position, limit });
  const rows = (await rowsAfter(primary, found, after)).slice(0, limit);
  const requests = await foundRequests(db, rows);
  const late = rows.findIndex((row) => isLate(row, requests, now));
  const seen = late === -1 ? rows : rows.slice(0, late);
  const last = seen.at(-1);
  return {
    items: seen.flatMap((row) => toOutline(row, requests) ?? []),
    end: last ? toAnchor(last) : after,
  };
}

/**
 * What was read from where a reader stands, without the entry that they stand on.
 * @throws DomainError `cursor_unknown` when that is of another chain; `unavailable`
 */
export async function rowsAfter<Found extends { position: string; hash: Uint8Array }>(
  primary: Reads,
  found: readonly Found[],
  after: Anchor,
): Promise<readonly Found[]> {
  const [first] = found;
  const stands = first !== undefined && Number(first.position) === after.position;
  if (after.hash !== "" && after.position !== START_POSITION) {
    if (!stands) return refusePosition(primary);
    if (toHex(first.hash) !== after.hash) throw cursorUnknown();
  }
  return stands ? found.slice(1) : found;
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(AUDIT_POLICY, type);
}

export function toAnchor(row: { position: string; hash: Uint8Array }): Anchor {
  return { position: Number(row.position), hash: toHex(row.hash) };
}

/** Null: an entry that was deleted from the log, or of a type that only a newer build knows. */
export function toOutline(row: Row<typeof OUTLINE>, requests: FoundRequests): EventOutline | null {
  const { uuid, type, internal, subjectId, serviceRequestId } = row;
  if (uuid === null || type === null || internal === null || subjectId === null) return null;
  if (!isKnown(type)) return null;
  return {
    ...toAnchor(row),
    uuid,
    type,
    internal,
    subject: { id: subjectId },
    request: requests.get(serviceRequestId ?? "") ?? null,
  };
}

/** What filters decide by about an event, for any reader. */
export interface FiledEvent extends RequestPlace {
  requestId: string;
  /** Public ids of who filed, holds, held or commented on the request. */
  participants: ReadonlySet<string>;
}

/** An event with its subject, for any reader. */
export interface LoadedEvent extends Anchor, EventFacts {
  request: RequestState | null;
  /** What filters decide by; null: it belongs to no request. Loaded where somebody filters. */
  filed?: FiledEvent | null;
  frame: {
    id: string;
    cursor: string;
    occurredAt: string;
    actor: { id: string; fullName: string } | null;
    subject: { type: SubjectType; id: string };
    serviceRequestId: string | null;
    changes: Changes;
    reason: string | null;
    causedBy: { apiKeyId: string | null; requestId: string };
  };
  /** Its subject, unless that is the request. */
  about: {
    comment?: Comment | null;
    user?: User | null;
    apiKey?: ApiKey | null;
    category?: Category | null;
    webhook?: Webhook | null;
  };
}

const actor = alias(users, "actor");

const EVENT = {
  position: auditSeals.position,
  hash: auditSeals.hash,
  id: auditLogs.id,
  type: auditLogs.action,
  internal: auditLogs.internal,
  actorId: auditLogs.actorId,
  actorName: maybe(actor.fullName),
  apiKeyId: auditLogs.apiKeyId,
  callId: auditLogs.requestId,
  subjectType: auditLogs.subjectType,
  subjectId: auditLogs.subjectId,
  changes: auditLogs.changes,
  reason: auditLogs.reasonCommitment,
  values: maybe(auditPrivateValues.values),
  occurredAt: auditLogs.occurredAt,
  serviceRequestUuid: auditLogs.serviceRequestId,
};
type EventRow = Row<typeof EVENT>;

const byPosition = statement(
  "feed_events",
  sql`
    select ${columns(EVENT)} from ${auditSeals}
    join ${auditLogs} on ${auditLogs.seq} = ${auditSeals.entrySeq}
    left join ${users} ${actor} on ${actor.id} = ${auditLogs.actorId}
    left join ${auditPrivateValues} on ${auditPrivateValues.entryId} = ${auditLogs.id}
    where ${auditSeals.position} = any(${p("positions", "bigint[]")}) order by ${auditSeals.position}`,
);

type Find<Item> = (db: Reads, ids: readonly string[]) => Promise<Map<string, Item>>;

/** How each feature finds the subjects of events: requests by UUID, all others by public id. */
export interface SubjectFinders {
  requests: Find<RequestState>;
  comments: Find<Comment>;
  users: Find<User>;
  apiKeys: Find<ApiKey>;
  categories: Find<Category>;
  webhooks: Find<Webhook>;
}

/** Loads events by position, oldest first, with their subjects in their current state. */
export type LoadEvents = (db: Reads, positions: readonly number[]) => Promise<LoadedEvent[]>;

export function eventLoader(find: SubjectFinders): LoadEvents {
  return async (db, positions) => {
    if (positions.length === 0) return [];
    const rows = await db.query(byPosition, { positions });
    const idsOf = (subject: SubjectType) => [
      ...new Set(rows.filter((row) => row.subjectType === subject).map((row) => row.subjectId)),
    ];
    const requestUuids = [...new Set(rows.flatMap((row) => row.serviceRequestUuid ?? []))];
    const requests = await find.requests(db, requestUuids);
    const comments = await find.comments(db, idsOf("comment"));
    const users = await find.users(db, idsOf("user"));
    const apiKeys = await find.apiKeys(db, idsOf("api_key"));
    const categories = await find.categories(db, idsOf("category"));
    const webhooks = await find.webhooks(db, idsOf("webhook"));
    const aboutOf = ({ subjectType, subjectId }: EventRow): LoadedEvent["about"] => {
      switch (subjectType) {
        case "comment":
          return { comment: comments.get(subjectId) ?? null };
        case "user":
          return { user: users.get(subjectId) ?? null };
        case "api_key":
          return { apiKey: apiKeys.get(subjectId) ?? null };
        case "category":
          return { category: categories.get(subjectId) ?? null };
        case "webhook":
          return { webhook: webhooks.get(subjectId) ?? null };
        default:
          return {};
      }
    };
    return rows
      .filter((row) => isKnown(row.type))
      .map((row) => ({
        ...toLoaded(row, requests.get(row.serviceRequestUuid ?? "") ?? null),
        about: aboutOf(row),
      }));
  };
}

function toLoaded(row: EventRow, request: RequestState | null): Omit<LoadedEvent, "about"> {
  const anchor = toAnchor(row);
  const concealed = toConcealed({ reason: row.reason, clientAddress: null, userAgent: null });
  const { changes, reason } = reveal({ changes: row.changes, ...concealed }, row.values ?? {});
  return {
    ...anchor,
    type: row.type,
    internal: row.internal,
    request,
    frame: {
      id: toPublicId("auditEntry", row.id),
      cursor: toCursor(anchor),
      occurredAt: row.occurredAt,
      actor:
        row.actorId === null
          ? null
          : { id: toPublicId("user", row.actorId), fullName: row.actorName ?? "" },
      subject: { type: row.subjectType, id: row.subjectId },
      serviceRequestId: request?.id ?? null,
      changes,
      reason,
      causedBy: {
        apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
        requestId: row.callId,
      },
    },
  };
}
