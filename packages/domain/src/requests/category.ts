import { DomainError } from "../error.ts";
import { draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";

export interface Category {
  /** Lower-case letters, digits and hyphens; permanent. */
  slug: string;
  name: string;
  /** Names in other languages by BCP 47 tag: `{ ru: "ИТ" }`. Where a language has none, `name` is shown. */
  names: Record<string, string>;
  description: string;
  /** New requests cannot use an inactive category. */
  active: boolean;
  /** Increases by one with each change; the ETag begins with it. */
  version: number;
  createdAt: string;
}

export interface CreateCategoryInput {
  slug: string;
  name: string;
  /** Names in other languages by BCP 47 tag. */
  names?: Record<string, string> | undefined;
  description?: string | undefined;
}

export interface UpdateCategoryInput {
  name?: string | undefined;
  /** Replaces all names in other languages. */
  names?: Record<string, string> | undefined;
  description?: string | undefined;
  active?: boolean | undefined;
}

export interface ListCategoriesInput {
  active?: boolean | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** The name of a category for a language: in the longest tag that the locale begins with, else its `name`. */
export function categoryName(
  { name, names }: Pick<Category, "name"> & Partial<Pick<Category, "names">>,
  locale: string | null,
): string {
  for (let tag = locale ?? ""; tag !== ""; tag = tag.slice(0, Math.max(tag.lastIndexOf("-"), 0))) {
    if (names && Object.hasOwn(names, tag)) return names[tag] ?? name;
  }
  return name;
}

/** A category as its entries record it: without names in other languages as before there were any. */
function auditView(category: Category): object {
  return { ...category, names: loggedNames(category.names) };
}

/** Names in other languages as the log holds them; null: none. */
export function loggedNames(names: Record<string, string>): Record<string, string> | null {
  return Object.keys(names).length === 0 ? null : names;
}

export const CATEGORY_DEFAULTS = { names: {}, description: "" } as const;

/** @throws DomainError `forbidden` */
export function createCategory(
  input: CreateCategoryInput,
  { caller, now }: { caller: Caller; now: string },
): Decision<Category> {
  requireRole("category.manage", caller);
  const category: Category = {
    slug: input.slug,
    name: input.name,
    names: input.names ?? CATEGORY_DEFAULTS.names,
    description: input.description ?? CATEGORY_DEFAULTS.description,
    active: true,
    version: 1,
    createdAt: now,
  };
  const entry = { id: category.slug, before: null, after: auditView(category) };
  return changed(category, draftEntry("category.created", entry));
}

/**
 * @param facts.defaultCategory slug of the category of requests that name none
 * @throws DomainError `forbidden`, `category_is_default`
 */
export function updateCategory(
  category: Category,
  patch: UpdateCategoryInput,
  { caller, defaultCategory }: { caller: Caller; defaultCategory: string },
): Decision<Category> {
  requireRole("category.manage", caller);
  if (patch.active === false && category.active && category.slug === defaultCategory) {
    throw new DomainError(
      "category_is_default",
      `Requests that name no category fall into ${category.slug}. Configure another DEFAULT_CATEGORY on every server first.`,
    );
  }
  const next: Category = {
    ...category,
    name: patch.name ?? category.name,
    names: patch.names ?? category.names,
    description: patch.description ?? category.description,
    active: patch.active ?? category.active,
  };
  const entry = draftEntry("category.updated", {
    id: category.slug,
    before: auditView(category),
    after: auditView(next),
  });
  if (Object.keys(entry.changes).length === 0) return unchanged(category);
  return changed({ ...next, version: category.version + 1 }, entry);
}
