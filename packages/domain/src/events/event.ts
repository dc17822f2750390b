import type { Actor, Changes } from "../log/audit-entry.ts";
import { AUDIT_POLICY, type EventType, type SubjectType } from "../log/audit-policy.ts";
import type { ApiKey } from "../people/api-key.ts";
import type { User } from "../people/user.ts";
import type { Category } from "../requests/category.ts";
import type { Comment } from "../requests/comment.ts";
import type { ServiceRequest } from "../requests/request.ts";
import type { RequestFacts } from "../rules/conditions.ts";
import { canView, isAlwaysAllowed, seesInternalComments } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";
import { hasScope } from "../rules/scopes.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import type { EventFilters } from "./filter.ts";

/** The members that all events have. */
interface EventFrame {
  /** `evt_...`, the id of the audit entry; the same in lists, streams and deliveries. */
  id: string;
  /** Position in the feed: pass it as `after` to continue after this event. */
  cursor: string;
  occurredAt: string;
  /** Null: the server, the operator or a failed sign-in. */
  actor: Actor | null;
  subject: { type: SubjectType; id: string };
  /** The service request that it belongs to, "SF-1042". */
  serviceRequestId: string | null;
  /** The old and the new value by field. */
  changes: Changes;
  reason: string | null;
  /** The call that caused it. A bot skips events that its own key caused. */
  causedBy: {
    /** Null without a key, and for readers other than its user and administrators with the scope `admin`. */
    apiKeyId: string | null;
    /** `X-Request-Id` of the call. */
    requestId: string;
  };
}

/** The subject that an event carries: its current state, or null if it no longer exists. */
interface EventSubjects {
  request: { request: ServiceRequest | null };
  comment: { comment: Comment | null; request: ServiceRequest | null };
  user: { user: User | null };
  api_key: { apiKey: ApiKey | null };
  code: unknown;
  category: { category: Category | null };
  webhook: { webhook: Webhook | null };
  sign_in: unknown;
  audit_log: unknown;
}

/** An event of the given type; of several types, their union. */
export type EventOf<Type extends EventType> = Type extends EventType
  ? EventFrame & { type: Type } & EventSubjects[(typeof AUDIT_POLICY)[Type]["subject"]]
  : never;

/** An event of any type. Its `type` narrows it. */
export type ServiceFlowEvent = EventOf<EventType>;

export interface ListEventsInput extends EventFilters {
  /** The `cursor` of an event or a page; `start`, the default, is the beginning of the log, `now` its end. */
  after?: string | undefined;
  /** Only events of this type, or of any of these. */
  type?: EventType | EventType[] | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

export interface StreamEventsInput extends EventFilters {
  /** As for a list; default `now`. */
  after?: string | undefined;
  /** Only events of this type, or of any of these. */
  type?: EventType | EventType[] | undefined;
  /** The last event received, to resume a stream; takes precedence over `after`. */
  lastEventId?: string | undefined;
}

/** A page of the feed, oldest first. */
export interface EventPage<Type extends EventType = EventType> {
  items: EventOf<Type>[];
  /** Pass it as `after` for the next page. Valid at the end of the feed too: later events follow it. */
  nextCursor: string;
  /** Whether more events are available now. An empty page can have more. */
  hasMore: boolean;
}

/** What determines who may read an event. */
export interface EventFacts {
  type: EventType;
  /** Whether only agents and administrators may read it. */
  internal: boolean;
  /** The current request that it belongs to. */
  request: RequestFacts | null;
}

/**
 * Whether a reader may read an event. Events of a request require that they may view it, those of categories are for
 * everyone, and all others require access to the audit log and the scope `admin`.
 */
export function mayReadEvent(
  event: EventFacts,
  reader: Pick<Caller, "id" | "role" | "kind" | "scopes">,
): boolean {
  switch (AUDIT_POLICY[event.type].subject) {
    case "request":
    case "comment":
      if (event.internal && !seesInternalComments(reader)) return false;
      return event.request !== null && canView(event.request, reader);
    case "category":
      return isAlwaysAllowed("category.list", reader);
    default:
      return readsAudit(reader);
  }
}

/**
 * Whether a reader may know which API key caused an event: the actor, who recognizes their own calls by it, and those
 * with access to the audit log and the scope `admin`.
 */
export function mayKnowKey(
  { actor }: { actor: { id: string } | null },
  reader: Pick<Caller, "id" | "role" | "scopes">,
): boolean {
  return actor?.id === reader.id || readsAudit(reader);
}

function readsAudit(reader: Pick<Caller, "role" | "scopes">): boolean {
  return isAlwaysAllowed("audit.read", reader) && hasScope(reader.scopes, "admin");
}
