import { type AssigneeNeed, CONDITIONS, isUnassigned, type RequestFacts } from "./conditions.ts";
import { forbidden, type Refusal, refused } from "./refusal.ts";
import { type ActionRule, REQUEST_ACTIONS, type RequestAction, ruleOf } from "./request-rules.ts";
import type { Principal } from "./roles.ts";
import { isOpen, type Status } from "./status.ts";
import { statusesAfter } from "./transitions.ts";

/**
 * Why the caller may not take the action on the request now, or null if they may. Checked in this order: the role, the
 * status, the assignee, the role's condition; the first refusal counts.
 * @param assigneeId the assignee that the command names. Omitted for `assign`: whether the caller may assign at all.
 */
export function explain(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): Refusal | null {
  return findRefusal(action, request, caller, assigneeId)?.() ?? null;
}

/** Whether the caller may take the action on the request now. */
export function can(action: RequestAction, request: RequestFacts, caller: Principal): boolean {
  return findRefusal(action, request, caller) === null;
}

/** The first refusal, not yet put in words: a list of requests asks for hundreds, and shows none. */
function findRefusal(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): (() => Refusal) | null {
  const rule = ruleOf(action);
  // A newer server can send a client an action or a role that this table lacks: refused.
  const name = rule?.who[caller.role] ?? "never";
  if (!rule || name === "never") return () => forbidden(`request.${action}`, caller.role, "never");
  if (rule.from !== "any" && !(rule.from as readonly Status[]).includes(request.status)) {
    return () => refusedByStatus(rule, request.status);
  }
  const byAssignee = refusedByAssignee(rule.needs, request, caller);
  if (byAssignee) return () => byAssignee;
  if (!CONDITIONS[name].holds(request, caller, assigneeId)) {
    return () => forbidden(`request.${action}`, caller.role, name);
  }
  const condition: { words: string; needs?: AssigneeNeed } = CONDITIONS[name];
  const byNeed = refusedByAssignee(condition.needs, request, caller);
  return byNeed && (() => byNeed);
}

/** The actions that the caller may take on the request now, in the order of `REQUEST_ACTIONS`. */
export function allowedActions(request: RequestFacts, caller: Principal): RequestAction[] {
  return REQUEST_ACTIONS.filter((action) => can(action, request, caller));
}

/** @throws DomainError the refusal of `explain` */
export function requireAllowed(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): void {
  const refusal = explain(action, request, caller, assigneeId);
  if (refusal) throw refused(refusal);
}

function refusedByStatus(rule: ActionRule, status: Status): Refusal {
  if (rule.to !== undefined) return illegalTransition(status, rule.to);
  return isOpen(status)
    ? { code: "request_started", detail: "Work on the request has started.", facts: {} }
    : { code: "request_closed", detail: `The request is closed (${status}).`, facts: {} };
}

export function illegalTransition(from: Status, to: Status): Refusal {
  const allowed = statusesAfter(from);
  const next =
    allowed.length > 0 ? `it can become ${allowed.join(" or ")}` : "no other status can follow";
  return {
    code: "illegal_transition",
    detail: `${from} cannot become ${to}: ${next}.`,
    facts: { allowed },
  };
}

function refusedByAssignee(
  needs: AssigneeNeed | undefined,
  request: RequestFacts,
  me: Principal,
): Refusal | null {
  const { assignee } = request;
  switch (needs) {
    case "unassigned":
      return isUnassigned(request) ? null : ALREADY_ASSIGNED;
    case "unassignedOrTheirs":
      return isUnassigned(request) || assignee?.id === me.id ? null : ALREADY_ASSIGNED;
    case "assigned":
      return assignee === null ? NOT_ASSIGNED : null;
    case "working":
      if (assignee === null) return NOT_ASSIGNED;
      return isUnassigned(request) ? LEFT_BEHIND : null;
    default:
      return null;
  }
}

const ALREADY_ASSIGNED: Refusal = {
  code: "already_assigned",
  detail: "The request is already assigned.",
  facts: {},
};
const NOT_ASSIGNED: Refusal = {
  code: "not_assigned",
  detail: "The request is not assigned to anyone.",
  facts: {},
};
const LEFT_BEHIND: Refusal = {
  code: "not_assigned",
  detail: "The assignee of the request can no longer work: claim or assign it first.",
  facts: {},
};
