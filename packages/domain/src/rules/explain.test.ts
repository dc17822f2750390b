import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { RequestFacts } from "./conditions.ts";
import { allowedActions, can, explain, requireAllowed } from "./explain.ts";
import { canView } from "./permissions.ts";
import { REQUEST_ACTIONS, type RequestAction } from "./request-rules.ts";
import type { Role } from "./roles.ts";
import type { Status } from "./status.ts";

const ME = { id: "usr_me" };
const SOMEBODY = { id: "usr_somebody" };
const ANOTHER = { id: "usr_another" };

/** The columns of each cell of the table below, left to right. */
const SITUATIONS = [
  { name: "of their own that nobody holds", requester: ME, assignee: null },
  { name: "of their own that another holds", requester: ME, assignee: ANOTHER },
  { name: "of their own that they hold", requester: ME, assignee: ME },
  { name: "of somebody's that they hold", requester: SOMEBODY, assignee: ME },
  { name: "of somebody's that nobody holds", requester: SOMEBODY, assignee: null },
  { name: "of somebody's that another holds", requester: SOMEBODY, assignee: ANOTHER },
];

const OUTCOMES: Record<string, ErrorCode | null> = {
  "+": null,
  F: "forbidden",
  C: "request_closed",
  T: "illegal_transition",
  S: "request_started",
  A: "already_assigned",
  N: "not_assigned",
};

const STATUS_COLUMNS: Status[] = ["NEW", "IN_PROGRESS", "DONE", "CANCELED"];
const TABLE = `
  role     action            NEW     IN_PROG DONE    CANCELED
  ADMIN    update            ++++++  ++++++  CCCCCC  CCCCCC
  ADMIN    claim             +AAA+A  +AAA+A  CCCCCC  CCCCCC
  ADMIN    release           N+++N+  SSSSSS  CCCCCC  CCCCCC
  ADMIN    assign            ++++++  ++++++  CCCCCC  CCCCCC
  ADMIN    start             ++++++  TTTTTT  TTTTTT  TTTTTT
  ADMIN    finish            TTTTTT  ++++++  TTTTTT  TTTTTT
  ADMIN    cancel            ++++++  ++++++  TTTTTT  TTTTTT
  ADMIN    comment           ++++++  ++++++  ++++++  ++++++
  ADMIN    commentInternally ++++++  ++++++  ++++++  ++++++
  AGENT    update            +F+++F  +F+++F  CCCCCC  CCCCCC
  AGENT    claim             +AAA+A  +AAA+A  CCCCCC  CCCCCC
  AGENT    release           NF++NF  SSSSSS  CCCCCC  CCCCCC
  AGENT    assign            +AAA+A  +AAA+A  CCCCCC  CCCCCC
  AGENT    start             +F+++F  TTTTTT  TTTTTT  TTTTTT
  AGENT    finish            TTTTTT  FF++FF  TTTTTT  TTTTTT
  AGENT    cancel            FF++FF  FF++FF  TTTTTT  TTTTTT
  AGENT    comment           ++++++  ++++++  ++++++  ++++++
  AGENT    commentInternally ++++++  ++++++  ++++++  ++++++
  EMPLOYEE update            +FFFFF  FFFFFF  CCCCCC  CCCCCC
  EMPLOYEE claim             FFFFFF  FFFFFF  FFFFFF  FFFFFF
  EMPLOYEE release           FFFFFF  FFFFFF  FFFFFF  FFFFFF
  EMPLOYEE assign            FFFFFF  FFFFFF  FFFFFF  FFFFFF
  EMPLOYEE start             FFFFFF  FFFFFF  FFFFFF  FFFFFF
  EMPLOYEE finish            FFFFFF  FFFFFF  FFFFFF  FFFFFF
  EMPLOYEE cancel            +FFFFF  FFFFFF  TTTTTT  TTTTTT
  EMPLOYEE comment           ++++FF  ++++FF  ++++FF  ++++FF
  EMPLOYEE commentInternally FFFFFF  FFFFFF  FFFFFF  FFFFFF
`;

const rows = TABLE.trim()
  .split("\n")
  .slice(1)
  .map((line) => line.trim().split(/\s+/) as [Role, RequestAction, ...string[]]);

const cells = rows.flatMap(([role, action, ...byStatus]) =>
  STATUS_COLUMNS.flatMap((status, column) =>
    SITUATIONS.map(({ name, requester, assignee }, index) => {
      const expected = OUTCOMES[byStatus[column]?.[index] ?? ""];
      const request: RequestFacts = { status, requester, assignee };
      const verdict = expected === null ? "" : `: ${expected}`;
      const title = `${expected === null ? "lets" : "refuses"} ${role} ${action} a ${status} request ${name}`;
      return { title: title + verdict, action, request, caller: { ...ME, role }, expected };
    }),
  ),
);

describe("the permission table", () => {
  it("says something of every role, action, status and situation", () => {
    const roles: Role[] = ["ADMIN", "AGENT", "EMPLOYEE"];
    const named = roles.flatMap((role) => REQUEST_ACTIONS.map((action) => `${role} ${action}`));
    expect(rows.map(([role, action]) => `${role} ${action}`)).toEqual(named);
    expect(cells).toHaveLength(3 * 9 * 4 * 6);
    expect(cells.filter(({ expected }) => expected === undefined)).toEqual([]);
  });

  it.each(cells)("$title", ({ action, request, caller, expected }) => {
    expect(explain(action, request, caller)?.code ?? null).toBe(expected);
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
    ["AGENT", SOMEBODY.id, null, "forbidden"],
    ["AGENT", SOMEBODY.id, ME, "forbidden"],
    ["EMPLOYEE", ME.id, null, "forbidden"],
  ])("%s to %s while %o holds it: %s", (role, assigneeId, assignee, expected) => {
    const request: RequestFacts = { status: "NEW", requester: SOMEBODY, assignee };
    expect(explain("assign", request, { ...ME, role }, assigneeId)?.code ?? null).toBe(expected);
  });
});

describe("seeing a request", () => {
  it.each<[Role, string]>([
    ["ADMIN", "++++++"],
    ["AGENT", "++++++"],
    ["EMPLOYEE", "++++--"],
  ])("%s: %s, in any status", (role, expected) => {
    for (const status of STATUS_COLUMNS) {
      const seen = SITUATIONS.map(({ requester, assignee }) =>
        canView({ status, requester, assignee }, { ...ME, role }) ? "+" : "-",
      );
      expect(seen.join("")).toBe(expected);
    }
  });
});

describe("a refusal", () => {
  const request: RequestFacts = { status: "NEW", requester: SOMEBODY, assignee: ANOTHER };
  it.each<[Role, RequestAction, string]>([
    ["EMPLOYEE", "claim", "request.claim:EMPLOYEE:never"],
    ["EMPLOYEE", "cancel", "request.cancel:EMPLOYEE:requesterBeforeWork"],
    ["EMPLOYEE", "comment", "request.comment:EMPLOYEE:participant"],
    ["AGENT", "update", "request.update:AGENT:assigneeOrUnassigned"],
    ["AGENT", "release", "request.release:AGENT:assignee"],
  ])("of %s %s names its rule", (role, action, rule) => {
    const caller = { ...ME, role };
    expect(explain(action, request, caller)?.facts).toEqual({ rule });
    expect(() => requireAllowed(action, request, caller)).toThrow(
      expect.objectContaining({ name: "DomainError", code: "forbidden", facts: { rule } }),
    );
  });

  it("of the state names no rule", () => {
    expect(() => requireAllowed("claim", request, { ...ME, role: "AGENT" })).toThrow(
      expect.objectContaining({ code: "already_assigned", facts: {} }),
    );
  });
});
