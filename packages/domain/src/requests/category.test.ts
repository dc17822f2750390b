import { describe, expect, it } from "vitest";
import { as } from "../rules/callers.fixture.ts";
import type { Role } from "../rules/roles.ts";
import {
  type Category,
  categoryName,
  createCategory,
  type UpdateCategoryInput,
  updateCategory,
} from "./category.ts";

const NOW = "2026-03-02T09:00:00.000Z";
const support: Category = {
  slug: "it",
  name: "IT support",
  names: {},
  description: "Computers",
  active: true,
  version: 3,
  createdAt: NOW,
};

const FACTS = { caller: as("ADMIN"), defaultCategory: "general" };

describe("creating a category", () => {
  it("makes an active one, and logs its fields", () => {
    expect(
      createCategory({ slug: "it", name: "IT support" }, { caller: as("ADMIN"), now: NOW }),
    ).toEqual({
      changed: true,
      next: { ...support, description: "", version: 1 },
      entries: [
        {
          action: "category.created",
          subject: { type: "category", id: "it" },
          changes: {
            name: { from: null, to: "IT support" },
            description: { from: null, to: "" },
            active: { from: null, to: true },
          },
          reason: null,
          internal: false,
        },
      ],
    });
  });
});

describe("updating a category", () => {
  it.each<[UpdateCategoryInput, Record<string, { from: unknown; to: unknown }>]>([
    [{ name: "IT" }, { name: { from: "IT support", to: "IT" } }],
    [{ description: "" }, { description: { from: "Computers", to: "" } }],
    [{ names: { ru: "ИТ" } }, { names: { from: null, to: { ru: "ИТ" } } }],
    [{ active: false, name: "IT support" }, { active: { from: true, to: false } }],
  ])("by %o logs what differs", (patch, changes) => {
    expect(updateCategory(support, patch, FACTS)).toMatchObject({
      changed: true,
      next: { ...support, ...patch, version: 4 },
      entries: [{ action: "category.updated", subject: { type: "category", id: "it" }, changes }],
    });
  });

  it.each<[UpdateCategoryInput]>([[{}], [{ name: "IT support", active: true }], [{ names: {} }]])(
    "by %o changes nothing",
    (patch) => {
      expect(updateCategory(support, patch, FACTS)).toEqual({
        changed: false,
        next: support,
      });
    },
  );
});

describe("names in other languages", () => {
  const named = { ...support, names: { fr: "Informatique", "zh-Hant": "資訊科", ru: "ИТ" } };

  it.each([
    ["fr", "Informatique"],
    ["fr-CA", "Informatique"],
    ["zh-Hant-TW", "資訊科"],
    ["zh-Hans", "IT support"],
    ["de", "IT support"],
    ["constructor", "IT support"],
    ["", "IT support"],
    [null, "IT support"],
  ])("for %j the name is %s", (locale, name) => {
    expect(categoryName(named, locale)).toBe(name);
  });

  it("are replaced, and equal in any order", () => {
    const { fr, ru } = named.names;
    expect(updateCategory(named, { names: { ru } }, FACTS)).toMatchObject({
      next: { names: { ru } },
      entries: [{ changes: { names: { from: named.names, to: { ru } } } }],
    });
    expect(updateCategory(named, { names: {} }, FACTS)).toMatchObject({
      entries: [{ changes: { names: { from: named.names, to: null } } }],
    });
    const same = { ru, "zh-Hant": "資訊科", fr };
    expect(updateCategory(named, { names: same }, FACTS).changed).toBe(false);
  });
});

describe("the default category", () => {
  const facts = { ...FACTS, defaultCategory: support.slug };
  const retired = { ...support, active: false };

  it("cannot be retired", () => {
    expect(() => updateCategory(support, { active: false }, facts)).toThrow(
      expect.objectContaining({ code: "category_is_default" }),
    );
  });

  it.each<[UpdateCategoryInput, Category]>([
    [{ name: "IT" }, support],
    [{ active: true }, support],
    [{ active: false, name: "IT" }, retired],
    [{ active: true }, retired],
  ])("can change otherwise: %o", (patch, before) => {
    expect(updateCategory(before, patch, facts).next).toMatchObject(patch);
  });
});

describe("managing categories", () => {
  it.each<Role>(["AGENT", "EMPLOYEE"])("is refused to %s", (role) => {
    const facts = { rule: `category.manage:${role}:never` };
    const refused = expect.objectContaining({ code: "forbidden", facts });
    expect(() =>
      createCategory({ slug: "hr", name: "HR" }, { caller: as(role), now: NOW }),
    ).toThrow(refused);
    expect(() => updateCategory(support, {}, { ...FACTS, caller: as(role) })).toThrow(refused);
  });
});
