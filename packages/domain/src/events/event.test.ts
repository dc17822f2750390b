import { describe, expect, it } from "vitest";
import {
  AUDIT_POLICY,
  EVENT_TYPES,
  type EventType,
  type SubjectType,
} from "../log/audit-policy.ts";
import { ROLES, type Role, SCOPES, type Scope, type UserKind } from "../rules/roles.ts";
import { type EventFacts, mayReadEvent } from "./event.ts";

const ME = "usr_me";
const OTHER = "usr_other";
const ALL = [...SCOPES];

function facts(type: EventType, more: Partial<EventFacts> = {}): EventFacts {
  const { subject } = AUDIT_POLICY[type];
  const isOfRequest = subject === "request" || subject === "comment";
  const other = { id: OTHER };
  const request = {
    status: "NEW" as const,
    requester: other,
    submitter: other,
    assignee: null,
  };
  return { type, internal: false, request: isOfRequest ? request : null, ...more };
}

function reader(role: Role, scopes: readonly Scope[] = ALL, kind: UserKind = "HUMAN") {
  return { id: ME, role, kind, scopes };
}

/** Which roles read the events of a subject that they have no part in. */
const READERS: Record<SubjectType, readonly Role[]> = {
  request: ["ADMIN", "AGENT"],
  comment: ["ADMIN", "AGENT"],
  category: ROLES,
  user: ["ADMIN"],
  code: ["ADMIN"],
  api_key: ["ADMIN"],
  webhook: ["ADMIN"],
  sign_in: ["ADMIN"],
  audit_log: ["ADMIN"],
};

describe("who may read an event", () => {
  it.each(EVENT_TYPES.flatMap((type) => ROLES.map((role) => [type, role] as const)))(
    "%s, read by %s",
    (type, role) => {
      const may = READERS[AUDIT_POLICY[type].subject].includes(role);
      expect(mayReadEvent(facts(type), reader(role))).toBe(may);
    },
  );

  it.each<[string, string, string, string | null, UserKind, boolean]>([
    ["their own request", ME, OTHER, null, "HUMAN", true],
    ["one that they once worked on", OTHER, OTHER, ME, "HUMAN", false],
    ["one that they filed for another as an agent", OTHER, ME, null, "HUMAN", false],
    ["one that it filed for another as a service account", OTHER, ME, null, "BOT", true],
    ["somebody else's", OTHER, OTHER, OTHER, "BOT", false],
  ])("an employee reads events of %s or not", (_, requester, submitter, assignee, kind, may) => {
    const request = {
      status: "NEW" as const,
      requester: { id: requester },
      submitter: { id: submitter },
      assignee: assignee === null ? null : { id: assignee },
    };
    for (const type of ["request.created", "comment.created"] as const) {
      expect(mayReadEvent(facts(type, { request }), reader("EMPLOYEE", ALL, kind))).toBe(may);
    }
  });

  it.each([
    ["ADMIN", true],
    ["AGENT", true],
    ["EMPLOYEE", false],
  ] as const)("an internal entry is readable by %s: %s, even on their own request", (role, may) => {
    const me = { id: ME };
    const request = { status: "NEW" as const, requester: me, submitter: me, assignee: null };
    const event = facts("comment.created", { internal: true, request });
    expect(mayReadEvent(event, reader(role))).toBe(may);
  });

  it("an administrator's key without the scope admin reads what an agent reads", () => {
    for (const type of EVENT_TYPES) {
      const narrow = mayReadEvent(facts(type), reader("ADMIN", ["requests:read"]));
      expect([type, narrow]).toEqual([type, mayReadEvent(facts(type), reader("AGENT"))]);
    }
  });
});
