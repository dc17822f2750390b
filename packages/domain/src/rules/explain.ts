import { type AssigneeNeed, CONDITIONS, isUnassigned, type RequestFacts } from "./conditions.ts";
import { forbidden, type Refusal, refused } from "./refusal.ts";
import { type ActionRule, REQUEST_ACTIONS, type RequestAction, ruleOf } from "./request-rules.ts";
import { type Principal, ROLES } from "./roles.ts";
import { isOpen, STATUSES, type Status } from "./status.ts";
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
  const actions = () => REQUEST_ACTIONS.filter((action) => can(action, request, caller));
  // What only a newer server knows, nothing would bound.
  if (!ROLES.includes(caller.role) || !STATUSES.includes(request.status)) return actions();
  const name = circumstances(request, caller);
  let known = KNOWN_ACTIONS.get(name);
  if (!known) {
    known = actions();
    KNOWN_ACTIONS.set(name, known);
  }
  return [...known];
}

/** By circumstances: a list of requests asks for hundreds, which have few of them. */
const KNOWN_ACTIONS = new Map<string, readonly RequestAction[]>();

/** All that the rules look at of a request and a caller. */
function circumstances(request: RequestFacts, { id, role, kind }: Principal): string {
  const { requester, submitter, assignee, status } = request;
  const bits =
    (requester.id === id ? 1 : 0) +
    (submitter.id === id ? 2 : 0) +
    (assignee === null ? 4 : 0) +
    (assignee?.id === id ? 8 : 0) +
    (assignee?.unavailable === true ? 16 : 0) +
    (kind === "BOT" ? 32 : 0);
  return `${role} ${status} ${bits}`;
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
