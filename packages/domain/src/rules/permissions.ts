import { DomainError, type ErrorCode } from "../error.ts";
import type { RequestState } from "../requests/request.ts";
import { type Action, CONDITION_TEXT, type Condition, PERMISSIONS, type Role } from "./roles.ts";
import { isLegalTransition, isOpen, type Status, statusesAfter } from "./status.ts";

/** What can be done with a request that exists. */
export const REQUEST_ACTIONS = [
  "update",
  "claim",
  "release",
  "assign",
  "start",
  "finish",
  "cancel",
  "comment",
  "commentInternally",
] as const;
export type RequestAction = (typeof REQUEST_ACTIONS)[number];

/** Why an action is refused: the code of the error, the reason in words, and its facts. */
export interface Refusal {
  code: ErrorCode;
  detail: string;
  facts: Readonly<Record<string, unknown>>;
}

/** The parts of a caller and a request that the rules look at. */
export type Principal = { id: string; role: Role };
export type RequestFacts = Pick<RequestState, "status"> & {
  requester: { id: string };
  assignee: { id: string } | null;
};

/** The status that an action leads to, for those that change it. */
const ACTION_TARGET: Readonly<Partial<Record<RequestAction, Status>>> = {
  start: "IN_PROGRESS",
  finish: "DONE",
  cancel: "CANCELED",
};

/** Whether the caller may see the request at all. One who may not is told that it does not exist. */
export function canView(request: RequestFacts, caller: Principal): boolean {
  return holds(PERMISSIONS["request.view"][caller.role], request, caller);
}

/**
 * Why the caller may not do this with the request now, or null when they may. A role that never may is told so
 * first, then what the request's state does not allow, then the condition that the caller does not meet.
 * @param assigneeId for `assign`: to whom. Without it the question is whether there is anybody.
 */
export function explain(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): Refusal | null {
  const condition = conditionOf(action, caller.role);
  if (condition === "never") return forbidden(`request.${action}`, caller.role, condition);
  const byState = refusedByState(action, request);
  if (byState) return byState;
  if (condition === "selfAsAssignee") {
    if (assigneeId !== undefined && assigneeId !== caller.id) {
      return forbidden(`request.${action}`, caller.role, condition);
    }
    return request.assignee ? alreadyAssigned() : null;
  }
  return holds(condition, request, caller)
    ? null
    : forbidden(`request.${action}`, caller.role, condition);
}

/** A client can meet an action or a role that only a newer server knows: nothing speaks for it then. */
function conditionOf(action: RequestAction, role: Role): Condition {
  const byRole: Partial<Record<Role, Condition>> = PERMISSIONS[`request.${action}`] ?? {};
  return byRole[role] ?? "never";
}

/** Whether `explain` finds nothing against it. */
export function can(action: RequestAction, request: RequestFacts, caller: Principal): boolean {
  return explain(action, request, caller) === null;
}

/** Everything the caller may do with the request now, in the order of `REQUEST_ACTIONS`. */
export function allowedActions(request: RequestFacts, caller: Principal): RequestAction[] {
  return REQUEST_ACTIONS.filter((action) => can(action, request, caller));
}

/** @throws DomainError when `explain` has a refusal */
export function requireAllowed(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): void {
  const refusal = explain(action, request, caller, assigneeId);
  if (refusal) throw refused(refusal);
}

/**
 * For actions that concern no one request: the caller's condition.
 * @throws DomainError `forbidden` when the role never may
 */
export function requireRole(action: Action, caller: Principal): Condition {
  const condition: Condition = PERMISSIONS[action][caller.role];
  if (condition !== "never") return condition;
  throw refused(forbidden(action, caller.role, condition));
}

/** Whether the caller may see every request, and not only those that they take part in. */
export function seesEveryRequest(caller: Pick<Principal, "role">): boolean {
  return PERMISSIONS["request.view"][caller.role] === "always";
}

/** Whether the caller may know of internal comments, and of the audit entries about them. */
export function seesInternalComments(caller: Pick<Principal, "role">): boolean {
  return PERMISSIONS["request.commentInternally"][caller.role] === "always";
}

/** A refusal as the error that a caller meets. */
export function refused({ code, detail, facts }: Refusal): DomainError {
  return new DomainError(code, detail, { facts });
}

export function forbidden(action: Action, role: Role, condition: Condition): Refusal {
  const verb = action.replace("_", " ").replace(".", ": ");
  return {
    code: "forbidden",
    detail: `${role} may do "${verb}" ${CONDITION_TEXT[condition]}.`,
    facts: { rule: `${action}:${role}:${condition}` },
  };
}

function holds(condition: Condition, request: RequestFacts, caller: Principal): boolean {
  switch (condition) {
    case "always":
      return true;
    case "participant":
      return request.requester.id === caller.id || request.assignee?.id === caller.id;
    case "assignee":
      return request.assignee?.id === caller.id;
    case "assigneeOrUnassigned":
      return request.assignee === null || request.assignee.id === caller.id;
    case "requesterBeforeWork":
      return (
        request.requester.id === caller.id && request.status === "NEW" && request.assignee === null
      );
    default:
      return false;
  }
}

function refusedByState(action: RequestAction, request: RequestFacts): Refusal | null {
  const target = ACTION_TARGET[action];
  if (target) return refusedTransition(request.status, target);
  if (action === "comment" || action === "commentInternally") return null;
  if (!isOpen(request.status)) {
    return {
      code: "request_closed",
      detail: `The request is ${request.status}, and nothing about it can change any more.`,
      facts: {},
    };
  }
  if (action === "claim" && request.assignee) return alreadyAssigned();
  if (action === "release" && request.status !== "NEW") {
    return {
      code: "request_started",
      detail: "A request can be released only while it is NEW; one in progress keeps its assignee.",
      facts: {},
    };
  }
  if (action === "release" && !request.assignee) {
    return {
      code: "not_assigned",
      detail: "There is nobody to release the request from.",
      facts: {},
    };
  }
  return null;
}

export function refusedTransition(from: Status, to: Status): Refusal | null {
  if (isLegalTransition(from, to)) return null;
  const allowed = statusesAfter(from);
  const next =
    allowed.length > 0 ? `${from} can become ${allowed.join(" or ")}` : `${from} is final`;
  return {
    code: "illegal_transition",
    detail: `${from} cannot become ${to}: ${next}.`,
    facts: { allowed },
  };
}

function alreadyAssigned(): Refusal {
  return { code: "already_assigned", detail: "Somebody has the request already.", facts: {} };
}
