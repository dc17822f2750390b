import {
  type Anchor,
  type ApiKey,
  AUDIT_POLICY,
  type Category,
  type Changes,
  type Comment,
  type EventFacts,
  type EventType,
  type PrivateValues,
  type RequestState,
  reveal,
  type Status,
  type SubjectType,
  toPublicId,
  type User,
  type Webhook,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { toConcealed, toHex } from "../log/chain.ts";
import { toCursor } from "./cursor.ts";

const p = sql.placeholder;

/** An event before it is loaded: its position, and what decides who may read it. */
export interface EventOutline extends Anchor, EventFacts {
  uuid: string;
  subject: { id: string };
}

interface OutlineRow {
  position: string;
  hash: Uint8Array;
  uuid: string | null;
  type: string;
  internal: boolean;
  subjectId: string;
  status: Status | null;
  requesterId: string;
  assigneeId: string | null;
}

const outlines = statement(
  "feed_outlines",
  sql`
    select s.position::text as "position", s.hash, a.id as "uuid", a.action as "type", a.internal,
      a.subject_id as "subjectId", r.status, r.requester_id as "requesterId", r.assignee_id as "assigneeId"
    from audit_seals s
    left join audit_logs a on a.seq = s.entry_seq
    left join requests r on r.id = a.service_request_id
    where s.position > ${p("after")}::bigint order by s.position limit ${p("limit")}::int`,
);

/** Consecutive events, oldest first, and where they end. */
export interface FeedSlice<Item> {
  items: Item[];
  end: Anchor;
}

/**
 * The feed is the chain of seals: what is sealed is committed, and its order never changes.
 * @param limit of entries to examine
 */
export async function readOutlines(
  db: Database,
  after: Anchor,
  limit: number,
): Promise<FeedSlice<EventOutline>> {
  const rows = await db.query<OutlineRow>(outlines, { after: after.position, limit });
  const last = rows.at(-1);
  return {
    // Skips entries that were deleted from the log, and types that only a newer build knows.
    items: rows.flatMap((row) => (row.uuid === null || !isKnown(row.type) ? [] : [toOutline(row)])),
    end: last ? toAnchor(last) : after,
  };
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(AUDIT_POLICY, type);
}

function toAnchor(row: { position: string; hash: Uint8Array }): Anchor {
  return { position: Number(row.position), hash: toHex(row.hash) };
}

function toOutline(row: OutlineRow): EventOutline {
  const user = (uuid: string) => ({ id: toPublicId("user", uuid) });
  return {
    ...toAnchor(row),
    uuid: row.uuid as string,
    type: row.type as EventType,
    internal: row.internal,
    subject: { id: row.subjectId },
    request:
      row.status === null
        ? null
        : {
            status: row.status,
            requester: user(row.requesterId),
            assignee: row.assigneeId === null ? null : user(row.assigneeId),
          },
  };
}

/** An event with its subject, for any reader. */
export interface LoadedEvent extends Anchor, EventFacts {
  request: RequestState | null;
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

interface EventRow {
  serviceRequestUuid: string | null;
  position: string;
  hash: Uint8Array;
  id: string;
  type: EventType;
  internal: boolean;
  actorId: string | null;
  actorName: string | null;
  apiKeyId: string | null;
  callId: string;
  subjectType: SubjectType;
  subjectId: string;
  changes: Changes;
  reason: string | null;
  values: PrivateValues | null;
  occurredAt: Date;
}

const byPosition = statement(
  "feed_events",
  sql`
    select s.position::text as "position", s.hash, a.id, a.action as "type", a.internal, a.actor_id as "actorId",
      actor.full_name as "actorName", a.api_key_id as "apiKeyId", a.request_id as "callId",
      a.subject_type as "subjectType", a.subject_id as "subjectId", a.changes, a.reason_commitment as "reason",
      v.values, a.occurred_at as "occurredAt",
      a.service_request_id as "serviceRequestUuid"
    from audit_seals s
    join audit_logs a on a.seq = s.entry_seq
    left join users actor on actor.id = a.actor_id
    left join audit_private_values v on v.entry_id = a.id
    where s.position = any(${p("positions")}::bigint[]) order by s.position`,
);

type Find<Item> = (db: Database, ids: readonly string[]) => Promise<Map<string, Item>>;

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
export type LoadEvents = (positions: readonly number[]) => Promise<LoadedEvent[]>;

export function eventLoader(db: Database, find: SubjectFinders): LoadEvents {
  return async (positions) => {
    if (positions.length === 0) return [];
    const rows = await db.query<EventRow>(byPosition, { positions });
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
      occurredAt: row.occurredAt.toISOString(),
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
