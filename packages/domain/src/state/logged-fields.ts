import { AUDIT_POLICY, type AuditAction } from "../log/audit-policy.ts";
import type { StateSubject } from "../log/state-verification.ts";

/** What an action does to its subject's row. */
type Effect = "creates" | "changes" | "deletes" | "nothing";

export const EFFECTS = {
  "request.created": "creates",
  "request.updated": "changes",
  "request.claimed": "changes",
  "request.released": "changes",
  "request.assigned": "changes",
  "request.transitioned": "changes",
  "comment.created": "creates",
  "user.bootstrapped": "creates",
  "user.created": "creates",
  "user.updated": "changes",
  "user.role_changed": "changes",
  "user.identity_linked": "changes",
  "user.erased": "changes",
  "api_key.issued": "creates",
  "api_key.rotated": "changes",
  "api_key.revoked": "changes",
  "code.issued": "creates",
  "code.redeemed": "deletes",
  "code.revoked": "deletes",
  "code.expired": "deletes",
  "category.created": "creates",
  "category.updated": "changes",
  "webhook.created": "creates",
  "webhook.updated": "changes",
  "webhook.owner_changed": "changes",
  "webhook.deleted": "deletes",
  "webhook.secret_rotated": "changes",
  "webhook.pinged": "nothing",
  "webhook.replayed": "nothing",
  "webhook.disabled": "changes",
  "sign_in.failed": "nothing",
  "audit_log.exported": "nothing",
} as const satisfies Record<AuditAction, Effect>;

/** The actions that create a row of a table. */
export function creatorsOf(subject: StateSubject): AuditAction[] {
  const actions = Object.keys(EFFECTS) as AuditAction[];
  return actions.filter(
    (action) => AUDIT_POLICY[action].subject === subject && EFFECTS[action] === "creates",
  );
}

type FieldsOf<S> = {
  [A in AuditAction]: (typeof AUDIT_POLICY)[A]["subject"] extends S
    ? (typeof AUDIT_POLICY)[A]["fields"][number]
    : never;
}[AuditAction];

/**
 * What the log knows of each recorded field of a row. `optional`: null in a new row whose entry does not name it.
 * `required`: an entry that does not name it is older than the field. `elsewhere`: the row does not hold it.
 */
type Presence = "required" | "optional" | "elsewhere";

export const LOGGED_FIELDS = {
  request: {
    title: "required",
    description: "required",
    status: "required",
    priority: "required",
    category: "required",
    requesterId: "required",
    submitterId: "required",
    assigneeId: "optional",
    followsUp: "optional",
  },
  comment: { visibility: "required", body: "required" },
  user: {
    email: "required",
    fullName: "required",
    role: "required",
    kind: "required",
    active: "required",
    locale: "optional",
    timeZone: "optional",
    issuer: "optional",
    account: "optional",
    erasedAt: "optional",
  },
  api_key: {
    userId: "required",
    name: "required",
    scopes: "required",
    expiresAt: "optional",
    revokedAt: "optional",
    replacedBy: "elsewhere",
    sessionFrom: "optional",
    parentId: "optional",
    grantsUntil: "optional",
  },
  code: {
    userId: "required",
    purpose: "required",
    scopes: "required",
    expiresAt: "required",
    grantsUntil: "optional",
    exchangedFor: "elsewhere",
  },
  category: {
    name: "required",
    names: "optional",
    description: "required",
    active: "required",
  },
  webhook: {
    url: "required",
    description: "required",
    eventTypes: "required",
    includeInternal: "required",
    ownerId: "required",
    active: "required",
    disabledBecause: "optional",
    oldSecretUntil: "optional",
    after: "elsewhere",
    deliveryId: "elsewhere",
  },
} as const satisfies { [S in StateSubject]: Record<FieldsOf<S>, Presence> };

/** How a row holds a field; undefined for a field that the log does not record of it. */
export function presenceOf(subject: StateSubject, field: string): Presence | undefined {
  const fields: Readonly<Record<string, Presence>> = LOGGED_FIELDS[subject];
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}
