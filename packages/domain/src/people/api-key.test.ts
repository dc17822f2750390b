import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller, Role, Scope } from "../rules/roles.ts";
import {
  firstKey,
  type IssueKeyInput,
  isActive,
  issueKey,
  type OwnedKey,
  requireMayManageKeys,
  revokeKey,
  rotateKey,
} from "./api-key.ts";

const ISSUED = "2026-03-01T09:00:00.000Z";
const NOW = "2026-03-02T09:00:00.000Z";
const ALL: Scope[] = ["requests:read", "requests:write", "admin"];
const MASK = { prefix: "sf_3kTv", lastFour: "x9Qa" };
const NEW_KEY = { id: "key_new", userId: "usr_owner", masked: MASK, now: NOW };

function caller(id: string, role: Role, scopes: Scope[] = ALL): Caller {
  return { id, fullName: id, role, kind: "HUMAN", scopes };
}
const owner = caller("usr_owner", "EMPLOYEE");
const admin = caller("usr_admin", "ADMIN");

const key: OwnedKey = {
  id: "key_old",
  userId: "usr_owner",
  name: "Laptop",
  prefix: "sf_aaaa",
  lastFour: "zzzz",
  scopes: ["requests:read", "requests:write"],
  expiresAt: null,
  lastUsedAt: "2026-03-02T08:00:00.000Z",
  revokedAt: null,
  createdAt: ISSUED,
};

describe("the keys of a user", () => {
  it.each<[string, Caller, string, boolean]>([
    ["an EMPLOYEE manage their own", owner, "usr_owner", true],
    ["an AGENT manage their own", caller("usr_agent", "AGENT"), "usr_agent", true],
    ["an ADMIN manage anybody's", admin, "usr_owner", true],
    ["an AGENT not manage another's", caller("usr_agent", "AGENT"), "usr_owner", false],
    ["an EMPLOYEE not manage another's", owner, "usr_admin", false],
  ])("let %s", (_, who, ownerId, allowed) => {
    const ask = () => requireMayManageKeys(ownerId, who);
    if (allowed) expect(ask).not.toThrow();
    else {
      const facts = { rule: `api_key.manageAny:${who.role}:never` };
      expect(ask).toThrow(expect.objectContaining({ code: "forbidden", facts }));
    }
  });

  it("refuse a stranger every verb", () => {
    const stranger = caller("usr_stranger", "AGENT");
    const refused = expect.objectContaining({ code: "forbidden" });
    expect(() => issueKey({ name: "Mine" }, { caller: stranger, ...NEW_KEY })).toThrow(refused);
    expect(() => rotateKey(key, {}, { caller: stranger, ...NEW_KEY })).toThrow(refused);
    expect(() => revokeKey(key, { caller: stranger, now: NOW })).toThrow(refused);
  });

  it("begin with one of every scope that does not expire", () => {
    expect(firstKey({ ...NEW_KEY, creator: null })).toEqual({
      ...MASK,
      id: "key_new",
      userId: "usr_owner",
      name: "default",
      scopes: ALL,
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: NOW,
    });
  });
});

describe("the first key of a user", () => {
  it("can do no more than the key of who makes the user", () => {
    const by = { scopes: ["admin"] as const };
    expect(firstKey({ ...NEW_KEY, creator: by }).scopes).toEqual(["admin"]);
  });
});

describe("issuing a key", () => {
  const issue = (input: Partial<IssueKeyInput>, by = owner, userId = "usr_owner") =>
    issueKey({ name: "Bot", ...input }, { ...NEW_KEY, userId, caller: by });

  it("keeps the mask of it alone, and logs what it may do", () => {
    const decision = issue({ scopes: ["requests:read"], expiresAt: "2027-01-01T00:00:00.000Z" });
    expect(decision).toEqual({
      changed: true,
      next: {
        ...MASK,
        id: "key_new",
        userId: "usr_owner",
        name: "Bot",
        scopes: ["requests:read"],
        expiresAt: "2027-01-01T00:00:00.000Z",
        lastUsedAt: null,
        revokedAt: null,
        createdAt: NOW,
      },
      entries: [
        {
          action: "api_key.issued",
          subject: { type: "api_key", id: "key_new" },
          changes: {
            userId: { from: null, to: "usr_owner" },
            name: { from: null, to: "Bot" },
            scopes: { from: null, to: ["requests:read"] },
            expiresAt: { from: null, to: "2027-01-01T00:00:00.000Z" },
          },
          reason: null,
          internal: false,
        },
      ],
    });
  });

  it.each<[string, Scope[] | undefined, Scope[], Scope[]]>([
    [
      "those of the key that asks when none are named",
      undefined,
      ["requests:read"],
      ["requests:read"],
    ],
    ["fewer than the key that asks has", ["admin"], ALL, ["admin"]],
    [
      "each one once, in their order",
      ["admin", "requests:read", "admin"],
      ALL,
      ["requests:read", "admin"],
    ],
  ])("gives %s", (_, scopes, held, expected) => {
    expect(issue({ scopes }, caller("usr_owner", "AGENT", held)).next.scopes).toEqual(expected);
  });

  it.each<[Scope[], Scope[], Scope]>([
    [["admin"], ["requests:read"], "admin"],
    [["requests:read", "requests:write"], ["requests:read"], "requests:write"],
    [["requests:read"], [], "requests:read"],
  ])("of %j by a key of %j is refused", (scopes, held, scope) => {
    expect(() => issue({ scopes }, caller("usr_owner", "ADMIN", held))).toThrow(
      expect.objectContaining({ code: "insufficient_scope", facts: { scope } }),
    );
  });

  it.each([NOW, ISSUED])("that expires at %s, not in the future, is refused", (expiresAt) => {
    expect(() => issue({ expiresAt })).toThrow(
      expect.objectContaining({
        code: "validation_failed",
        errors: [expect.objectContaining({ pointer: "/expiresAt", code: "in_the_past" })],
      }),
    );
  });

  it("for another user is an ADMIN's", () => {
    expect(issue({}, admin).next.userId).toBe("usr_owner");
  });
});

describe("rotating a key", () => {
  const rotate = (old: OwnedKey, overlapSeconds?: number, by = owner) =>
    rotateKey(old, { overlapSeconds }, { caller: by, ...NEW_KEY });

  it("replaces it by one that can do the same, and ends the old one after a day", () => {
    const ending = { ...key, revokedAt: "2026-03-03T09:00:00.000Z" };
    const replacement = { ...key, ...MASK, id: "key_new", lastUsedAt: null, createdAt: NOW };
    const decision = rotate(key);
    expect(decision).toEqual({
      changed: true,
      next: { old: ending, replacement },
      entries: [
        {
          action: "api_key.rotated",
          subject: { type: "api_key", id: "key_old" },
          changes: {
            revokedAt: { from: null, to: "2026-03-03T09:00:00.000Z" },
            replacedBy: { from: null, to: "key_new" },
          },
          reason: null,
          internal: false,
        },
        expect.objectContaining({
          action: "api_key.issued",
          subject: { type: "api_key", id: "key_new" },
        }),
      ],
    });
  });

  it.each<[string, number | undefined, string]>([
    ["a day when nothing is said", undefined, "2026-03-03T09:00:00.000Z"],
    ["as long as it is asked to", 60, "2026-03-02T09:01:00.000Z"],
    ["not at all when it has leaked", 0, NOW],
  ])("lets the old one work %s", (_, overlap, end) => {
    const { old } = rotate(key, overlap).next;
    expect(old.revokedAt).toBe(end);
    expect(isActive(old, new Date(Date.parse(end) - 1).toISOString())).toBe(true);
    expect(isActive(old, end)).toBe(false);
  });

  it("keeps its expiry in the new one", () => {
    const expiresAt = "2026-03-02T10:00:00.000Z";
    const { old, replacement } = rotate({ ...key, expiresAt }).next;
    expect([old.expiresAt, replacement.expiresAt]).toEqual([expiresAt, expiresAt]);
    expect(replacement.revokedAt).toBeNull();
  });

  it("with an overlap of 0 ends the old one at once, and never the new one", () => {
    const { old, replacement } = rotate(key, 0).next;
    expect([isActive(old, NOW), isActive(replacement, NOW)]).toEqual([false, true]);
  });

  it.each<[string, Partial<OwnedKey>, Caller, ErrorCode]>([
    ["a revoked key", { revokedAt: ISSUED }, owner, "api_key_inactive"],
    ["a key in its overlap", { revokedAt: "2026-03-03T09:00:00.000Z" }, owner, "api_key_inactive"],
    ["an expired key", { expiresAt: NOW }, owner, "api_key_inactive"],
    [
      "a key that can do more than the one that asks",
      { scopes: ALL },
      caller("usr_owner", "ADMIN", ["requests:read", "requests:write"]),
      "insufficient_scope",
    ],
  ])("refuses %s", (_, changes, by, code) => {
    expect(() => rotate({ ...key, ...changes }, 0, by)).toThrow(expect.objectContaining({ code }));
  });
});

describe("revoking a key", () => {
  it.each([owner, admin])("ends it at once for $role", (by) => {
    const { next, ...rest } = revokeKey(key, { caller: by, now: NOW });
    expect(next).toEqual({ ...key, revokedAt: NOW });
    expect(isActive(next, NOW)).toBe(false);
    expect(rest).toMatchObject({
      changed: true,
      entries: [
        {
          action: "api_key.revoked",
          subject: { type: "api_key", id: "key_old" },
          changes: { revokedAt: { from: null, to: NOW } },
        },
      ],
    });
  });

  it("a second time changes nothing", () => {
    const revoked = { ...key, revokedAt: ISSUED };
    expect(revokeKey(revoked, { caller: owner, now: NOW })).toEqual({
      changed: false,
      next: revoked,
    });
  });
});

describe("an API key", () => {
  const now = "2026-03-02T09:00:00.000Z";
  const earlier = "2026-03-02T08:59:59.999Z";
  const later = "2026-03-02T09:00:00.001Z";
  it.each([
    ["without expiry works", null, null, true],
    ["that expires later works", null, later, true],
    ["that expires now does not work", null, now, false],
    ["that expired does not work", null, earlier, false],
    ["that was revoked does not work", earlier, null, false],
    ["that was revoked before its expiry does not work", earlier, later, false],
  ])("%s", (_, revokedAt, expiresAt, expected) => {
    expect(isActive({ revokedAt, expiresAt }, now)).toBe(expected);
  });
});
