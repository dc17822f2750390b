import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { RequestFacts } from "./conditions.ts";
import { allowedActions, can, explain, requireAllowed } from "./explain.ts";
import { ACTION_CELLS, type PermissionCell, VIEW_CELLS } from "./permissions.fixture.ts";
import { canView } from "./permissions.ts";
import { REQUEST_ACTIONS, type RequestAction } from "./request-rules.ts";
import { type Principal, ROLES, type Role, USER_KINDS, type UserKind } from "./roles.ts";
import { OPEN, STATUSES, type Status } from "./status.ts";

const ME = { id: "usr_me" };
const SOMEBODY = { id: "usr_somebody" };
const ANOTHER = { id: "usr_another" };
const GONE = { id: "usr_gone", unavailable: true };

const PEOPLE = { me: ME, somebody: SOMEBODY, another: ANOTHER, gone: GONE };

function factsOf({ status, situation }: PermissionCell<string>): RequestFacts {
  const { requester, assignee } = situation;
  return filed(PEOPLE[requester], assignee && PEOPLE[assignee], status);
}

function filed(
  requester: { id: string },
  assignee: RequestFacts["assignee"],
  status: Status = "NEW",
): RequestFacts {
  return { status, requester, submitter: requester, assignee };
}

function as(role: Role, kind: UserKind = "HUMAN"): Principal {
  return { ...ME, role, kind };
}

const cells = ACTION_CELLS.map((cell) => {
  const { role, action, status, situation, code, condition } = cell;
  const title = `${code === null ? "lets" : "refuses"} ${role} ${action} a ${status} request (${situation.name})`;
  return {
    title: code === null ? title : `${title}: ${code}`,
    action,
    request: factsOf(cell),
    caller: as(role),
    expected: code,
    rule: code === "forbidden" ? `request.${action}:${role}:${condition}` : undefined,
  };
});

describe("the permission table", () => {
  it("has a row for every role and action, and a known letter in every cell", () => {
    const roles: Role[] = ["ADMIN", "AGENT", "EMPLOYEE"];
    const named = roles.flatMap((role) => REQUEST_ACTIONS.map((action) => `${role} ${action}`));
    expect([...new Set(cells.map(({ caller, action }) => `${caller.role} ${action}`))]).toEqual(
      named,
    );
    expect(cells).toHaveLength(named.length * 4 * 8);
    expect(cells.filter(({ expected }) => expected === undefined)).toEqual([]);
  });

  it.each(cells)("$title", ({ action, request, caller, expected, rule }) => {
    const refusal = explain(action, request, caller);
    expect(refusal?.code ?? null).toBe(expected);
    expect(refusal?.facts.rule).toBe(rule);
    expect(can(action, request, caller)).toBe(expected === null);
  });

  const listings = Map.groupBy(cells, ({ request, caller }) => JSON.stringify([request, caller]));
  it.each(
    [...listings.values()].map((all) => ({
      title: `${all[0]?.caller.role}: ${JSON.stringify(all[0]?.request)}`,
      all,
    })),
  )("lists as allowed what it does not refuse, $title", ({ all }) => {
    const [first] = all;
    const expected = all.filter((cell) => cell.expected === null).map((cell) => cell.action);
    expect(first && allowedActions(first.request, first.caller)).toEqual(expected);
  });
});

describe("assigning to somebody by name", () => {
  it.each<[Role, string, RequestFacts["assignee"], ErrorCode | null]>([
    ["ADMIN", SOMEBODY.id, null, null],
    ["ADMIN", SOMEBODY.id, ANOTHER, null],
    ["ADMIN", ME.id, ANOTHER, null],
    ["AGENT", ME.id, null, null],
    ["AGENT", ME.id, ANOTHER, "already_assigned"],
    ["AGENT", ME.id, GONE, null],
    ["AGENT", SOMEBODY.id, null, "forbidden"],
    ["AGENT", SOMEBODY.id, GONE, "forbidden"],
    ["AGENT", SOMEBODY.id, ANOTHER, "forbidden"],
    ["AGENT", SOMEBODY.id, ME, null],
    ["EMPLOYEE", ME.id, null, "forbidden"],
  ])("%s to %s while %o holds it: %s", (role, assigneeId, assignee, expected) => {
    for (const status of OPEN) {
      const request = filed(SOMEBODY, assignee, status);
      expect(explain("assign", request, as(role), assigneeId)?.code ?? null).toBe(expected);
    }
  });
});

describe("the allowed actions", () => {
  const people = Object.values(PEOPLE);
  const newer = "PAUSED" as Status;
  const requests = people.flatMap((requester) =>
    people.flatMap((submitter) =>
      [null, ...people, { ...ME, unavailable: true }].flatMap((assignee) =>
        [...STATUSES, newer].map((status) => ({ requester, submitter, assignee, status })),
      ),
    ),
  );

  it.each(
    [...ROLES, "AUDITOR" as Role].flatMap((role) => USER_KINDS.map((kind) => ({ role, kind }))),
  )(
    "of $role $kind are those that each action's rule allows, also when another caller asked before",
    ({ role, kind }) => {
      for (const request of [...requests, ...requests]) {
        const expected = REQUEST_ACTIONS.filter((action) => can(action, request, as(role, kind)));
        expect(allowedActions(request, as(role, kind))).toEqual(expected);
      }
    },
  );

  it("are the caller's own to change", () => {
    const request = filed(SOMEBODY, null);
    const before = allowedActions(request, as("ADMIN"));
    allowedActions(request, as("ADMIN")).length = 0;
    expect(allowedActions(request, as("ADMIN"))).toEqual(before);
  });
});

describe("viewing a request", () => {
  it.each(VIEW_CELLS)("$role, $status, $situation.name: $letter", (cell) => {
    expect(canView(factsOf(cell), as(cell.role))).toBe(cell.code === null);
  });

  it.each<[UserKind, boolean]>([
    ["BOT", true],
    ["HUMAN", false],
  ])("that an EMPLOYEE of kind %s has filed for another, and commenting on it: %s", (kind, may) => {
    const request: RequestFacts = { ...filed(SOMEBODY, null), submitter: ME };
    expect(canView(request, as("EMPLOYEE", kind))).toBe(may);
    const allowed = allowedActions(request, as("EMPLOYEE", kind));
    expect(allowed).toEqual(may ? ["comment"] : []);
  });
});

describe("a refusal", () => {
  const request = filed(SOMEBODY, ANOTHER);
  it.each<[Role, RequestAction, string]>([
    ["EMPLOYEE", "claim", "request.claim:EMPLOYEE:never"],
    ["EMPLOYEE", "cancel", "request.cancel:EMPLOYEE:requesterBeforeWork"],
    ["EMPLOYEE", "comment", "request.comment:EMPLOYEE:participant"],
    ["AGENT", "update", "request.update:AGENT:assigneeOrUnassigned"],
    ["AGENT", "release", "request.release:AGENT:assignee"],
  ])("of %s %s names its rule", (role, action, rule) => {
    const caller = as(role);
    expect(explain(action, request, caller)?.facts).toEqual({ rule });
    expect(() => requireAllowed(action, request, caller)).toThrow(
      expect.objectContaining({ name: "DomainError", code: "forbidden", facts: { rule } }),
    );
  });

  it("for an assignee who can no longer work says what to do", () => {
    const left = filed(SOMEBODY, GONE, "IN_PROGRESS");
    for (const role of ["ADMIN", "AGENT"] as const) {
      expect(explain("finish", left, as(role))).toMatchObject({
        code: "not_assigned",
        detail: expect.stringContaining("claim or assign it first"),
      });
    }
  });

  it("of the state names no rule", () => {
    expect(() => requireAllowed("claim", request, as("AGENT"))).toThrow(
      expect.objectContaining({ code: "already_assigned", facts: {} }),
    );
  });
});
