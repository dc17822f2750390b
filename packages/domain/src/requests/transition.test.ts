import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller } from "../rules/roles.ts";
import { STATUSES, type Status } from "../rules/status.ts";
import { TRANSITIONS } from "../rules/transitions.ts";
import { transition } from "./decide.ts";
import type { Candidate } from "./references.ts";
import {
  admin,
  agent,
  employee,
  FILED,
  left,
  NOW,
  other,
  ref,
  request,
  user,
} from "./request.fixture.ts";
import type { RequestState, TransitionInput } from "./request.ts";

const STARTED = "2026-03-02T08:20:00.000Z";

function requestIn(status: Status, assignee: Candidate | null): RequestState {
  return request({
    status,
    assignee: assignee && ref(assignee),
    startedAt: status === "NEW" ? null : STARTED,
    closedAt: status === "DONE" || status === "CANCELED" ? FILED : null,
  });
}

const LEFT_IN_PROGRESS = { ...requestIn("IN_PROGRESS", other), assignee: left(other) };

function moved(state: RequestState, next: Partial<RequestState>, reason: string | null = null) {
  const from = state.assignee?.id ?? null;
  const to = next.assignee?.id ?? from;
  return {
    changed: true,
    next: { ...state, ...next, version: 5, updatedAt: NOW },
    entries: [
      {
        action: "request.transitioned",
        subject: { type: "request", id: "SF-7" },
        changes: {
          status: { from: state.status, to: next.status },
          ...(from === to ? {} : { assigneeId: { from, to } }),
        },
        reason,
        internal: false,
      },
    ],
  };
}

describe("starting a request", () => {
  const start = (state: RequestState, caller: Caller, to?: Candidate | null) => {
    const assigneeId = to === null ? "usr_nobody" : to?.id;
    return transition(
      state,
      { status: "IN_PROGRESS", assigneeId },
      { caller, now: NOW, assignee: to ?? null },
    );
  };

  it.each<[string, Candidate | null, Caller, Candidate | undefined, Candidate]>([
    ["claims an unassigned request for the AGENT", null, agent, undefined, agent],
    ["claims an unassigned request for the ADMIN", null, admin, undefined, admin],
    ["keeps it with the AGENT who holds it", agent, agent, undefined, agent],
    ["by an ADMIN keeps its assignee", agent, admin, undefined, agent],
    ["takes the AGENT who names themselves", null, agent, agent, agent],
    ["takes the assignee that an ADMIN names", null, admin, agent, agent],
    ["hands it on to the assignee that an ADMIN names", agent, admin, other, other],
    ["accepts the name of its assignee", agent, agent, agent, agent],
    ["accepts the name of its assignee from an ADMIN", agent, admin, agent, agent],
    ["hands it over to the assignee that its AGENT names", agent, agent, other, other],
  ])("%s", (_, assignee, caller, named, expected) => {
    const state = requestIn("NEW", assignee);
    const next = { status: "IN_PROGRESS" as const, startedAt: NOW, assignee: ref(expected) };
    expect(start(state, caller, named)).toEqual(moved(state, next));
  });

  it.each<[string, Caller, Candidate | undefined, Candidate]>([
    ["the AGENT who starts it", agent, undefined, agent],
    ["the ADMIN who starts it", admin, undefined, admin],
    ["the assignee that an ADMIN names", admin, agent, agent],
  ])("takes it from one who can no longer work, for %s", (_, caller, named, expected) => {
    const state = { ...requestIn("NEW", other), assignee: left(other) };
    const next = { status: "IN_PROGRESS" as const, startedAt: NOW, assignee: ref(expected) };
    expect(start(state, caller, named)).toEqual(moved(state, next));
  });

  it("in the name of one who can no longer work is refused at the field", () => {
    const state = { ...requestIn("NEW", other), assignee: left(other) };
    const gone = { ...other, active: false };
    expect(() => start(state, admin, gone)).toThrow(
      expect.objectContaining({
        errors: [expect.objectContaining({ pointer: "/assigneeId", code: "not_eligible" })],
      }),
    );
    expect(() => start(state, agent, gone)).toThrow(expect.objectContaining({ code: "forbidden" }));
  });

  it.each<[string, Candidate | null]>([
    ["an unknown user", null],
    ["an EMPLOYEE", employee],
    ["an inactive AGENT", user("ina", "AGENT", false)],
  ])("with %s as the assignee is refused at the field", (_, named) => {
    expect(() => start(requestIn("NEW", null), admin, named)).toThrow(
      expect.objectContaining({
        code: "validation_failed",
        errors: [expect.objectContaining({ pointer: "/assigneeId", code: "not_eligible" })],
      }),
    );
  });

  it.each<[string, Caller, RequestState, Candidate | undefined, ErrorCode]>([
    ["an AGENT to start another's", agent, requestIn("NEW", other), undefined, "forbidden"],
    ["an AGENT to start it for another", agent, requestIn("NEW", null), other, "forbidden"],
    ["an AGENT to take another's by name", agent, requestIn("NEW", other), agent, "forbidden"],
    ["an EMPLOYEE", employee, requestIn("NEW", null), undefined, "forbidden"],
    ["a second start", agent, requestIn("IN_PROGRESS", agent), undefined, "illegal_transition"],
  ])("refuses %s", (_, caller, state, named, code) => {
    expect(() => start(state, caller, named)).toThrow(expect.objectContaining({ code }));
  });

  it("keeps the reason that is given", () => {
    const input: TransitionInput = { status: "IN_PROGRESS", reason: "On it." };
    const decision = transition(requestIn("NEW", null), input, { caller: agent, now: NOW });
    expect(decision).toMatchObject({ entries: [{ reason: "On it." }] });
  });
});

describe("finishing a request", () => {
  const finish = (state: RequestState, caller: Caller, input: Partial<TransitionInput> = {}) =>
    transition(state, { status: "DONE", ...input }, { caller: caller, now: NOW });

  it.each<[string, Caller, string | undefined]>([
    ["its AGENT", agent, undefined],
    ["its AGENT, with a reason", agent, "Solved by a restart."],
    ["an ADMIN", admin, undefined],
  ])("closes it for %s", (_, caller, reason) => {
    const state = requestIn("IN_PROGRESS", agent);
    const expected = moved(state, { status: "DONE", closedAt: NOW }, reason ?? null);
    expect(finish(state, caller, { reason })).toEqual(expected);
  });

  it("takes no assignee", () => {
    expect(() => finish(requestIn("IN_PROGRESS", agent), agent, { assigneeId: agent.id })).toThrow(
      expect.objectContaining({
        code: "validation_failed",
        errors: [expect.objectContaining({ pointer: "/assigneeId", code: "not_applicable" })],
      }),
    );
  });

  it.each<[string, Caller, RequestState, ErrorCode]>([
    ["an AGENT who has not started", agent, requestIn("NEW", agent), "illegal_transition"],
    ["an AGENT who does not hold it", agent, requestIn("IN_PROGRESS", other), "forbidden"],
    ["an EMPLOYEE", employee, requestIn("IN_PROGRESS", agent), "forbidden"],
    ["an AGENT what is left", agent, LEFT_IN_PROGRESS, "not_assigned"],
    ["an ADMIN what is left", admin, LEFT_IN_PROGRESS, "not_assigned"],
    ["an ADMIN once it is DONE", admin, requestIn("DONE", agent), "illegal_transition"],
    ["an ADMIN once it is CANCELED", admin, requestIn("CANCELED", agent), "illegal_transition"],
  ])("refuses %s", (_, caller, state, code) => {
    expect(() => finish(state, caller)).toThrow(expect.objectContaining({ code }));
  });
});

describe("cancelling a request", () => {
  const cancel = (state: RequestState, caller: Caller, input: Partial<TransitionInput>) =>
    transition(state, { status: "CANCELED", ...input }, { caller: caller, now: NOW });

  it.each<[string, Caller, RequestState]>([
    ["its requester withdraw it before work", employee, requestIn("NEW", null)],
    ["an AGENT cancel a request assigned to them", agent, requestIn("NEW", agent)],
    ["an AGENT cancel a started request of theirs", agent, requestIn("IN_PROGRESS", agent)],
    ["an ADMIN close any", admin, requestIn("IN_PROGRESS", agent)],
    ["an ADMIN close what is left", admin, LEFT_IN_PROGRESS],
  ])("lets %s", (_, caller, state) => {
    const expected = moved(state, { status: "CANCELED", closedAt: NOW }, "No longer needed.");
    expect(cancel(state, caller, { reason: "No longer needed." })).toEqual(expected);
  });

  it.each<[TransitionInput, string, string]>([
    [{ status: "CANCELED" }, "/reason", "required"],
    [{ status: "CANCELED", reason: "No.", assigneeId: agent.id }, "/assigneeId", "not_applicable"],
  ])("by %o is refused at %s: %s", (input, pointer, code) => {
    expect(() => cancel(requestIn("NEW", null), admin, input)).toThrow(
      expect.objectContaining({
        code: "validation_failed",
        errors: [expect.objectContaining({ pointer, code })],
      }),
    );
  });

  it.each<[string, Caller, RequestState, ErrorCode]>([
    ["its requester once it is assigned", employee, requestIn("NEW", agent), "forbidden"],
    ["its requester once started", employee, requestIn("IN_PROGRESS", agent), "forbidden"],
    ["an AGENT a free one", agent, requestIn("NEW", null), "forbidden"],
    ["an AGENT another's", agent, requestIn("IN_PROGRESS", other), "forbidden"],
    ["an AGENT what is left", agent, LEFT_IN_PROGRESS, "forbidden"],
    ["an ADMIN a DONE request", admin, requestIn("DONE", agent), "illegal_transition"],
    ["an ADMIN a CANCELED request", admin, requestIn("CANCELED", agent), "illegal_transition"],
  ])("refuses %s, before it asks for a reason", (_, caller, state, code) => {
    expect(() => cancel(state, caller, {})).toThrow(expect.objectContaining({ code }));
  });
});

describe("a request", () => {
  it.each(STATUSES)("never goes back from %s to NEW", (from) => {
    const facts = { allowed: TRANSITIONS[from] };
    for (const caller of [admin, agent, employee]) {
      expect(() =>
        transition(requestIn(from, agent), { status: "NEW" }, { caller: caller, now: NOW }),
      ).toThrow(expect.objectContaining({ code: "illegal_transition", facts }));
    }
  });
});
