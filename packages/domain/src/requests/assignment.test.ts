import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller } from "../rules/roles.ts";
import { decide } from "./decide.ts";
import type { Candidate } from "./references.ts";
import { admin, agent, employee, NOW, other, ref, request, user } from "./request.fixture.ts";
import type { RequestState } from "./request.ts";

function reassigned(state: RequestState, action: string, to: Candidate | null) {
  return {
    changed: true,
    next: { ...state, assignee: to && ref(to), version: 5, updatedAt: NOW },
    entries: [
      {
        action,
        subject: { type: "request", id: "SF-7" },
        changes: { assigneeId: { from: state.assignee?.id ?? null, to: to?.id ?? null } },
        reason: null,
        internal: false,
      },
    ],
  };
}

describe("claiming a request", () => {
  it.each([agent, admin])("gives it to $role", (caller) => {
    const state = request();
    expect(decide(state, { action: "claim" }, { caller, now: NOW })).toEqual(
      reassigned(state, "request.claimed", caller),
    );
  });

  it.each<[string, Caller, Partial<RequestState>, ErrorCode]>([
    ["an EMPLOYEE", employee, {}, "forbidden"],
    ["an AGENT a request of another assignee", agent, { assignee: ref(other) }, "already_assigned"],
    ["an AGENT their own request", agent, { assignee: ref(agent) }, "already_assigned"],
    ["an ADMIN a request of another assignee", admin, { assignee: ref(other) }, "already_assigned"],
    ["a DONE request", agent, { status: "DONE" }, "request_closed"],
    ["a CANCELED request", agent, { status: "CANCELED" }, "request_closed"],
  ])("refuses %s", (_, caller, state, code) => {
    expect(() => decide(request(state), { action: "claim" }, { caller, now: NOW })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe("releasing a request", () => {
  it.each([
    ["its own AGENT", agent],
    ["an ADMIN", admin],
  ])("lets %s release it", (_, caller) => {
    const state = request({ assignee: ref(agent) });
    expect(decide(state, { action: "release" }, { caller, now: NOW })).toEqual(
      reassigned(state, "request.released", null),
    );
  });

  it.each<[string, Caller, Partial<RequestState>, ErrorCode]>([
    ["an EMPLOYEE", employee, { assignee: ref(agent) }, "forbidden"],
    ["an AGENT a request of another assignee", agent, { assignee: ref(other) }, "forbidden"],
    ["an AGENT an unassigned request", agent, {}, "not_assigned"],
    ["an ADMIN an unassigned request", admin, {}, "not_assigned"],
    [
      "its AGENT a started request",
      agent,
      { status: "IN_PROGRESS", assignee: ref(agent) },
      "request_started",
    ],
    [
      "an ADMIN a started request",
      admin,
      { status: "IN_PROGRESS", assignee: ref(agent) },
      "request_started",
    ],
    ["an ADMIN once DONE", admin, { status: "DONE", assignee: ref(agent) }, "request_closed"],
  ])("refuses %s", (_, caller, state, code) => {
    expect(() => decide(request(state), { action: "release" }, { caller, now: NOW })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

describe("assigning a request", () => {
  const assign = (state: RequestState, to: Candidate | null, caller: Caller) =>
    decide(
      state,
      { action: "assign", assigneeId: to?.id ?? "usr_nobody" },
      { caller, now: NOW, assignee: to },
    );

  it.each<[string, Caller, Candidate, Partial<RequestState>]>([
    ["an ADMIN hand a free one to an AGENT", admin, agent, {}],
    ["an ADMIN hand a free one to an ADMIN", admin, admin, {}],
    ["an ADMIN hand it on", admin, other, { assignee: ref(agent) }],
    [
      "an ADMIN hand on one in progress",
      admin,
      other,
      { status: "IN_PROGRESS", assignee: ref(agent) },
    ],
    ["an AGENT take a free one", agent, agent, {}],
  ])("lets %s", (_, caller, to, changes) => {
    const state = request(changes);
    expect(assign(state, to, caller)).toEqual(reassigned(state, "request.assigned", to));
  });

  it.each<[string, Candidate | null]>([
    ["an unknown user", null],
    ["an EMPLOYEE", employee],
    ["an inactive AGENT", user("ina", "AGENT", false)],
    ["an inactive ADMIN", user("ina", "ADMIN", false)],
  ])("to %s is refused at the field", (_, to) => {
    expect(() => assign(request(), to, admin)).toThrow(
      expect.objectContaining({
        code: "validation_failed",
        errors: [expect.objectContaining({ pointer: "/assigneeId", code: "not_eligible" })],
      }),
    );
  });

  it.each<[string, Caller, Candidate | null, Partial<RequestState>, ErrorCode]>([
    [
      "an ADMIN who gives it to its AGENT",
      admin,
      agent,
      { assignee: ref(agent) },
      "already_assigned",
    ],
    ["an AGENT who takes another's", agent, agent, { assignee: ref(other) }, "already_assigned"],
    ["an AGENT who takes their own", agent, agent, { assignee: ref(agent) }, "already_assigned"],
    ["an AGENT who gives a free one away", agent, other, {}, "forbidden"],
    ["an AGENT who names an unknown user", agent, null, {}, "forbidden"],
    ["an AGENT who gives their own away", agent, other, { assignee: ref(agent) }, "forbidden"],
    ["an EMPLOYEE", employee, agent, {}, "forbidden"],
    ["an ADMIN once it is DONE", admin, agent, { status: "DONE" }, "request_closed"],
    ["an AGENT once it is CANCELED", agent, other, { status: "CANCELED" }, "request_closed"],
  ])("refuses %s", (_, caller, to, state, code) => {
    expect(() => assign(request(state), to, caller)).toThrow(expect.objectContaining({ code }));
  });
});
