import { DomainError, invalidField } from "../error.ts";
import { record } from "../log/audit.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import {
  forbidden,
  type RequestAction,
  refused,
  refusedTransition,
  requireAllowed,
} from "../rules/permissions.ts";
import { type Caller, PERMISSIONS, type Role, worksRequests } from "../rules/roles.ts";
import type { Status } from "../rules/status.ts";
import type {
  CreateRequestInput,
  RequestState,
  TransitionInput,
  UpdateRequestInput,
  UserRef,
} from "./request.ts";

/** A user as a possible requester or assignee. */
export interface Candidate extends UserRef {
  role: Role;
  active: boolean;
}

const DEFAULT_CATEGORY = "general";

/** The category a new request falls into when none is named. */
export function categoryOf(input: CreateRequestInput): string {
  return input.category ?? DEFAULT_CATEGORY;
}

/** @throws DomainError `forbidden` when the caller may not file for that user */
export function requireMayFileFor(requesterId: string, caller: Caller): void {
  const condition = PERMISSIONS["request.create"][caller.role];
  if (condition === "always" || requesterId === caller.id || caller.kind === "BOT") return;
  throw refused(forbidden("request.create", caller.role, condition));
}

/**
 * Files a request.
 * @param facts the id it gets, its requester (null: there is no such user), whether its category can be used
 * @throws DomainError `forbidden`, `validation_failed`
 */
export function createRequest(
  input: CreateRequestInput,
  caller: Caller,
  facts: { id: string; requester: Candidate | null; categoryActive: boolean },
  now: string,
): Decision<RequestState> {
  requireMayFileFor(input.requesterId ?? caller.id, caller);
  if (!facts.requester?.active) {
    throw invalidField("/requesterId", "not_eligible", "The requester must be an active user.");
  }
  requireCategory(facts.categoryActive);
  const next: RequestState = {
    id: facts.id,
    title: input.title,
    description: input.description ?? "",
    status: "NEW",
    priority: input.priority ?? "NORMAL",
    category: categoryOf(input),
    requester: toRef(facts.requester),
    submitter: toRef(caller),
    assignee: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    closedAt: null,
  };
  return changed(next, record("request.created", next.id, null, auditView(next)));
}

/**
 * Changes title, description, priority or category; what is the same already changes nothing.
 * @throws DomainError `forbidden`, `request_closed`, `validation_failed`
 */
export function updateRequest(
  state: RequestState,
  patch: UpdateRequestInput,
  caller: Caller,
  facts: { categoryActive: boolean },
  now: string,
): Decision<RequestState> {
  requireAllowed("update", state, caller);
  const next: RequestState = {
    ...state,
    title: patch.title ?? state.title,
    description: patch.description ?? state.description,
    priority: patch.priority ?? state.priority,
    category: patch.category ?? state.category,
  };
  if (next.category !== state.category) requireCategory(facts.categoryActive);
  const entry = record("request.updated", state.id, auditView(state), auditView(next));
  if (Object.keys(entry.changes).length === 0) return unchanged(state);
  return changed(touch(state, next, now), entry);
}

/**
 * Takes an unassigned request.
 * @throws DomainError `forbidden`, `request_closed`, `already_assigned`
 */
export function claimRequest(
  state: RequestState,
  caller: Caller,
  now: string,
): Decision<RequestState> {
  requireAllowed("claim", state, caller);
  return reassign("request.claimed", state, toRef(caller), now);
}

/**
 * Puts an assigned request back, before work on it begins.
 * @throws DomainError `forbidden`, `request_closed`, `request_started`, `not_assigned`
 */
export function releaseRequest(
  state: RequestState,
  caller: Caller,
  now: string,
): Decision<RequestState> {
  requireAllowed("release", state, caller);
  return reassign("request.released", state, null, now);
}

/**
 * Hands a request to somebody.
 * @param assignee null: there is no such user
 * @throws DomainError `forbidden`, `request_closed`, `already_assigned`, `validation_failed`
 */
export function assignRequest(
  state: RequestState,
  assigneeId: string,
  assignee: Candidate | null,
  caller: Caller,
  now: string,
): Decision<RequestState> {
  requireAllowed("assign", state, caller, assigneeId);
  const eligible = requireEligible(assignee);
  if (state.assignee?.id === eligible.id) {
    throw new DomainError("already_assigned", "The request is assigned to that user already.");
  }
  return reassign("request.assigned", state, eligible, now);
}

const ACTION_OF: Readonly<Partial<Record<Status, RequestAction>>> = {
  IN_PROGRESS: "start",
  DONE: "finish",
  CANCELED: "cancel",
};

/**
 * Moves a request to another status. Starting an unassigned request claims it for the caller.
 * @param assignee who `input.assigneeId` names; null: there is no such user
 * @throws DomainError `forbidden`, `illegal_transition`, `already_assigned`, `validation_failed`
 */
export function transitionRequest(
  state: RequestState,
  input: TransitionInput,
  assignee: Candidate | null,
  caller: Caller,
  now: string,
): Decision<RequestState> {
  const action = ACTION_OF[input.status];
  if (!action) {
    // NEW is where a request begins: no action leads back to it.
    const refusal = refusedTransition(state.status, input.status);
    throw new DomainError("illegal_transition", refusal?.detail ?? "", {
      facts: refusal?.facts ?? {},
    });
  }
  requireAllowed(action, state, caller);
  if (input.assigneeId !== undefined && action !== "start") {
    throw invalidField("/assigneeId", "not_applicable", "Only IN_PROGRESS takes an assignee.");
  }
  if (action === "cancel" && input.reason === undefined) {
    throw invalidField("/reason", "required", "Cancelling needs a reason.");
  }
  const next = touch(state, { ...state, status: input.status }, now);
  if (action === "start") {
    next.startedAt = now;
    next.assignee = assigneeOnStart(state, input, assignee, caller);
  } else {
    next.closedAt = now;
  }
  return changed(
    next,
    record("request.transitioned", state.id, auditView(state), auditView(next), {
      reason: input.reason ?? null,
    }),
  );
}

function assigneeOnStart(
  state: RequestState,
  input: TransitionInput,
  assignee: Candidate | null,
  caller: Caller,
): UserRef {
  if (input.assigneeId === undefined || input.assigneeId === state.assignee?.id) {
    return state.assignee ?? toRef(caller);
  }
  requireAllowed("assign", state, caller, input.assigneeId);
  return requireEligible(assignee);
}

function reassign(
  action: "request.claimed" | "request.released" | "request.assigned",
  state: RequestState,
  assignee: UserRef | null,
  now: string,
): Decision<RequestState> {
  const next = touch(state, { ...state, assignee }, now);
  return changed(next, record(action, state.id, auditView(state), auditView(next)));
}

function requireEligible(assignee: Candidate | null): UserRef {
  if (assignee?.active && worksRequests(assignee.role)) return toRef(assignee);
  throw invalidField(
    "/assigneeId",
    "not_eligible",
    "The assignee must be an active agent or administrator.",
  );
}

function requireCategory(active: boolean): void {
  if (!active)
    throw invalidField("/category", "unknown", "There is no active category of that slug.");
}

function touch(state: RequestState, next: RequestState, now: string): RequestState {
  return { ...next, version: state.version + 1, updatedAt: now };
}

function toRef(user: UserRef): UserRef {
  return { id: user.id, fullName: user.fullName };
}

/** A request as the log names its fields: people by id. */
function auditView(state: RequestState): Record<string, unknown> {
  return {
    ...state,
    requesterId: state.requester.id,
    submitterId: state.submitter.id,
    assigneeId: state.assignee?.id ?? null,
  };
}
