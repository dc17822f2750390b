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
import type { Webhook } from "../webhooks/webhook.ts";

/** What every event says, whatever it is about. */
interface EventFrame {
  /** `evt_...`, the id of the audit entry: the same wherever the event is met. */
  id: string;
  /** Where it stands in the feed: pass it as `after` to go on behind it. */
  cursor: string;
  occurredAt: string;
  /** Null for what nobody signed in did. */
  actor: Actor | null;
  subject: { type: SubjectType; id: string };
  /** The service request that it belongs to, "SF-1042". */
  serviceRequestId: string | null;
  /** Field by field, what it was and what it is. */
  changes: Changes;
  reason: string | null;
  /** The call that did it: a bot passes over what its own key did. */
  causedBy: {
    apiKeyId: string | null;
    /** `X-Request-Id` of the call. */
    requestId: string;
  };
}

/** What an event carries of its subject: as it is when the event is read, and null when it is no longer there. */
interface EventSubjects {
  request: { request: ServiceRequest | null };
  comment: { comment: Comment | null; request: ServiceRequest | null };
  user: { user: User | null };
  api_key: { apiKey: ApiKey | null };
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

export interface ListEventsInput {
  /** The `cursor` of an event or a page; `start`, the default, is the beginning of the log, `now` its end. */
  after?: string | undefined;
  /** Only events of this type, or of one of these. */
  type?: EventType | EventType[] | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

export interface StreamEventsInput {
  /** As for a list, but that `now` is the default. */
  after?: string | undefined;
  /** Only events of this type, or of one of these. */
  type?: EventType | EventType[] | undefined;
  /** The last event that came, when a stream is opened again; it comes before `after`. */
  lastEventId?: string | undefined;
}

/** A page of the feed, oldest first. */
export interface EventPage<Type extends EventType = EventType> {
  items: EventOf<Type>[];
  /** Pass it as `after` to go on; it is there at the end as well, for what is still to come. */
  nextCursor: string;
  /** Whether there is more already. A page can be empty and have more behind it. */
  hasMore: boolean;
}

/** What decides who may know of an event. */
export interface EventFacts {
  type: EventType;
  /** Whether it is about something that only agents and administrators see. */
  internal: boolean;
  /** The request that it belongs to, as it is now. */
  request: RequestFacts | null;
}

/**
 * Whether a reader may know of an event: that of a request, whoever may view it; that of a category, everybody; and
 * all else whoever may read the audit log, by a key that is good for that.
 */
export function mayReadEvent(
  event: EventFacts,
  reader: Pick<Caller, "id" | "role" | "scopes">,
): boolean {
  switch (AUDIT_POLICY[event.type].subject) {
    case "request":
    case "comment":
      if (event.internal && !seesInternalComments(reader)) return false;
      return event.request !== null && canView(event.request, reader);
    case "category":
      return isAlwaysAllowed("category.list", reader);
    default:
      return isAlwaysAllowed("audit.read", reader) && reader.scopes.includes("admin");
  }
}
