import { type Principal, type Role, type UserKind, worksRequests } from "./roles.ts";
import type { Status } from "./status.ts";

/** The parts of a request that the rules look at. */
export type RequestFacts = {
  status: Status;
  requester: { id: string };
  assignee: { id: string } | null;
};

/** What must be true of a request's assignee. */
export type AssigneeNeed = "assigned" | "unassigned";

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
    words: "only as its requester or assignee",
    holds: ({ requester, assignee }: RequestFacts, me: Principal) =>
      requester.id === me.id || assignee?.id === me.id,
  },
  assignee: {
    words: "only when it is assigned to them",
    holds: ({ assignee }: RequestFacts, me: Principal) => assignee?.id === me.id,
  },
  assigneeOrUnassigned: {
    words: "only when it is assigned to them or unassigned",
    holds: ({ assignee }: RequestFacts, me: Principal) =>
      assignee === null || assignee.id === me.id,
  },
  requesterBeforeWork: {
    words: "only for their own request while it is NEW and unassigned",
    holds: ({ requester, status, assignee }: RequestFacts, me: Principal) =>
      requester.id === me.id && status === "NEW" && assignee === null,
  },
  selfAsAssignee: {
    words: "only to themselves while it is unassigned",
    // Without an assignee, as `allowedActions` asks, the answer is for the caller as assignee.
    holds: (_: RequestFacts, me: Principal, assigneeId?: string) =>
      assigneeId === undefined || assigneeId === me.id,
    needs: "unassigned",
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
