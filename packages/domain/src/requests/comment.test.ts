import { describe, expect, it } from "vitest";
import type { Caller, Role, UserKind } from "../rules/roles.ts";
import type { Status } from "../rules/status.ts";
import { createComment, type Visibility } from "./comment.ts";
import { createRequest } from "./create-request.ts";
import type { RequestState } from "./request.ts";

const NOW = "2026-03-02T09:00:00.000Z";
const SOMEBODY = { id: "usr_somebody", fullName: "Somebody" };
const ME = { id: "usr_me", fullName: "Me" };

function request(changes: Partial<RequestState> = {}): RequestState {
  const caller: Caller = { ...ME, role: "EMPLOYEE", kind: "HUMAN", scopes: [], keyEndsAt: null };
  const { next } = createRequest(
    { title: "Printer jammed", category: "it" },
    {
      caller,
      requester: { ...ME, role: "EMPLOYEE", active: true },
      followed: null,
      categoryActive: true,
      defaultCategory: "general",
      id: "SF-7",
      now: NOW,
    },
  );
  return { ...next, version: 4, ...changes };
}

const comment = (
  state: RequestState,
  role: Role,
  visibility?: Visibility,
  kind: UserKind = "HUMAN",
) =>
  createComment(
    state,
    { body: "On my way.", visibility },
    { caller: { ...ME, role, kind, scopes: [], keyEndsAt: null }, id: "cmt_1", now: NOW },
  );

const THEIRS = { requester: SOMEBODY, submitter: SOMEBODY };

describe("commenting", () => {
  it.each<[Visibility | undefined, Role, Visibility, boolean]>([
    [undefined, "AGENT", "PUBLIC", false],
    ["PUBLIC", "EMPLOYEE", "PUBLIC", false],
    ["INTERNAL", "AGENT", "INTERNAL", true],
    ["INTERNAL", "ADMIN", "INTERNAL", true],
  ])("%s by %s is %s; its entry is internal: %s", (visibility, role, expected, internal) => {
    expect(comment(request(), role, visibility)).toEqual({
      changed: true,
      next: {
        id: "cmt_1",
        serviceRequestId: "SF-7",
        author: ME,
        visibility: expected,
        body: "On my way.",
        createdAt: NOW,
      },
      entries: [
        {
          action: "comment.created",
          subject: { type: "comment", id: "cmt_1" },
          changes: {
            visibility: { from: null, to: expected },
            body: { from: null, to: "On my way." },
          },
          reason: null,
          internal,
        },
      ],
    });
  });

  it.each<Status>(["NEW", "IN_PROGRESS", "DONE", "CANCELED"])("is possible while %s", (status) => {
    expect(comment(request({ status }), "EMPLOYEE").next.body).toBe("On my way.");
  });

  it("is possible for a service account that filed it for another", () => {
    const state = request({ requester: SOMEBODY, submitter: ME });
    expect(comment(state, "EMPLOYEE", "PUBLIC", "BOT").next.author).toEqual(ME);
  });

  it.each<[string, Partial<RequestState>, Visibility, string]>([
    ["on another's request", THEIRS, "PUBLIC", "comment:EMPLOYEE:participant"],
    [
      "on one that they once worked on",
      { ...THEIRS, assignee: { ...ME, unavailable: true } },
      "PUBLIC",
      "comment:EMPLOYEE:participant",
    ],
    [
      "on one that they filed for another as an agent",
      { ...THEIRS, submitter: ME },
      "PUBLIC",
      "comment:EMPLOYEE:participant",
    ],
    ["internally", {}, "INTERNAL", "commentInternally:EMPLOYEE:never"],
  ])("%s is refused to an EMPLOYEE", (_, changes, visibility, rule) => {
    expect(() => comment(request(changes), "EMPLOYEE", visibility)).toThrow(
      expect.objectContaining({ code: "forbidden", facts: { rule: `request.${rule}` } }),
    );
  });
});
