import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller } from "../rules/roles.ts";
import { OPEN, type Status } from "../rules/status.ts";
import { decide } from "./decide.ts";
import type { Candidate } from "./references.ts";
import { admin, agent, employee, left, NOW, other, ref, request, user } from "./request.fixture.ts";
import type { RequestState } from "./request.ts";

function reassigned(
  state: RequestState,
  action: string,
  to: Candidate | null,
  reason: string | null = null,
) {
  return {
    changed: true,
    next: { ...state, assignee: to && ref(to), version: 5, updatedAt: NOW },
    entries: [
      {
        action,
        subject: { type: "request", id: "SF-7" },
        changes: { assigneeId: { from: state.assignee?.id ?? null, to: to?.id ?? null } },
        reason,
        internal: false,
      },
    ],
  };
}

const CLOSED_AND_LEFT = { status: "DONE", assignee: left(other) } as const;

describe("claiming a request", () => {
  it.each([agent, admin])("gives it to $role", (caller) => {
    const state = request();
    expect(decide(state, { action: "claim" }, { caller, now: NOW })).toEqual(
      reassigned(state, "request.claimed", caller),
    );
  });

  it.each<[Status, Candidate & Caller]>(
    OPEN.flatMap((status) => [agent, admin].map((by) => [status, by])),
  )(
    "takes over one that is %s and held by somebody who can no longer work, and names them",
    (status, caller) => {
      const state = request({ status, assignee: left(other) });
      const decision = decide(state, { action: "claim" }, { caller, now: NOW });
      expect(decision).toEqual(reassigned(state, "request.claimed", caller));
    },
  );

  it.each<[string, Caller, Partial<RequestState>, ErrorCode]>([
    ["an EMPLOYEE", employee, {}, "forbidden"],
    ["an EMPLOYEE one of theirs that is left", employee, { assignee: left(other) }, "forbidden"],
    ["an AGENT one that is left but closed", agent, CLOSED_AND_LEFT, "request_closed"],
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
  const assign = (state: RequestState, to: Candidate | null, caller: Caller, reason?: string) =>
    decide(
      state,
      { action: "assign", assigneeId: to?.id ?? "usr_nobody", reason },
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
    ["an AGENT hand over their own", agent, other, { assignee: ref(agent) }],
    ["an AGENT hand over their own to an ADMIN", agent, admin, { assignee: ref(agent) }],
    [
      "an AGENT hand over their own in progress",
      agent,
      other,
      { status: "IN_PROGRESS", assignee: ref(agent) },
    ],
    ["an AGENT take one that is left", agent, agent, { assignee: left(other) }],
    [
      "an ADMIN hand on what is left in progress",
      admin,
      agent,
      { status: "IN_PROGRESS", assignee: left(other) },
    ],
  ])("lets %s", (_, caller, to, changes) => {
    const state = request(changes);
    const isWork = state.status === "IN_PROGRESS" && !state.assignee?.unavailable;
    const reason = isWork ? "On leave." : undefined;
    expect(assign(state, to, caller, reason)).toEqual(
      reassigned(state, "request.assigned", to, reason),
    );
  });

  it.each([agent, admin])(
    "of work in progress needs a reason, also by $role, once they may",
    (caller) => {
      const state = request({ status: "IN_PROGRESS", assignee: ref(agent) });
      const required = [expect.objectContaining({ pointer: "/reason", code: "required" })];
      expect(() => assign(state, other, caller)).toThrow(
        expect.objectContaining({ code: "validation_failed", errors: required }),
      );
      const forbidden = expect.objectContaining({ code: "forbidden" });
      expect(() => assign(state, admin, other)).toThrow(forbidden);
    },
  );

  it("keeps the reason that is given", () => {
    const state = request({ assignee: ref(agent) });
    const decision = assign(state, other, agent, "On leave until Monday.");
    expect(decision).toEqual(
      reassigned(state, "request.assigned", other, "On leave until Monday."),
    );
  });

  it.each<[string, Caller, Candidate | null]>([
    ["an unknown user", admin, null],
    ["an EMPLOYEE", admin, employee],
    ["an inactive AGENT", admin, user("ina", "AGENT", false)],
    ["an inactive ADMIN", admin, user("ina", "ADMIN", false)],
    ["an unknown user, by its AGENT", agent, null],
    ["an EMPLOYEE, by its AGENT", agent, employee],
    ["an inactive AGENT, by its AGENT", agent, user("ina", "AGENT", false)],
  ])("to %s is refused at the field", (_, caller, to) => {
    expect(() => assign(request({ assignee: ref(agent) }), to, caller)).toThrow(
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
    ["an AGENT who gives another's away", agent, admin, { assignee: ref(other) }, "forbidden"],
    ["an AGENT who gives away what is left", agent, admin, { assignee: left(other) }, "forbidden"],
    [
      "the AGENT once it is DONE",
      agent,
      other,
      { status: "DONE", assignee: ref(agent) },
      "request_closed",
    ],
    ["an EMPLOYEE", employee, agent, {}, "forbidden"],
    ["an ADMIN once it is DONE", admin, agent, { status: "DONE" }, "request_closed"],
    ["an AGENT once it is CANCELED", agent, other, { status: "CANCELED" }, "request_closed"],
  ])("refuses %s", (_, caller, to, state, code) => {
    expect(() => assign(request(state), to, caller)).toThrow(expect.objectContaining({ code }));
  });
});
