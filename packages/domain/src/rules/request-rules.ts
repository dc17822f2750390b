import type { AuditAction } from "../log/audit-policy.ts";
import type { AssigneeNeed, RequestConditionName } from "./conditions.ts";
import type { Role } from "./roles.ts";
import { OPEN, type Status } from "./status.ts";

interface Rule {
  /** What must be true of the assignee, for every role. */
  needs?: AssigneeNeed;
  who: Readonly<Record<Role, RequestConditionName>>;
  /** Whether the command may name an assignee; omitted: it may not. */
  assignee?: "optional" | "required";
  /** Whether the command may give a reason; omitted: it may not. `requiredOfWork`: it must once somebody is working on it. */
  reason?: "optional" | "required" | "requiredOfWork";
  audit: AuditAction;
}

/** An action that changes the status. Any other status is refused with `illegal_transition`. */
interface MoveRule extends Rule {
  from: readonly Status[];
  to: Status;
}

/**
 * An action that leaves the status as it is. "any" includes statuses that only a newer server knows. A closed request
 * is refused with `request_closed`, an open one with `request_started`.
 */
interface StayRule extends Rule {
  from: "any" | typeof OPEN | readonly ["NEW"];
  to?: undefined;
}

export type ActionRule = MoveRule | StayRule;

/** The rule of each action on an existing request, in the order of `allowedActions`. */
export const REQUEST_RULES = {
  update: {
    from: OPEN,
    who: { ADMIN: "always", AGENT: "assigneeOrUnassigned", EMPLOYEE: "requesterBeforeWork" },
    audit: "request.updated",
  },
  correctRequester: {
    from: "any",
    who: { ADMIN: "always", AGENT: "never", EMPLOYEE: "never" },
    audit: "request.updated",
  },
  claim: {
    from: OPEN,
    needs: "unassigned",
    who: { ADMIN: "always", AGENT: "always", EMPLOYEE: "never" },
    audit: "request.claimed",
  },
  release: {
    from: ["NEW"],
    needs: "assigned",
    who: { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "never" },
    audit: "request.released",
  },
  assign: {
    from: OPEN,
    who: { ADMIN: "always", AGENT: "selfOrFromSelf", EMPLOYEE: "never" },
    assignee: "required",
    reason: "requiredOfWork",
    audit: "request.assigned",
  },
  start: {
    from: ["NEW"],
    to: "IN_PROGRESS",
    who: { ADMIN: "always", AGENT: "assigneeOrUnassigned", EMPLOYEE: "never" },
    assignee: "optional",
    reason: "optional",
    audit: "request.transitioned",
  },
  finish: {
    from: ["IN_PROGRESS"],
    to: "DONE",
    needs: "working",
    who: { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "never" },
    reason: "optional",
    audit: "request.transitioned",
  },
  cancel: {
    from: OPEN,
    to: "CANCELED",
    who: { ADMIN: "always", AGENT: "assignee", EMPLOYEE: "requesterBeforeWork" },
    reason: "required",
    audit: "request.transitioned",
  },
  comment: {
    from: "any",
    who: { ADMIN: "always", AGENT: "always", EMPLOYEE: "participant" },
    audit: "comment.created",
  },
  commentInternally: {
    from: "any",
    who: { ADMIN: "always", AGENT: "always", EMPLOYEE: "never" },
    audit: "comment.created",
  },
} as const satisfies Readonly<Record<string, ActionRule>>;

/** The actions on an existing request. */
export type RequestAction = keyof typeof REQUEST_RULES;
export const REQUEST_ACTIONS = Object.keys(REQUEST_RULES) as [RequestAction, ...RequestAction[]];

/** The actions that change the status. */
export type MoveAction = {
  [A in RequestAction]: (typeof REQUEST_RULES)[A] extends { to: Status } ? A : never;
}[RequestAction];

/** The statuses in which an action can succeed. */
export type StatusesOf<A extends RequestAction> =
  (typeof REQUEST_RULES)[A]["from"] extends readonly (infer From)[] ? From & Status : Status;

/** The rule of an action; undefined for one that only a newer server knows. */
export function ruleOf(action: RequestAction): ActionRule | undefined {
  return Object.hasOwn(REQUEST_RULES, action) ? REQUEST_RULES[action] : undefined;
}
