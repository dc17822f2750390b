import {
  type Category,
  DomainError,
  type ListCategoriesInput,
  type Page,
} from "@serviceflow/domain";
import { sql } from "drizzle-orm";
import type { Load, Write } from "../commands/change.ts";
import type { Database } from "../db/database.ts";
import { limitOf, readTextCursor, textCursor, toPage } from "../db/page.ts";
import { statement } from "../db/statement.ts";

const p = sql.placeholder;

export interface CategoryRow extends Omit<Category, "createdAt"> {
  createdAt: Date;
}

const COLUMNS = sql`slug, name, description, active, version, created_at as "createdAt"`;

const list = statement(
  "categories",
  sql`
    select ${COLUMNS} from categories
    where (${p("active")}::boolean is null or active = ${p("active")}::boolean)
      and (${p("after")}::text is null or slug > ${p("after")}::text)
    order by slug limit ${p("limit")}::int`,
);

/** Categories in the order of their slugs. */
export async function listCategories(
  db: Database,
  input: ListCategoriesInput,
): Promise<Page<Category>> {
  const limit = limitOf(input);
  const rows = await db.query<CategoryRow>(list, {
    active: input.active ?? null,
    after: readTextCursor(input.cursor, /^[a-z0-9-]+$/),
    limit: limit + 1,
  });
  return toPage(rows, limit, toCategory, (row) => textCursor(row.slug));
}

const bySlugs = statement(
  "categories_by_slugs",
  sql`select ${COLUMNS} from categories where slug = any(${p("slugs")}::text[])`,
);

/** Categories by their slugs. */
export async function findCategories(
  db: Database,
  slugs: readonly string[],
): Promise<Map<string, Category>> {
  if (slugs.length === 0) return new Map();
  const rows = await db.query<CategoryRow>(bySlugs, { slugs });
  return new Map(rows.map((row) => [row.slug, toCategory(row)]));
}

export const loadCategory: Load = {
  name: "category",
  query: sql`select ${COLUMNS} from categories where slug = ${p("slug")}`,
};

/** @throws DomainError `not_found` for what can be no slug: the database would fail on some of it */
export function requireSlug(id: string): string {
  if (!/^[a-z0-9-]{1,50}$/.test(id)) throw noSuchCategory();
  return id;
}

/** @throws DomainError `not_found` */
export function requireCategoryRow(row: CategoryRow | null): Category {
  if (!row) throw noSuchCategory();
  return toCategory(row);
}

function noSuchCategory(): DomainError {
  return new DomainError("not_found", "There is no such category.");
}

function toCategory(row: CategoryRow): Category {
  const { slug, name, description, active, version, createdAt } = row;
  return { slug, name, description, active, version, createdAt: createdAt.toISOString() };
}

const insert: Write = {
  name: "category_insert",
  ctes: sql`changed as (
    insert into categories (slug, name, description, active, version, created_at)
    values (${p("slug")}, ${p("name")}, ${p("description")}, ${p("active")}, 1, ${p("createdAt")})
    on conflict (slug) do nothing
    returning slug)`,
};

export function insertCategory(next: Category) {
  const { slug, name, description, active, createdAt } = next;
  return {
    write: insert,
    requestUuid: null,
    values: { slug, name, description, active, createdAt },
  };
}

const update: Write = {
  name: "category_update",
  ctes: sql`changed as (
    update categories set name = ${p("name")}, description = ${p("description")}, active = ${p("active")},
      version = version + 1
    where slug = ${p("slug")} and version = ${p("version")}
    returning slug)`,
};

export function updateCategoryRow(next: Category) {
  const { slug, name, description, active, version } = next;
  return {
    write: update,
    requestUuid: null,
    values: { slug, name, description, active, version: version - 1 },
  };
}
