export const ROLES = ["ADMIN", "AGENT", "EMPLOYEE"] as const;
export type Role = (typeof ROLES)[number];

/** Agents and administrators work requests: they can be assignees and see internal comments. */
export function worksRequests(role: Role): boolean {
  return role === "ADMIN" || role === "AGENT";
}

/** Whether a user can be an assignee. One who is deactivated, erased or demoted to EMPLOYEE no longer can. */
export function canWork({ role, active }: { role: Role; active: boolean }): boolean {
  return active && worksRequests(role);
}

/** What an API key may be used for; `rules/scopes.ts` says what each includes. A key that lacks the scope of a call is refused. */
export const SCOPES = ["requests:read", "requests:write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export const USER_KINDS = ["HUMAN", "BOT"] as const;
/** BOT is a service account: it acts as itself, and may file requests for others and follow what it has filed. */
export type UserKind = (typeof USER_KINDS)[number];

/** The parts of a caller that the rules on requests look at. */
export type Principal = { id: string; role: Role; kind: UserKind };

/** The principal of one call: the owner of the API key, and what the key may do. */
export interface Caller extends Principal {
  /** Public id of the user, `usr_...`. */
  id: string;
  fullName: string;
  role: Role;
  kind: UserKind;
  scopes: readonly Scope[];
  /** When the key stops working by itself, ISO 8601 in UTC; null: never. */
  keyEndsAt: string | null;
}

/** The public part of a user. */
export interface UserRef {
  id: string;
  fullName: string;
}

/** The assignee of a request. */
export interface Assignee extends UserRef {
  /**
   * They can no longer work: they were deactivated, erased or are EMPLOYEE now. Anyone who works requests may take the
   * request. Omitted for employees, and while the assignee can work.
   */
  unavailable?: true | undefined;
}

export function toRef({ id, fullName }: UserRef): UserRef {
  return { id, fullName };
}
