/** What each audited action concerns, and the fields whose change it records. Nothing else is ever recorded. */
export const AUDIT_POLICY = {
  "request.created": {
    subject: "request",
    fields: [
      "title",
      "description",
      "status",
      "priority",
      "category",
      "requesterId",
      "submitterId",
    ],
  },
  "request.updated": {
    subject: "request",
    fields: ["title", "description", "priority", "category"],
  },
  "request.claimed": { subject: "request", fields: ["assigneeId"] },
  "request.released": { subject: "request", fields: ["assigneeId"] },
  "request.assigned": { subject: "request", fields: ["assigneeId"] },
  "request.transitioned": { subject: "request", fields: ["status", "assigneeId"] },
  "comment.created": { subject: "comment", fields: ["visibility", "body"] },
  "user.bootstrapped": { subject: "user", fields: ["email", "fullName", "role", "kind", "active"] },
  "user.created": { subject: "user", fields: ["email", "fullName", "role", "kind", "active"] },
  "user.updated": { subject: "user", fields: ["email", "fullName", "active"] },
  "user.role_changed": { subject: "user", fields: ["role"] },
  "user.erased": { subject: "user", fields: ["active", "erasedAt"] },
  "api_key.issued": { subject: "api_key", fields: ["userId", "name", "scopes", "expiresAt"] },
  "api_key.rotated": { subject: "api_key", fields: ["revokedAt", "replacedBy"] },
  "api_key.revoked": { subject: "api_key", fields: ["revokedAt"] },
  "category.created": { subject: "category", fields: ["name", "description", "active"] },
  "category.updated": { subject: "category", fields: ["name", "description", "active"] },
  "webhook.created": {
    subject: "webhook",
    fields: ["url", "description", "eventTypes", "includeInternal", "active"],
  },
  "webhook.updated": {
    subject: "webhook",
    fields: ["url", "description", "eventTypes", "includeInternal", "active", "disabledBecause"],
  },
  "webhook.deleted": { subject: "webhook", fields: ["url", "active"] },
  "webhook.secret_rotated": { subject: "webhook", fields: ["oldSecretUntil"] },
  "webhook.pinged": { subject: "webhook", fields: [] },
  "webhook.replayed": { subject: "webhook", fields: ["after", "deliveryId"] },
  "webhook.disabled": { subject: "webhook", fields: ["active", "disabledBecause"] },
  "sign_in.failed": { subject: "sign_in", fields: ["attempts", "firstAt", "lastAt"] },
  "audit_log.exported": { subject: "audit_log", fields: ["entries", "redacted"] },
} as const satisfies Record<string, { subject: string; fields: readonly string[] }>;

export type AuditAction = keyof typeof AUDIT_POLICY;
export const AUDIT_ACTIONS = Object.keys(AUDIT_POLICY) as [AuditAction, ...AuditAction[]];

/** Every audited action is an event. */
export type EventType = AuditAction;
export const EVENT_TYPES = [...AUDIT_ACTIONS] as const;

export const SUBJECT_TYPES = [
  "request",
  "comment",
  "user",
  "api_key",
  "category",
  "webhook",
  "sign_in",
  "audit_log",
] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

/** Field -> what it was and what it is. `from` is null for something new; what was erased reads "[erased]". */
export type Changes = Record<string, { from: unknown; to: unknown }>;

/** What a decision adds to the log; the server adds who did it, when and from where. */
export interface AuditDraft {
  action: AuditAction;
  subject: { type: SubjectType; id: string };
  changes: Changes;
  reason: string | null;
  /** Internal entries never reach an employee. */
  internal: boolean;
}

/** A change as a draft is made from it. */
export interface EntryFacts {
  /** Public id of the subject. */
  id: string;
  /** Null for something new: every field that is set is then recorded. */
  before: object | null;
  after: object;
  reason?: string | null | undefined;
  internal?: boolean;
}

/** The draft for a change: of the action's fields, those that differ. */
export function draftEntry(
  action: AuditAction,
  { id, before, after, reason = null, internal = false }: EntryFacts,
): AuditDraft {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const current: Readonly<Record<string, unknown>> = { ...after };
  const changes: Changes = {};
  for (const field of AUDIT_POLICY[action].fields) {
    const from = old[field] ?? null;
    const to = current[field] ?? null;
    if (!isSame(from, to)) changes[field] = { from, to };
  }
  return {
    action,
    subject: { type: AUDIT_POLICY[action].subject, id },
    changes,
    reason,
    internal,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => item === b[index]);
  }
  return a === b;
}

/** Who did it. Null in an entry for what nobody signed in did. */
export interface Actor {
  id: string;
  fullName: string;
}

/** One entry of a request's history. */
export interface HistoryEntry {
  /** `evt_...` */
  id: string;
  action: AuditAction;
  actor: Actor | null;
  subject: { type: SubjectType; id: string };
  changes: Changes;
  reason: string | null;
  occurredAt: string;
}

/** One entry of the whole log, with where it came from; administrators only. */
export interface AuditEntry extends HistoryEntry {
  /** The service request that it belongs to, "SF-1042". */
  serviceRequestId: string | null;
  /** The API key that was used. */
  apiKeyId: string | null;
  /** `X-Request-Id` of the call. */
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
}

export interface ListAuditInput {
  action?: AuditAction | undefined;
  /** A user's id. */
  actor?: string | undefined;
  /** Public id of what was changed. */
  subject?: string | undefined;
  /** "SF-1042": the entries of one request. */
  serviceRequestId?: string | undefined;
  /** Inclusive. */
  occurredFrom?: string | undefined;
  /** Exclusive. */
  occurredTo?: string | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}
