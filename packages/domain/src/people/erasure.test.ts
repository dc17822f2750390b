import { describe, expect, it } from "vitest";
import { as } from "../rules/callers.fixture.ts";
import type { Role } from "../rules/roles.ts";
import { eraseUser } from "./erasure.ts";
import type { User } from "./user.ts";

const NOW = "2026-03-02T09:00:00.000Z";

function user(changes: Partial<User> = {}): User {
  return {
    id: "usr_01kjg3v9tefya8h8m6q1v0c3zd",
    email: "somebody@example.com",
    fullName: "Some Body",
    role: "AGENT",
    kind: "HUMAN",
    active: true,
    locale: null,
    timeZone: null,
    erasedAt: null,
    version: 4,
    createdAt: NOW,
    ...changes,
  };
}
const key = (id: string, revokedAt: string | null = null) => ({
  id,
  userId: user().id,
  revokedAt,
});

describe("erasing a user", () => {
  it("replaces name and address, and ends the user; the log names neither", () => {
    expect(
      eraseUser(user(), { caller: as("ADMIN"), now: NOW, keys: [], codes: [], otherAdmins: 1 }),
    ).toEqual({
      changed: true,
      next: {
        ...user(),
        email: "usr-01kjg3v9tefya8h8m6q1v0c3zd@erased.invalid",
        fullName: "Erased user",
        active: false,
        erasedAt: NOW,
        version: 5,
      },
      entries: [
        {
          action: "user.erased",
          subject: { type: "user", id: user().id },
          changes: { active: { from: true, to: false }, erasedAt: { from: null, to: NOW } },
          reason: null,
          internal: false,
        },
      ],
    });
  });

  it("revokes every code, and every key that works, or that will for a while", () => {
    const ahead = "2026-03-03T09:00:00.000Z";
    const past = "2026-03-01T09:00:00.000Z";
    const keys = [key("key_1"), key("key_2", ahead), key("key_3", past)];
    const decision = eraseUser(user(), {
      caller: as("ADMIN"),
      now: NOW,
      keys: keys,
      codes: ["cod_1"],
      otherAdmins: 1,
    });
    const entries = decision.changed ? decision.entries.slice(1) : [];
    expect(entries.map(({ action, subject, changes }) => [action, subject.id, changes])).toEqual([
      ["api_key.revoked", "key_1", { revokedAt: { from: null, to: NOW } }],
      ["api_key.revoked", "key_2", { revokedAt: { from: ahead, to: NOW } }],
      ["code.revoked", "cod_1", {}],
    ]);
  });

  it("happens once", () => {
    const erased = user({ erasedAt: NOW, active: false });
    expect(
      eraseUser(erased, {
        caller: as("ADMIN"),
        now: NOW,
        keys: [key("key_1")],
        codes: [],
        otherAdmins: 1,
      }),
    ).toEqual({
      changed: false,
      next: erased,
    });
  });

  it.each<[Role, Partial<User>, number, string | null]>([
    ["ADMIN", {}, 0, null],
    ["ADMIN", { role: "ADMIN" }, 1, null],
    ["ADMIN", { role: "ADMIN" }, 0, "last_admin"],
    ["ADMIN", { role: "ADMIN", active: false }, 0, null],
    ["AGENT", {}, 1, "forbidden"],
    ["EMPLOYEE", {}, 1, "forbidden"],
    ["EMPLOYEE", { erasedAt: NOW }, 1, "forbidden"],
  ])("by %s of %o with %i other administrators: %s", (role, changes, others, code) => {
    const erase = () =>
      eraseUser(user(changes), {
        caller: as(role),
        now: NOW,
        keys: [],
        codes: [],
        otherAdmins: others,
      });
    if (code === null) expect(erase).not.toThrow();
    else expect(erase).toThrow(expect.objectContaining({ code }));
  });
});
