import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import { as } from "../rules/callers.fixture.ts";
import type { Role } from "../rules/roles.ts";
import {
  bootstrapAdmin,
  changeRole,
  createUser,
  type UpdateUserInput,
  type User,
  updateUser,
} from "./user.ts";

const NOW = "2026-03-02T09:00:00.000Z";
const GRACE = { fullName: "Grace Hopper", email: "grace@example.com" };

function user(changes: Partial<User> = {}): User {
  return {
    ...GRACE,
    id: "usr_grace",
    role: "EMPLOYEE",
    kind: "HUMAN",
    active: true,
    locale: null,
    timeZone: null,
    erasedAt: null,
    version: 3,
    createdAt: NOW,
    ...changes,
  };
}

function entry(action: string, changes: Record<string, { from: unknown; to: unknown }>) {
  return {
    action,
    subject: { type: "user", id: "usr_grace" },
    changes,
    reason: null,
    internal: false,
  };
}

describe("creating a user", () => {
  it("makes an active HUMAN EMPLOYEE by default, and logs every field that is set", () => {
    expect(createUser(GRACE, { caller: as("ADMIN"), id: "usr_grace", now: NOW })).toEqual({
      changed: true,
      next: user({ version: 1 }),
      entries: [
        entry("user.created", {
          email: { from: null, to: "grace@example.com" },
          fullName: { from: null, to: "Grace Hopper" },
          role: { from: null, to: "EMPLOYEE" },
          kind: { from: null, to: "HUMAN" },
          active: { from: null, to: true },
        }),
      ],
    });
  });

  it("takes the role and the kind that are given", () => {
    const input = { ...GRACE, role: "AGENT", kind: "BOT" } as const;
    const { next } = createUser(input, { caller: as("ADMIN"), id: "usr_grace", now: NOW });
    expect(next).toMatchObject({ role: "AGENT", kind: "BOT" });
  });
});

describe("the first administrator", () => {
  it("is an ADMIN, regardless of the role in the input", () => {
    const decision = bootstrapAdmin(
      { ...GRACE, role: "EMPLOYEE" },
      { adminExists: false, id: "usr_grace", now: NOW },
    );
    expect(decision).toMatchObject({
      changed: true,
      next: { role: "ADMIN", active: true, version: 1 },
      entries: [{ action: "user.bootstrapped", changes: { role: { from: null, to: "ADMIN" } } }],
    });
  });

  it("is made only once", () => {
    expect(() => bootstrapAdmin(GRACE, { adminExists: true, id: "usr_grace", now: NOW })).toThrow(
      expect.objectContaining({ code: "bootstrap_closed" }),
    );
  });
});

describe("updating a user", () => {
  it.each<[UpdateUserInput, Record<string, { from: unknown; to: unknown }>]>([
    [
      { fullName: "Grace M. Hopper" },
      { fullName: { from: "Grace Hopper", to: "Grace M. Hopper" } },
    ],
    [{ email: "g@example.com" }, { email: { from: "grace@example.com", to: "g@example.com" } }],
    [{ active: false }, { active: { from: true, to: false } }],
    [
      { locale: "de-AT", timeZone: "Europe/Vienna" },
      {
        locale: { from: null, to: "de-AT" },
        timeZone: { from: null, to: "Europe/Vienna" },
      },
    ],
  ])("by %o logs what differs", (patch, changes) => {
    expect(updateUser(user(), patch, { caller: as("ADMIN"), otherAdmins: 1 })).toEqual({
      changed: true,
      next: user({ ...patch, version: 4 } as Partial<User>),
      entries: [entry("user.updated", changes)],
    });
  });

  it.each<[UpdateUserInput]>([
    [{}],
    [{ ...GRACE, active: true }],
    [{ email: undefined, locale: null }],
  ])("by %o changes nothing", (patch) => {
    expect(updateUser(user(), patch, { caller: as("ADMIN"), otherAdmins: 1 })).toEqual({
      changed: false,
      next: user(),
    });
  });

  it("removes a locale, and keeps one that is not named", () => {
    const set = user({ locale: "de-AT", timeZone: "Europe/Vienna" });
    const { next } = updateUser(set, { locale: null }, { caller: as("ADMIN"), otherAdmins: 1 });
    expect(next).toMatchObject({ locale: null, timeZone: "Europe/Vienna" });
  });

  it.each<Role>(["ADMIN", "AGENT", "EMPLOYEE"])("lets %s set their own locale", (role) => {
    const themselves = user({ id: as(role).id, role });
    const facts = { caller: as(role), otherAdmins: 1 };
    expect(updateUser(themselves, { timeZone: "UTC" }, facts).next.timeZone).toBe("UTC");
    const decide = () => updateUser(themselves, { timeZone: "UTC", fullName: "Me" }, facts);
    if (role === "ADMIN") expect(decide).not.toThrow();
    else expect(decide).toThrow(expect.objectContaining({ code: "forbidden" }));
  });

  it("wakes an inactive one", () => {
    const { next } = updateUser(
      user({ active: false }),
      { active: true },
      { caller: as("ADMIN"), otherAdmins: 1 },
    );
    expect(next).toMatchObject({ active: true, version: 4 });
  });
});

describe("changing a role", () => {
  it("logs the role before and after", () => {
    expect(changeRole(user(), { role: "AGENT" }, { caller: as("ADMIN"), otherAdmins: 1 })).toEqual({
      changed: true,
      next: user({ role: "AGENT", version: 4 }),
      entries: [entry("user.role_changed", { role: { from: "EMPLOYEE", to: "AGENT" } })],
    });
  });

  it("to the same one changes nothing", () => {
    expect(
      changeRole(user(), { role: "EMPLOYEE" }, { caller: as("ADMIN"), otherAdmins: 1 }),
    ).toEqual({
      changed: false,
      next: user(),
    });
    const last = user({ role: "ADMIN" });
    expect(changeRole(last, { role: "ADMIN" }, { caller: as("ADMIN"), otherAdmins: 0 })).toEqual({
      changed: false,
      next: last,
    });
  });
});

describe("the last active administrator", () => {
  const deactivate = (one: User, others: number) =>
    updateUser(one, { active: false }, { caller: as("ADMIN"), otherAdmins: others });
  const demote = (one: User, others: number) =>
    changeRole(one, { role: "AGENT" }, { caller: as("ADMIN"), otherAdmins: others });

  it.each<[string, Partial<User>, number, ErrorCode | null]>([
    ["the only one", { role: "ADMIN" }, 0, "last_admin"],
    ["one of two", { role: "ADMIN" }, 1, null],
    ["an inactive one", { role: "ADMIN", active: false }, 0, null],
    ["an agent", { role: "AGENT" }, 0, null],
  ])("must stay: %s", (_, changes, others, code) => {
    for (const end of [deactivate, demote]) {
      if (code) {
        expect(() => end(user(changes), others)).toThrow(expect.objectContaining({ code }));
      } else expect(() => end(user(changes), others)).not.toThrow();
    }
  });

  it("may change their name", () => {
    const { next } = updateUser(
      user({ role: "ADMIN" }),
      { fullName: "G. H." },
      { caller: as("ADMIN"), otherAdmins: 0 },
    );
    expect(next.fullName).toBe("G. H.");
  });
});

describe("managing users", () => {
  it.each<Role>(["AGENT", "EMPLOYEE"])("is refused to %s, themselves included", (role) => {
    const themselves = user({ id: "usr_me", role });
    const facts = { rule: `user.manage:${role}:never` };
    const refused = expect.objectContaining({ code: "forbidden", facts });
    const decided = { caller: as(role), otherAdmins: 1 };
    expect(() => updateUser(user(), { locale: "de" }, decided)).toThrow(refused);
    expect(() => createUser(GRACE, { caller: as(role), id: "usr_new", now: NOW })).toThrow(refused);
    expect(() => updateUser(themselves, { email: "g@example.com" }, decided)).toThrow(refused);
    expect(() =>
      changeRole(themselves, { role: "ADMIN" }, { caller: as(role), otherAdmins: 1 }),
    ).toThrow(refused);
  });
});

describe("a user who was erased", () => {
  const erased = user({ erasedAt: NOW, active: false });
  it.each<[string, () => unknown]>([
    ["change", () => updateUser(erased, { active: true }, { caller: as("ADMIN"), otherAdmins: 1 })],
    [
      "get another role",
      () => changeRole(erased, { role: "ADMIN" }, { caller: as("ADMIN"), otherAdmins: 1 }),
    ],
  ])("can not %s", (_, command) => {
    expect(command).toThrow(expect.objectContaining({ code: "user_erased" }));
  });
});
