import { type Principal, type Role, type UserKind, worksRequests } from "./roles.ts";
import type { Status } from "./status.ts";

/** The parts of a request that the rules look at. */
export type RequestFacts = {
  status: Status;
  requester: { id: string };
  submitter: { id: string };
  /** `unavailable`: they can no longer work. */
  assignee: { id: string; unavailable?: boolean | undefined } | null;
};

/**
 * What must be true of a request's assignee. `unassigned`: anyone may take it. `assigned`: somebody holds it, and `working`:
 * somebody who can work.
 */
export type AssigneeNeed = "unassigned" | "unassignedOrTheirs" | "assigned" | "working";

/** Whether nobody holds the request, or somebody who can no longer work: for those who work requests it is the same. */
export function isUnassigned({ assignee }: Pick<RequestFacts, "assignee">): boolean {
  return assignee === null || assignee.unavailable === true;
}

/** Whether somebody who can work has begun to. */
export function isBeingWorkedOn(request: Pick<RequestFacts, "assignee" | "status">): boolean {
  return request.status === "IN_PROGRESS" && !isUnassigned(request);
}

/** What limits a role's use of an action. */
interface Condition {
  /** Completes the sentence "request.finish is allowed for AGENT ...". */
  words: string;
  /** Each condition declares the facts that it needs. */
  holds(facts: never, caller: never, assigneeId?: string): boolean;
  /** What must also be true of the assignee: refused with a code of its own, not as `forbidden`. */
  needs?: AssigneeNeed;
}

export const CONDITIONS = {
  always: { words: "always", holds: () => true },
  never: { words: "never", holds: () => false },
  participant: {
    words: "only as its requester, or as the service account that filed it",
    holds: ({ requester, submitter }: RequestFacts, me: Principal) =>
      requester.id === me.id || (me.kind === "BOT" && submitter.id === me.id),
  },
  assignee: {
    words: "only when it is assigned to them",
    holds: ({ assignee }: RequestFacts, me: Principal) => assignee?.id === me.id,
  },
  assigneeOrUnassigned: {
    words: "only when it is assigned to them or unassigned",
    holds: (request: RequestFacts, me: Principal) =>
      isUnassigned(request) || request.assignee?.id === me.id,
  },
  requesterBeforeWork: {
    words: "only for their own request while it is NEW and unassigned",
    // Whether an assignee can still work is nothing that employees learn.
    holds: ({ requester, status, assignee }: RequestFacts, me: Principal) =>
      requester.id === me.id && status === "NEW" && assignee === null,
  },
  selfOrFromSelf: {
    words: "only to themselves while it is unassigned, or to another while it is assigned to them",
    // Without an assignee, as `allowedActions` asks, the answer is for the users that the caller may name.
    holds: ({ assignee }: RequestFacts, me: Principal, assigneeId?: string) =>
      assignee?.id === me.id || assigneeId === undefined || assigneeId === me.id,
    needs: "unassignedOrTheirs",
  },
  selfAsRequester: {
    words: "only for themselves, unless they are a service account",
    holds: (requester: { id: string }, me: { id: string; kind: UserKind }) =>
      requester.id === me.id || me.kind === "BOT",
  },
  agentsOnly: {
    words: "only for administrators and agents",
    holds: (user: { role: Role }) => worksRequests(user.role),
  },
} as const satisfies Record<string, Condition>;

export type ConditionName = keyof typeof CONDITIONS;

type HoldsOnRequest = (
  request: RequestFacts,
  caller: Principal,
  assigneeId?: string | undefined,
) => boolean;

/** The conditions that depend on a request and a caller alone. */
export type RequestConditionName = {
  [Name in ConditionName]: (typeof CONDITIONS)[Name]["holds"] extends HoldsOnRequest ? Name : never;
}[ConditionName];
