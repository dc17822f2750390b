import { DomainError } from "../error.ts";
import { draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision, unchanged } from "../rules/decision.ts";
import { requireRole } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";

export interface Category {
  /** Lower-case letters, digits and hyphens; permanent. */
  slug: string;
  name: string;
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
  description?: string | undefined;
}

export interface UpdateCategoryInput {
  name?: string | undefined;
  description?: string | undefined;
  active?: boolean | undefined;
}

export interface ListCategoriesInput {
  active?: boolean | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** @throws DomainError `forbidden` */
export function createCategory(
  input: CreateCategoryInput,
  { caller, now }: { caller: Caller; now: string },
): Decision<Category> {
  requireRole("category.manage", caller);
  const category: Category = {
    slug: input.slug,
    name: input.name,
    description: input.description ?? "",
    active: true,
    version: 1,
    createdAt: now,
  };
  const entry = { id: category.slug, before: null, after: category };
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
    description: patch.description ?? category.description,
    active: patch.active ?? category.active,
  };
  const entry = draftEntry("category.updated", {
    id: category.slug,
    before: category,
    after: next,
  });
  if (Object.keys(entry.changes).length === 0) return unchanged(category);
  return changed({ ...next, version: category.version + 1 }, entry);
}
