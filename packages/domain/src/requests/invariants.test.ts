import fc from "fast-check";
import { expect, it } from "vitest";
import { DomainError } from "../error.ts";
import type { AuditDraft } from "../log/audit-entry.ts";
import type { Decision } from "../rules/decision.ts";
import { allowedActions } from "../rules/explain.ts";
import {
  type MoveAction,
  REQUEST_ACTIONS,
  REQUEST_RULES,
  type RequestAction,
} from "../rules/request-rules.ts";
import { type Caller, canWork, type Role, toRef } from "../rules/roles.ts";
import type { Status } from "../rules/status.ts";
import { createComment, type Visibility } from "./comment.ts";
import { createRequest } from "./create-request.ts";
import { decide, type RequestCommand } from "./decide.ts";
import type { Candidate } from "./references.ts";
import type { RequestState } from "./request.ts";

type Member = Candidate & Caller;

// Those who never turn inactive leave an administrator somebody to assign to, and everyone a request of their own.
const MEMBERS: [string, Role, boolean][] = [
  ["ada", "ADMIN", true],
  ["alan", "AGENT", true],
  ["eve", "EMPLOYEE", true],
  ["abe", "ADMIN", false],
  ["ola", "AGENT", false],
  ["cal", "EMPLOYEE", false],
];

const MOVES = REQUEST_ACTIONS.filter(
  (action): action is MoveAction => "to" in REQUEST_RULES[action],
);

interface Step {
  verb: RequestAction | "create" | "toggle";
  who: number;
  target: number;
  which: number;
  variant: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom("create", "toggle", "comment", "commentInternally") },
    {
      weight: 3,
      arbitrary: fc.constantFrom("update", "correctRequester", "claim", "release", "assign"),
    },
    { weight: 3, arbitrary: fc.constantFrom(...MOVES) },
  ),
  who: fc.nat(MEMBERS.length - 1),
  target: fc.nat(MEMBERS.length - 1),
  which: fc.nat(2),
  variant: fc.nat(2),
});

const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 8, minute)).toISOString();

/** The decision, or null where it is refused; any other error is a fault. */
function attempt<State>(decide: () => Decision<State>): Decision<State> | null {
  try {
    return decide();
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

type Attempt = (state: RequestState, who: Member, target: Member, now: string) => Decision<unknown>;
const command =
  (commandOf: (target: Member, now: string) => RequestCommand, categoryActive = true): Attempt =>
  (state, who, target, now) =>
    decide(state, commandOf(target, now), {
      caller: who,
      now,
      assignee: target,
      requester: target,
      categoryActive,
    });

const moveInputs = (action: MoveAction): [Attempt, ...Attempt[]] => [
  command(() => ({ action })),
  command(() => ({ action, reason: "Because." })),
  command((target) => ({ action, reason: "Because.", assigneeId: target.id })),
];

const commentOn =
  (visibility: Visibility): Attempt =>
  (state, who, _, now) =>
    createComment(state, { body: "Hello", visibility }, { caller: who, id: "cmt_1", now });

/** Each action with the inputs it can be tried by. */
const ATTEMPTS: Record<RequestAction, [Attempt, ...Attempt[]]> = {
  update: [
    command((_, now) => ({ action: "update", patch: { title: now } })),
    command(() => ({ action: "update", patch: { priority: "LOW" } })),
    command(() => ({ action: "update", patch: { category: "old" } }), false),
  ],
  correctRequester: [
    command(({ id }) => ({ action: "update", patch: { requesterId: id } })),
    command(({ id }) => ({ action: "update", patch: { requesterEmail: `${id}@example.com` } })),
  ],
  claim: [command(() => ({ action: "claim" }))],
  release: [command(() => ({ action: "release" }))],
  assign: [
    command((target) => ({ action: "assign", assigneeId: target.id })),
    command((target) => ({ action: "assign", assigneeId: target.id, reason: "On leave." })),
  ],
  comment: [commentOn("PUBLIC")],
  commentInternally: [commentOn("INTERNAL")],
  ...(Object.fromEntries(MOVES.map((action) => [action, moveInputs(action)])) as Record<
    MoveAction,
    [Attempt, ...Attempt[]]
  >),
};
const COMMENTS: string[] = ["comment", "commentInternally"];
const CLOSED: Status[] = ["DONE", "CANCELED"];

/** What the log can say of a request, by the log's names. */
function logged(state: RequestState): Record<string, unknown> {
  const { title, description, status, priority, category, requester, submitter, assignee } = state;
  const people = { requesterId: requester.id, submitterId: submitter.id, assigneeId: assignee?.id };
  return { title, description, status, priority, category, ...people };
}

function differences(before: RequestState | null, after: RequestState): AuditDraft["changes"] {
  const old: Record<string, unknown> = before ? logged(before) : {};
  const pairs = Object.entries(logged(after)).map(([field, to]) => ({
    field,
    from: old[field],
    to,
  }));
  return Object.fromEntries(
    pairs
      .filter(({ from, to }) => from !== to)
      .map(({ field, from, to }) => [field, { from: from ?? null, to: to ?? null }]),
  );
}

function checkChange(
  action: RequestAction,
  before: RequestState,
  decision: Decision<RequestState>,
  now: string,
): void {
  if (!decision.changed) {
    expect(decision.next).toBe(before);
    return;
  }
  const { next, entries } = decision;
  const { from } = REQUEST_RULES[action];
  if (from !== "any") expect(from).toContain(before.status);
  expect(next.version).toBe(before.version + 1);
  expect(next.updatedAt).toBe(now);
  expect(entries).toHaveLength(1);
  expect(entries[0].subject).toEqual({ type: "request", id: before.id });
  expect(entries[0].changes).toEqual(differences(before, next));
  expect(Object.keys(entries[0].changes)).not.toHaveLength(0);
  const { id, requester, submitter, createdAt } = before;
  expect(next).toMatchObject({ id, submitter, createdAt });
  expect(next.requester.id === requester.id).toBe(action !== "correctRequester");
  if (next.status === "IN_PROGRESS") expect(next.assignee).not.toBeNull();
  // Nobody works in the name of somebody who cannot.
  if (["start", "finish", "claim", "assign"].includes(action)) {
    expect(next.assignee).not.toHaveProperty("unavailable");
  }
  expect(next.closedAt !== null).toBe(CLOSED.includes(next.status));
  const isWork = before.status === "IN_PROGRESS" && !before.assignee?.unavailable;
  if (action === "cancel" || (action === "assign" && isWork)) {
    expect(entries[0].reason).not.toBeNull();
  }
}

/** A request as it is loaded: with what is true of its assignee now. */
function loaded(state: RequestState, members: Member[]): RequestState {
  const holder = members.find(({ id }) => id === state.assignee?.id);
  if (!holder) return state;
  const unavailable = canWork(holder) ? {} : { unavailable: true as const };
  return frozen({ ...state, assignee: { ...toRef(holder), ...unavailable } });
}

function checkAllowedActions(state: RequestState, members: Member[], now: string): void {
  for (const caller of members.filter(({ active }) => active)) {
    const accepted = REQUEST_ACTIONS.filter((action) =>
      ATTEMPTS[action].some((decide) =>
        members.some((target) => attempt(() => decide(state, caller, target, now)) !== null),
      ),
    );
    expect([...allowedActions(state, caller)].sort()).toEqual(accepted.sort());
  }
}

it("keeps its invariants through every sequence of commands", () => {
  const reached = new Set<string>();

  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40, size: "max" }), (steps) => {
      const members = MEMBERS.map(
        ([id, role]): Member => ({
          id: `usr_${id}`,
          fullName: id.toUpperCase(),
          role,
          active: true,
          kind: "HUMAN",
          scopes: [],
          keyEndsAt: null,
        }),
      );
      const requests: RequestState[] = [];

      const file = (who: Member, requester: Member, now: string) => {
        const id = `SF-${requests.length + 1}`;
        const category = { categoryActive: true, defaultCategory: "general" };
        const facts = { caller: who, now, id, requester, followed: null, ...category };
        const input = { title: "Printer jammed", requesterId: requester.id };
        const decision = attempt(() => createRequest(input, facts));
        if (!decision?.changed) return;
        expect(decision.next).toMatchObject({ status: "NEW", assignee: null, version: 1 });
        expect(decision.entries).toHaveLength(1);
        const { assigneeId: _, ...set } = differences(null, decision.next);
        expect(decision.entries[0].changes).toEqual(set);
        requests.push(frozen(decision.next));
        checkAllowedActions(decision.next, members, now);
        reached.add("create");
      };

      file(members[2] as Member, members[2] as Member, at(0));
      // One is done from the start: few sequences get that far by themselves.
      file(members[2] as Member, members[2] as Member, at(0));
      for (const action of ["start", "finish"] as const) {
        const facts = { caller: members[0] as Member, now: at(0) };
        requests[1] = frozen(decide(requests[1] as RequestState, { action }, facts).next);
      }
      steps.forEach(({ verb, who, target, which, variant }, index) => {
        const now = at(index + 1);
        const caller = members[who] as Member;
        const named = members[target] as Member;
        if (verb === "toggle") {
          if (MEMBERS[who]?.[2] !== false) return;
          if (variant > 0) caller.active = !caller.active;
          else caller.role = caller.role === "EMPLOYEE" ? (MEMBERS[who]?.[1] as Role) : "EMPLOYEE";
          for (const state of requests) checkAllowedActions(loaded(state, members), members, now);
          if (requests.some((state) => loaded(state, members).assignee?.unavailable)) {
            reached.add("left");
          }
          return;
        }
        if (!caller.active) return;
        if (verb === "create") {
          file(caller, named, now);
          return;
        }

        const position = which % requests.length;
        const before = loaded(requests[position] as RequestState, members);
        const tries = ATTEMPTS[verb];
        const decide = tries[variant % tries.length] as Attempt;
        const decision = attempt(() => decide(before, caller, named, now));
        if (decision) reached.add(verb);
        if (decision && !COMMENTS.includes(verb)) {
          const decided = decision as Decision<RequestState>;
          checkChange(verb, before, decided, now);
          requests[position] = frozen(decided.next);
          if (decided.changed) checkAllowedActions(decided.next, members, now);
        } else if (decision?.changed) {
          expect(decision.entries).toHaveLength(1);
          expect(decision.entries[0].internal).toBe(verb === "commentInternally");
        }
      });
    }),
    { numRuns: 150 },
  );

  expect([...reached].sort()).toEqual(["create", "left", ...REQUEST_ACTIONS].sort());
});

/** A decision that altered the state it is given would throw. */
function frozen(state: RequestState): RequestState {
  Object.freeze(state.requester);
  Object.freeze(state.submitter);
  if (state.assignee) Object.freeze(state.assignee);
  return Object.freeze(state);
}
