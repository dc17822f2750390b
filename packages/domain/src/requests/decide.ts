import { invalidField } from "../error.ts";
import { type AuditDraft, draftEntry } from "../log/audit-entry.ts";
import { isBeingWorkedOn, isUnassigned } from "../rules/conditions.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { illegalTransition, requireAllowed } from "../rules/explain.ts";
import { refused } from "../rules/refusal.ts";
import {
  type ActionRule,
  type MoveAction,
  REQUEST_RULES,
  type RequestAction,
} from "../rules/request-rules.ts";
import { type Assignee, type Caller, toRef, type UserRef } from "../rules/roles.ts";
import { isOpen } from "../rules/status.ts";
import { moveBetween } from "../rules/transitions.ts";
import { auditView } from "./audit-view.ts";
import {
  type Candidate,
  namesRequester,
  requireCategory,
  requireEligible,
  requireRequester,
} from "./references.ts";
import {
  type AssignInput,
  type RequestState,
  type TransitionInput,
  type UpdateRequestInput,
  updatedFields,
} from "./request.ts";

interface MoveInput {
  assigneeId?: string | undefined;
  reason?: string | undefined;
}

type MoveCommand = MoveInput & { action: MoveAction };

/** A command on an existing request. `createComment` decides comments. */
export type RequestCommand =
  | { action: "update"; patch: UpdateRequestInput }
  | { action: "claim" }
  | { action: "release" }
  | ({ action: "assign" } & AssignInput)
  | MoveCommand;

export interface RequestCommandFacts {
  caller: Caller;
  now: string;
  /** The user that the command names as the assignee; null: there is no such user. */
  assignee?: Candidate | null;
  /** The same about the requester. */
  requester?: Candidate | null;
  /** Whether there is an active category of the slug that the command names. */
  categoryActive?: boolean;
}

/**
 * Decides a command by its rule in `REQUEST_RULES`. An update that sets nothing new changes nothing.
 * @throws DomainError the refusal of `explain`; `already_assigned`, `validation_failed`
 */
export function decide(
  state: RequestState,
  command: RequestCommand,
  facts: RequestCommandFacts,
): Decision<RequestState> {
  const { assigneeId, reason }: MoveInput & { action: string } = command;
  for (const action of actionsOf(command)) {
    requireAllowed(action, state, facts.caller, assigneeId);
  }
  requireInputs(state, command.action, { assigneeId, reason });
  const next = apply(state, command, facts);
  const entry = draftEntry(REQUEST_RULES[command.action].audit, {
    id: state.id,
    before: auditView(state),
    after: auditView(next),
    reason,
  });
  return settle(state, next, entry, facts.now);
}

/**
 * Decides a change of status, by the action that leads to it.
 * @throws DomainError as `decide`
 */
export function transition(
  state: RequestState,
  { status, ...input }: TransitionInput,
  facts: RequestCommandFacts,
): Decision<RequestState> {
  const action = moveBetween(state.status, status);
  if (!action) throw refused(illegalTransition(state.status, status));
  return decide(state, { ...input, action }, facts);
}

/** Correcting the requester is an action of its own, with other rules than the rest of an update. */
function actionsOf(command: RequestCommand): RequestAction[] {
  if (command.action !== "update" || !namesRequester(command.patch)) return [command.action];
  const { requesterId: _, requesterEmail: __, ...rest } = command.patch;
  const isMore = Object.values(rest).some((value) => value !== undefined);
  return isMore ? ["correctRequester", "update"] : ["correctRequester"];
}

function requireInputs(
  state: RequestState,
  action: RequestCommand["action"],
  input: MoveInput,
): void {
  const rule: ActionRule = REQUEST_RULES[action];
  if (input.assigneeId !== undefined && rule.assignee === undefined) {
    throw invalidField("/assigneeId", "not_applicable", `No assignee can be named to ${action}.`);
  }
  if (input.reason !== undefined) return;
  if (rule.reason === "required") {
    throw invalidField("/reason", "required", `A reason is required to ${action}.`);
  }
  if (rule.reason === "requiredOfWork" && isBeingWorkedOn(state)) {
    throw invalidField(
      "/reason",
      "required",
      `A reason is required to ${action} work in progress.`,
    );
  }
}

function apply(
  state: RequestState,
  command: RequestCommand,
  facts: RequestCommandFacts,
): RequestState {
  switch (command.action) {
    case "update":
      return edit(state, command.patch, facts);
    case "claim":
      return { ...state, assignee: toRef(facts.caller) };
    case "release":
      return { ...state, assignee: null };
    case "assign":
      return { ...state, assignee: newAssignee(state, facts) };
    default:
      return move(state, command, facts);
  }
}

function edit(
  state: RequestState,
  patch: UpdateRequestInput,
  { categoryActive, requester }: RequestCommandFacts,
): RequestState {
  const next: RequestState = {
    ...state,
    ...updatedFields(state, patch),
    requester: namesRequester(patch) ? requireRequester(patch, requester) : state.requester,
  };
  if (next.category !== state.category) requireCategory(categoryActive);
  return next;
}

function newAssignee(state: RequestState, { assignee }: RequestCommandFacts): UserRef {
  const eligible = requireEligible(assignee);
  if (state.assignee?.id !== eligible.id) return eligible;
  throw refused({
    code: "already_assigned",
    detail: "The request is already assigned to this user.",
    facts: {},
  });
}

function move(state: RequestState, command: MoveCommand, facts: RequestCommandFacts): RequestState {
  const { to } = REQUEST_RULES[command.action];
  const next: RequestState = { ...state, status: to, closedAt: isOpen(to) ? null : facts.now };
  if (to !== "IN_PROGRESS") return next;
  const startedAt = state.startedAt ?? facts.now;
  return { ...next, startedAt, assignee: assigneeOfWork(state, command, facts) };
}

/** Work needs an assignee who can work: the one named, the one it has, or the caller. */
function assigneeOfWork(
  state: RequestState,
  { assigneeId }: MoveCommand,
  { caller, assignee }: RequestCommandFacts,
): Assignee {
  const current = isUnassigned(state) ? null : state.assignee;
  if (assigneeId === undefined || assigneeId === current?.id) return current ?? toRef(caller);
  requireAllowed("assign", state, caller, assigneeId);
  return requireEligible(assignee);
}

function settle(
  state: RequestState,
  next: RequestState,
  entry: AuditDraft,
  now: string,
): Decision<RequestState> {
  if (Object.keys(entry.changes).length === 0) return unchanged(state);
  return changed({ ...next, version: state.version + 1, updatedAt: now }, entry);
}
