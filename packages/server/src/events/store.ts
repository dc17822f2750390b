import {
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
  toRequestId,
  type User,
  type Webhook,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import { findCategories } from "../categories/store.ts";
import { findComments } from "../comments/store.ts";
import type { Database } from "../db/database.ts";
import { statement } from "../db/statement.ts";
import { toConcealed, toHex } from "../log/chain.ts";
import { findKeys } from "../people/api-keys/store.ts";
import { findUsers } from "../people/users/store.ts";
import { REQUEST_COLUMNS, REQUEST_PEOPLE, type RequestRow, toState } from "../requests/row.ts";
import { findWebhooks } from "../webhooks/store.ts";
import { type Place, toCursor } from "./cursor.ts";

const p = sql.placeholder;

/** What is known of an event before it is loaded: where it stands, and what decides who may read it. */
export interface EventOutline extends Place, EventFacts {
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

/** A stretch of the feed, oldest first, and where it ends. */
export interface Stretch<Item> {
  items: Item[];
  end: Place;
}

/**
 * The feed is the chain of seals: what is sealed is committed, its order never changes, and nothing comes in between.
 * @param limit of what is looked at
 */
export async function readOutlines(
  db: Database,
  after: Place,
  limit: number,
): Promise<Stretch<EventOutline>> {
  const rows = await db.query<OutlineRow>(outlines, { after: after.position, limit });
  const last = rows.at(-1);
  return {
    // An entry that somebody removed has nothing to tell, nor has one that only a newer build knows.
    items: rows.flatMap((row) => (row.uuid === null || !isKnown(row.type) ? [] : [toOutline(row)])),
    end: last ? toPlace(last) : after,
  };
}

function isKnown(type: string): type is EventType {
  return Object.hasOwn(AUDIT_POLICY, type);
}

function toPlace(row: { position: string; hash: Uint8Array }): Place {
  return { position: Number(row.position), hash: toHex(row.hash) };
}

function toOutline(row: OutlineRow): EventOutline {
  const user = (uuid: string) => ({ id: toPublicId("user", uuid) });
  return {
    ...toPlace(row),
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

/** An event with its subject, for whatever reader may know of it. */
export interface LoadedEvent extends Place, EventFacts {
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
  /** What it carries of a subject that is no request. */
  about: {
    comment?: Comment | null;
    user?: User | null;
    apiKey?: ApiKey | null;
    category?: Category | null;
    webhook?: Webhook | null;
  };
}

interface EventRow extends Omit<RequestRow, "uuid"> {
  uuid: string | null;
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
      v.values, a.occurred_at as "occurredAt", ${REQUEST_COLUMNS}
    from audit_seals s
    join audit_logs a on a.seq = s.entry_seq
    left join users actor on actor.id = a.actor_id
    left join audit_private_values v on v.entry_id = a.id
    left join (requests r ${REQUEST_PEOPLE}) on r.id = a.service_request_id
    where s.position = any(${p("positions")}::bigint[]) order by s.position`,
);

/** Whole events by their positions, oldest first, with their subjects as they are now. */
export async function loadEvents(
  db: Database,
  positions: readonly number[],
): Promise<LoadedEvent[]> {
  if (positions.length === 0) return [];
  const rows = await db.query<EventRow>(byPosition, { positions });
  const idsOf = (subject: SubjectType) => [
    ...new Set(rows.filter((row) => row.subjectType === subject).map((row) => row.subjectId)),
  ];
  const [comments, users, apiKeys, categories, webhooks] = [
    await findComments(db, idsOf("comment")),
    await findUsers(db, idsOf("user")),
    await findKeys(db, idsOf("api_key")),
    await findCategories(db, idsOf("category")),
    await findWebhooks(db, idsOf("webhook")),
  ];
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
    .map((row) => ({ ...toLoaded(row), about: aboutOf(row) }));
}

function toLoaded(row: EventRow): Omit<LoadedEvent, "about"> {
  const place = toPlace(row);
  const concealed = toConcealed({ reason: row.reason, clientAddress: null, userAgent: null });
  const { changes, reason } = reveal({ changes: row.changes, ...concealed }, row.values ?? {});
  return {
    ...place,
    type: row.type,
    internal: row.internal,
    request: row.uuid === null ? null : toState({ ...row, uuid: row.uuid }),
    frame: {
      id: toPublicId("auditEntry", row.id),
      cursor: toCursor(place),
      occurredAt: row.occurredAt.toISOString(),
      actor:
        row.actorId === null
          ? null
          : { id: toPublicId("user", row.actorId), fullName: row.actorName ?? "" },
      subject: { type: row.subjectType, id: row.subjectId },
      serviceRequestId: row.uuid === null ? null : toRequestId(row.number),
      changes,
      reason,
      causedBy: {
        apiKeyId: row.apiKeyId === null ? null : toPublicId("apiKey", row.apiKeyId),
        requestId: row.callId,
      },
    },
  };
}
