import { describe, expect, it } from "vitest";
import { type Action, PERMISSIONS, requireRole } from "./permissions.ts";
import { ROLES, type Role, worksRequests } from "./roles.ts";

const YES = true;
const NO = false;

/** The actions that concern no single request. */
const TABLE: [Action, Record<Role, boolean>][] = [
  ["user.list", { ADMIN: YES, AGENT: YES, EMPLOYEE: NO }],
  ["user.updateOwn", { ADMIN: YES, AGENT: YES, EMPLOYEE: YES }],
  ["user.manage", { ADMIN: YES, AGENT: NO, EMPLOYEE: NO }],
  ["api_key.manageOwn", { ADMIN: YES, AGENT: YES, EMPLOYEE: YES }],
  ["api_key.manageAny", { ADMIN: YES, AGENT: NO, EMPLOYEE: NO }],
  ["category.list", { ADMIN: YES, AGENT: YES, EMPLOYEE: YES }],
  ["category.manage", { ADMIN: YES, AGENT: NO, EMPLOYEE: NO }],
  ["webhook.manage", { ADMIN: YES, AGENT: NO, EMPLOYEE: NO }],
  ["audit.read", { ADMIN: YES, AGENT: NO, EMPLOYEE: NO }],
];
const cells = TABLE.flatMap(([action, byRole]) =>
  ROLES.map((role) => ({
    title: `${byRole[role] ? "lets" : "refuses"} ${role} ${action}`,
    action,
    role,
    allowed: byRole[role],
  })),
);

describe("a role", () => {
  it("is judged for every action that concerns no one request", () => {
    const actions = Object.keys(PERMISSIONS).filter((action) => !action.startsWith("request."));
    expect(TABLE.map(([action]) => action)).toEqual(actions);
  });

  it.each(cells)("$title", ({ action, role, allowed }) => {
    const ask = () => requireRole(action, { role });
    if (allowed) expect(ask).not.toThrow();
    else {
      const facts = { rule: `${action}:${role}:never` };
      expect(ask).toThrow(expect.objectContaining({ code: "forbidden", facts }));
    }
  });

  it("sees of the users only those who work requests, as an agent", () => {
    expect(requireRole("user.list", { role: "AGENT" })).toBe("agentsOnly");
  });

  it.each<[Role, boolean]>([
    ["ADMIN", true],
    ["AGENT", true],
    ["EMPLOYEE", false],
  ])("%s works requests: %s", (role, expected) => {
    expect(worksRequests(role)).toBe(expected);
  });
});
