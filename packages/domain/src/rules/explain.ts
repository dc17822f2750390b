import { type AssigneeNeed, CONDITIONS, type RequestFacts } from "./conditions.ts";
import { forbidden, type Refusal, refused } from "./refusal.ts";
import { type ActionRule, REQUEST_ACTIONS, type RequestAction, ruleOf } from "./request-rules.ts";
import type { Principal } from "./roles.ts";
import { isOpen, type Status } from "./status.ts";
import { statusesAfter } from "./transitions.ts";

/**
 * Why the caller may not do this with the request now, or null when they may. The first of these counts: the role never
 * may, the status does not allow it, the assignee does not, the caller does not meet the role's condition.
 * @param assigneeId the assignee that the command names. Left out for `assign`: whether anyone can be assigned.
 */
export function explain(
  action: RequestAction,
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string,
): Refusal | null {
  const rule = ruleOf(action);
  // A client can meet an action or a role that only a newer server knows: nothing allows it then.
  const name = rule?.who[caller.role] ?? "never";
  if (!rule || name === "never") return forbidden(`request.${action}`, caller.role, "never");
  const condition: { words: string; needs?: AssigneeNeed } = CONDITIONS[name];
  return (
    refusedByStatus(rule, request.status) ??
    refusedByAssignee(rule.needs, request) ??
    (CONDITIONS[name].holds(request, caller, assigneeId)
      ? refusedByAssignee(condition.needs, request)
      : forbidden(`request.${action}`, caller.role, name))
  );
}

/** Whether `explain` finds nothing against it. */
export function can(action: RequestAction, request: RequestFacts, caller: Principal): boolean {
  return explain(action, request, caller) === null;
}

/** The actions that the caller may take on the request now, in the order of `REQUEST_ACTIONS`. */
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

function refusedByStatus(rule: ActionRule, status: Status): Refusal | null {
  if (rule.from === "any" || (rule.from as readonly Status[]).includes(status)) return null;
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
  { assignee }: RequestFacts,
): Refusal | null {
  if (needs === "unassigned" && assignee !== null) {
    return { code: "already_assigned", detail: "The request is already assigned.", facts: {} };
  }
  if (needs === "assigned" && assignee === null) {
    return { code: "not_assigned", detail: "The request is not assigned to anyone.", facts: {} };
  }
  return null;
}
