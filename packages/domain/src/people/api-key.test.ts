import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller, Role, Scope } from "../rules/roles.ts";
import {
  firstKey,
  type IssueKeyInput,
  issueKey,
  type OwnedKey,
  requireMayManageKeys,
  revokeAllKeys,
  revokeKey,
  rotateKey,
} from "./api-key.ts";
import { isActive, type KeyBounds } from "./key-bounds.ts";

const ISSUED = "2026-03-01T09:00:00.000Z";
const NOW = "2026-03-02T09:00:00.000Z";
const ALL: Scope[] = ["requests:read", "requests:write", "admin"];
const MASK = { prefix: "sf_3kTv", lastFour: "x9Qa" };
const BOUNDS: KeyBounds = { maxPerUser: 3, maxLifetimeDays: null };
const FIRST_KEY = { id: "key_new", userId: "usr_owner", masked: MASK, bounds: BOUNDS, now: NOW };
const NEW_KEY = { ...FIRST_KEY, activeKeys: 1, owner: { erasedAt: null } };

function caller(id: string, role: Role, scopes: Scope[] = ALL): Caller {
  return { id, fullName: id, role, kind: "HUMAN", scopes, keyEndsAt: null };
}
const owner = caller("usr_owner", "EMPLOYEE");
const admin = caller("usr_admin", "ADMIN");
const OWNER = { id: "usr_owner", role: "EMPLOYEE", active: true } as const;
const REVOKING = { now: NOW, owner: OWNER, hasOtherAdminKey: true };

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
    expect(() => revokeKey(key, { caller: stranger, ...REVOKING })).toThrow(refused);
    const all = { caller: stranger, ...REVOKING, keep: null, codes: [] };
    expect(() => revokeAllKeys([key], all)).toThrow(refused);
  });

  it("begin with one of every scope that does not expire", () => {
    expect(firstKey({ ...FIRST_KEY, creator: null })).toEqual({
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
    const by = { scopes: ["admin"] as const, keyEndsAt: null };
    expect(firstKey({ ...FIRST_KEY, creator: by }).scopes).toEqual(["admin"]);
  });

  it.each<[string | null, number | null, string | null]>([
    [null, null, null],
    ["2026-03-02T10:00:00.000Z", null, "2026-03-02T10:00:00.000Z"],
    [null, 1, "2026-03-03T09:00:00.000Z"],
    ["2026-03-02T10:00:00.000Z", 1, "2026-03-02T10:00:00.000Z"],
    ["2026-04-01T00:00:00.000Z", 1, "2026-03-03T09:00:00.000Z"],
  ])("by a key that ends at %s, with %s days at most, expires at %s", (keyEndsAt, days, end) => {
    const bounds = { ...BOUNDS, maxLifetimeDays: days };
    const by = { scopes: ALL, keyEndsAt };
    expect(firstKey({ ...FIRST_KEY, bounds, creator: by }).expiresAt).toBe(end);
    if (keyEndsAt === null) {
      expect(firstKey({ ...FIRST_KEY, bounds, creator: null }).expiresAt).toBe(end);
    }
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

  it.each<[number, string | null]>([
    [0, null],
    [2, null],
    [3, "too_many_api_keys"],
    [400, "too_many_api_keys"],
  ])("for a user with %i active keys of 3: %s", (activeKeys, code) => {
    const ask = () => issueKey({ name: "Bot" }, { ...NEW_KEY, activeKeys, caller: owner });
    if (code === null) expect(ask).not.toThrow();
    else expect(ask).toThrow(expect.objectContaining({ code, detail: expect.stringMatching(/3/) }));
  });

  it("for an erased user is refused", () => {
    const facts = { ...NEW_KEY, owner: { erasedAt: NOW }, caller: admin };
    const refused = expect.objectContaining({ code: "user_erased" });
    expect(() => issueKey({ name: "Bot" }, facts)).toThrow(refused);
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

  it.each<[string | null, string | null, number | null, string | null]>([
    [null, "2026-03-02T10:00:00.000Z", null, "2026-03-02T10:00:00.000Z"],
    ["2026-03-02T09:30:00.000Z", "2026-03-02T10:00:00.000Z", 1, "2026-03-02T09:30:00.000Z"],
    ["2027-01-01T00:00:00.000Z", "2026-03-02T10:00:00.000Z", 1, "2026-03-02T10:00:00.000Z"],
    [null, null, 1, "2026-03-03T09:00:00.000Z"],
    ["2027-01-01T00:00:00.000Z", null, 1, "2026-03-03T09:00:00.000Z"],
  ])(
    "that expires at %s, by a key that ends at %s, with %s days at most: expires at %s",
    (expiresAt, keyEndsAt, days, end) => {
      const bounds = { ...BOUNDS, maxLifetimeDays: days };
      const by = { ...owner, keyEndsAt };
      const { old, replacement } = rotateKey(
        { ...key, expiresAt },
        {},
        { caller: by, ...NEW_KEY, bounds },
      ).next;
      expect(replacement.expiresAt).toBe(end);
      expect(old.expiresAt).toBe(expiresAt);
    },
  );

  it.each<[number, number, string | null]>([
    [2, 60, null],
    [3, 60, "too_many_api_keys"],
    [3, 0, null],
    [400, 0, null],
  ])("of %i active keys of 3, with an overlap of %i s: %s", (activeKeys, overlapSeconds, code) => {
    const ask = () => rotateKey(key, { overlapSeconds }, { ...NEW_KEY, activeKeys, caller: owner });
    if (code === null) expect(ask).not.toThrow();
    else expect(ask).toThrow(expect.objectContaining({ code }));
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
    const { next, ...rest } = revokeKey(key, { caller: by, ...REVOKING });
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
    expect(revokeKey(revoked, { caller: owner, ...REVOKING })).toEqual({
      changed: false,
      next: revoked,
    });
  });
});

describe("the last key with which an administrator can act", () => {
  const ADMIN = { id: "usr_admin", role: "ADMIN", active: true } as const;
  const adminKey: OwnedKey = { ...key, userId: "usr_admin", scopes: ["requests:read", "admin"] };
  const last = { caller: admin, now: NOW, owner: ADMIN, hasOtherAdminKey: false };

  it.each<[string, Partial<OwnedKey>, Partial<typeof ADMIN> | object, boolean, boolean]>([
    ["stays", {}, {}, false, false],
    ["stays in its overlap", { revokedAt: "2026-03-03T09:00:00.000Z" }, {}, false, false],
    ["ends when there is another", {}, {}, true, true],
    ["is none without the scope", { scopes: ["requests:read"] }, {}, false, true],
    ["is none when it has expired", { expiresAt: ISSUED }, {}, false, true],
    ["is none of an inactive administrator", {}, { active: false }, false, true],
    ["is none of an agent", {}, { role: "AGENT" }, false, true],
  ])("%s", (_, changes, ownerChanges, hasOtherAdminKey, ends) => {
    const facts = { ...last, owner: { ...ADMIN, ...ownerChanges }, hasOtherAdminKey };
    const one = () => revokeKey({ ...adminKey, ...changes }, facts);
    const all = () =>
      revokeAllKeys([{ ...adminKey, ...changes }], { ...facts, keep: null, codes: [] });
    if (ends) {
      expect(one).not.toThrow();
      expect(all).not.toThrow();
    } else {
      const refused = expect.objectContaining({ code: "last_admin" });
      expect(one).toThrow(refused);
      expect(all).toThrow(refused);
    }
  });

  it("that was revoked can be revoked again", () => {
    expect(revokeKey({ ...adminKey, revokedAt: ISSUED }, last).changed).toBe(false);
  });

  it("can be kept while all others end", () => {
    const keys = [adminKey, { ...adminKey, id: "key_2" }];
    const { next } = revokeAllKeys(keys, { ...last, keep: "key_2", codes: [] });
    expect(next.map(({ id }) => id)).toEqual(["key_old"]);
    const narrow = [adminKey, { ...key, id: "key_2" }];
    expect(() => revokeAllKeys(narrow, { ...last, keep: "key_2", codes: [] })).toThrow(
      expect.objectContaining({ code: "last_admin" }),
    );
  });
});

describe("revoking all keys of a user", () => {
  it("ends those that work, with an entry for each", () => {
    const keys = [
      { ...key, id: "key_1" },
      { ...key, id: "key_2", revokedAt: "2026-03-03T09:00:00.000Z" },
      { ...key, id: "key_3", revokedAt: ISSUED },
      { ...key, id: "key_4", expiresAt: NOW },
    ];
    const decision = revokeAllKeys(keys, { caller: owner, ...REVOKING, keep: null, codes: [] });
    expect(decision.next).toEqual([
      { ...keys[0], revokedAt: NOW },
      { ...keys[1], revokedAt: NOW },
    ]);
    const entries = decision.changed ? decision.entries : [];
    expect(entries.map(({ action, subject }) => [action, subject.id])).toEqual([
      ["api_key.revoked", "key_1"],
      ["api_key.revoked", "key_2"],
    ]);
  });

  it("changes nothing when none works, or only the one that is kept", () => {
    const facts = { caller: owner, ...REVOKING };
    const ended = { ...key, revokedAt: ISSUED };
    expect(revokeAllKeys([ended], { ...facts, keep: null, codes: [] })).toEqual({
      changed: false,
      next: [],
    });
    expect(revokeAllKeys([key], { ...facts, keep: key.id, codes: [] })).toEqual({
      changed: false,
      next: [],
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
