import { describe, expect, it } from "vitest";
import type { Caller } from "../rules/roles.ts";
import { STATUSES } from "../rules/status.ts";
import { createRequest } from "./create-request.ts";
import { type FollowedRequest, visibleChanges } from "./follow-up.ts";
import { admin, agent, employee, NOW, request, user } from "./request.fixture.ts";
import { toView } from "./view.ts";

const stranger = user("sam", "EMPLOYEE");
const bot: Caller = { ...user("bea", "EMPLOYEE"), kind: "BOT" };
const SEEN = { unread: false, readUpTo: null, followUps: [] };

function closed(changes: Partial<FollowedRequest> = {}): FollowedRequest {
  return { ...request({ status: "DONE" }), id: "SF-1", ...changes };
}

function file(caller: Caller, followed: FollowedRequest | null, followsUp = "SF-1") {
  const filing = { caller, requester: user(caller.id, caller.role), now: NOW, id: "SF-8" };
  const category = { categoryActive: true, defaultCategory: "general" };
  return createRequest({ title: "Jammed again", followsUp }, { ...filing, ...category, followed });
}

function refusal(code: string) {
  const error = expect.objectContaining({ pointer: "/followsUp", code });
  return expect.objectContaining({ code: "validation_failed", errors: [error] });
}

describe("a follow-up", () => {
  it.each(STATUSES)("of a request that is %s", (status) => {
    const filing = () => file(employee, closed({ status }));
    if (status === "NEW" || status === "IN_PROGRESS") {
      expect(filing).toThrow(refusal("still_open"));
      expect(filing).toThrow(status);
    } else {
      const followsUp = { from: null, to: "SF-1" };
      expect(filing()).toMatchObject({
        next: { followsUp: { id: "SF-1" } },
        entries: [{ action: "request.created", changes: { followsUp } }],
      });
    }
  });

  it.each([
    ["its requester", employee, true],
    ["an agent", agent, true],
    ["an administrator", admin, true],
    ["the service account that filed it", bot, true],
    ["another service account", { ...bot, id: "usr_other" }, false],
    ["somebody else", stranger, false],
  ])("is filed by %s: %o", (_, caller, isAllowed) => {
    const of = closed({ submitter: { id: bot.id } });
    if (isAllowed) expect(file(caller, of).next.followsUp).toBe(of);
    else {
      for (const found of [of, closed({ ...of, status: "NEW" }), null]) {
        expect(() => file(caller, found)).toThrow(refusal("unknown"));
      }
    }
  });

  it.each([
    ["its requester", employee, "SF-1"],
    ["nobody in particular", null, "SF-1"],
    ["a stranger to the one that it follows up", stranger, null],
  ])("shows to %s what it follows up: %s", (_, reader, shown) => {
    const state = request({ requester: stranger, followsUp: closed() });
    const changes = { title: { from: null, to: "Jammed" }, followsUp: { from: null, to: "SF-1" } };
    expect(toView(state, reader, SEEN).followsUp).toBe(shown);
    expect(Object.keys(visibleChanges(changes, state, reader))).toEqual(
      shown === null ? ["title"] : ["title", "followsUp"],
    );
    expect(visibleChanges({}, state, reader)).toEqual({});
  });

  it("says nothing of what no row holds", () => {
    const changes = { followsUp: { from: null, to: "SF-1" } };
    for (const of of [null, request()]) expect(visibleChanges(changes, of, admin)).toEqual({});
  });
});
