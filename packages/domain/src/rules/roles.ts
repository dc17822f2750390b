export const ROLES = ["ADMIN", "AGENT", "EMPLOYEE"] as const;
export type Role = (typeof ROLES)[number];

/** What limits a role's use of an action. `CONDITION_TEXT` says each in words. */
export const CONDITIONS = [
  "always",
  "never",
  "participant",
  "assignee",
  "assigneeOrUnassigned",
  "requesterBeforeWork",
  "selfAsRequester",
  "selfAsAssignee",
  "agentsOnly",
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Finishes the sentence "An AGENT may finish a request ...". */
export const CONDITION_TEXT: Readonly<Record<Condition, string>> = {
  always: "without further condition",
  never: "under no condition",
  participant: "only when they are its requester or assignee",
  assignee: "only when it is assigned to them",
  assigneeOrUnassigned: "only when it is assigned to them or to nobody",
  requesterBeforeWork: "only when it is their own, still NEW and assigned to nobody",
  selfAsRequester: "only with themselves as the requester, unless they are a service account",
  selfAsAssignee: "only to themselves, and only while it is assigned to nobody",
  agentsOnly: "only for administrators and agents",
};

/** Who may do what: action x role -> condition. The server enforces it; clients may ask it. */
export const PERMISSIONS = {
  "request.create": { ADMIN: "always", AGENT: "always", EMPLOYEE: "selfAsRequester" },
  "request.view": { ADMIN: "always", AGENT: "always", EMPLOYEE: "participant" },
  "request.update": {
    ADMIN: "always",
    AGENT: "assigneeOrUnassigned",
    EMPLOYEE: "requesterBeforeWork",
  },
  "request.claim": { ADMIN: "always", AGENT: "always", EMPLOYEE: "never" },
  "request.release": { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "never" },
  "request.assign": { ADMIN: "always", AGENT: "selfAsAssignee", EMPLOYEE: "never" },
  "request.start": { ADMIN: "always", AGENT: "assigneeOrUnassigned", EMPLOYEE: "never" },
  "request.finish": { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "never" },
  "request.cancel": { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "requesterBeforeWork" },
  "request.comment": { ADMIN: "always", AGENT: "always", EMPLOYEE: "participant" },
  "request.commentInternally": { ADMIN: "always", AGENT: "always", EMPLOYEE: "never" },
  "user.list": { ADMIN: "always", AGENT: "agentsOnly", EMPLOYEE: "never" },
  "user.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "api_key.manageOwn": { ADMIN: "always", AGENT: "always", EMPLOYEE: "always" },
  "api_key.manageAny": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "category.list": { ADMIN: "always", AGENT: "always", EMPLOYEE: "always" },
  "category.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "webhook.manage": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
  "audit.read": { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
} as const satisfies Record<string, Record<Role, Condition>>;
export type Action = keyof typeof PERMISSIONS;

/** Agents and administrators work requests: they can be assignees and see internal comments. */
export function worksRequests(role: Role): boolean {
  return role === "ADMIN" || role === "AGENT";
}

/** What an API key may be used for. A key without a scope is refused where the scope is needed. */
export const SCOPES = ["requests:read", "requests:write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export const USER_KINDS = ["HUMAN", "BOT"] as const;
/** BOT is a service account: it acts as itself, and may file requests for others. */
export type UserKind = (typeof USER_KINDS)[number];

/** The principal of one call: whom the API key belongs to, and what the key may do. */
export interface Caller {
  /** Public id of the user, `usr_...`. */
  id: string;
  fullName: string;
  role: Role;
  kind: UserKind;
  scopes: readonly Scope[];
}
