/** The subject of each audited action, and the fields whose change it records. Nothing else is recorded. */
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
      "followsUp",
    ],
  },
  "request.updated": {
    subject: "request",
    fields: ["title", "description", "priority", "category", "requesterId"],
  },
  "request.claimed": { subject: "request", fields: ["assigneeId"] },
  "request.released": { subject: "request", fields: ["assigneeId"] },
  "request.assigned": { subject: "request", fields: ["assigneeId"] },
  "request.transitioned": { subject: "request", fields: ["status", "assigneeId"] },
  "comment.created": { subject: "comment", fields: ["visibility", "body"] },
  "user.bootstrapped": {
    subject: "user",
    fields: ["email", "fullName", "role", "kind", "active", "locale", "timeZone"],
  },
  "user.created": {
    subject: "user",
    fields: ["email", "fullName", "role", "kind", "active", "locale", "timeZone"],
  },
  "user.updated": {
    subject: "user",
    fields: ["email", "fullName", "active", "locale", "timeZone"],
  },
  "user.role_changed": { subject: "user", fields: ["role"] },
  "user.identity_linked": { subject: "user", fields: ["issuer", "account"] },
  "user.erased": { subject: "user", fields: ["active", "erasedAt"] },
  "api_key.issued": {
    subject: "api_key",
    fields: ["userId", "name", "scopes", "expiresAt", "sessionFrom", "parentId", "grantsUntil"],
  },
  "api_key.rotated": { subject: "api_key", fields: ["revokedAt", "replacedBy"] },
  "api_key.revoked": { subject: "api_key", fields: ["revokedAt"] },
  "code.issued": {
    subject: "code",
    fields: ["userId", "purpose", "scopes", "expiresAt", "grantsUntil"],
  },
  "code.redeemed": { subject: "code", fields: ["exchangedFor"] },
  "code.revoked": { subject: "code", fields: [] },
  "code.expired": { subject: "code", fields: [] },
  "category.created": { subject: "category", fields: ["name", "names", "description", "active"] },
  "category.updated": { subject: "category", fields: ["name", "names", "description", "active"] },
  "webhook.created": {
    subject: "webhook",
    fields: ["url", "description", "eventTypes", "includeInternal", "ownerId", "active"],
  },
  "webhook.updated": {
    subject: "webhook",
    fields: ["url", "description", "eventTypes", "includeInternal", "active", "disabledBecause"],
  },
  "webhook.owner_changed": { subject: "webhook", fields: ["ownerId"] },
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

type AuditedField = (typeof AUDIT_POLICY)[AuditAction]["fields"][number];

/**
 * What each recorded field holds. `private`: a name, an address or free text; it is stored apart and can be erased.
 * `plain`: an id, a word of the rules or of the catalogue, a number or a time; the log keeps it permanently.
 */
export const FIELD_PRIVACY = {
  title: "private",
  description: "private",
  body: "private",
  email: "private",
  fullName: "private",
  name: "private",
  // Of a person: with the time zone it says where they live.
  locale: "private",
  timeZone: "private",
  // The subject of a person at an identity provider.
  account: "private",
  // An endpoint's URL is often a secret in itself.
  url: "private",
  // Of a category, by language.
  names: "plain",
  status: "plain",
  priority: "plain",
  category: "plain",
  requesterId: "plain",
  submitterId: "plain",
  assigneeId: "plain",
  followsUp: "plain",
  visibility: "plain",
  role: "plain",
  kind: "plain",
  active: "plain",
  erasedAt: "plain",
  issuer: "plain",
  userId: "plain",
  scopes: "plain",
  expiresAt: "plain",
  revokedAt: "plain",
  replacedBy: "plain",
  purpose: "plain",
  exchangedFor: "plain",
  // Of a session alone.
  sessionFrom: "plain",
  parentId: "plain",
  grantsUntil: "plain",
  eventTypes: "plain",
  includeInternal: "plain",
  ownerId: "plain",
  disabledBecause: "plain",
  oldSecretUntil: "plain",
  after: "plain",
  deliveryId: "plain",
  attempts: "plain",
  firstAt: "plain",
  lastAt: "plain",
  entries: "plain",
  redacted: "plain",
} as const satisfies Record<AuditedField, "private" | "plain">;

/** Every audited action is an event. */
export type EventType = AuditAction;
export const EVENT_TYPES = [...AUDIT_ACTIONS] as const;

export const SUBJECT_TYPES = [
  "request",
  "comment",
  "user",
  "api_key",
  "code",
  "category",
  "webhook",
  "sign_in",
  "audit_log",
] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];
