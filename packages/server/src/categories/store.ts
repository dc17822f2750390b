import {
  type Category,
  DomainError,
  type ListCategoriesInput,
  type Page,
} from "@serviceflow/domain";
import { authority, authorized } from "../access/authority.ts";
import { load } from "../commands/load.ts";
import { type Write, write } from "../commands/write.ts";
import type { Database, Reads } from "../db/database.ts";
import { limitOf, readTextCursor, textCursor, toPage } from "../db/page.ts";
import { categories } from "../db/schema.ts";
import { columns, name, p, type Row, sql, value } from "../db/sql.ts";
import { statement } from "../db/statement.ts";
import { insertFrom, params, update, type Values, type WrittenBy } from "../db/write.ts";

const CATEGORY = {
  slug: categories.slug,
  name: categories.name,
  names: categories.names,
  description: categories.description,
  active: categories.active,
  version: categories.version,
  createdAt: categories.createdAt,
};
type CategoryRow = Row<typeof CATEGORY>;

const active = p("active", "boolean?");
const after = p("after", "text?");

const list = statement(
  "categories",
  sql`
    select ${columns(CATEGORY)} from ${categories}
    where (${active} is null or ${categories.active} = ${active})
      and (${after} is null or ${categories.slug} > ${after})
    order by ${categories.slug} limit ${p("limit", "int")}`,
);

/** Categories in the order of their slugs. */
export async function listCategories(
  db: Database,
  input: ListCategoriesInput,
): Promise<Page<Category>> {
  const limit = limitOf(input);
  const rows = await db.query(list, {
    active: input.active ?? null,
    after: readTextCursor(input.cursor, /^[a-z0-9-]+$/),
    limit: limit + 1,
  });
  return toPage(rows, limit, toCategory, (row) => textCursor(row.slug));
}

const bySlugs = statement(
  "categories_by_slugs",
  sql`
    select ${columns(CATEGORY)} from ${categories}
    where ${categories.slug} = any(${p("slugs", "text[]")})`,
);

/** Categories by their slugs. */
export async function findCategories(
  db: Reads,
  slugs: readonly string[],
): Promise<Map<string, Category>> {
  if (slugs.length === 0) return new Map();
  const rows = await db.query(bySlugs, { slugs });
  return new Map(rows.map((row) => [row.slug, toCategory(row)]));
}

const slug = p("slug", categories.slug);

const loadBySlug = load(
  "category",
  sql`select ${columns(CATEGORY)} from ${categories} where ${categories.slug} = ${p("slug", "text?")}`,
  noSuchCategory,
);

export function loadCategory(id: string) {
  // The database fails on some of what cannot be a slug.
  return loadBySlug({ slug: /^[a-z0-9-]{1,50}$/.test(id) ? id : null });
}

/** Whether there is a category with a slug. */
export const loadSlug = load(
  "category_slug",
  sql`select ${columns({
    isTaken: value(
      "boolean",
      sql`exists (select 1 from ${categories} where ${categories.slug} = ${slug})`,
    ),
  })}`,
);

function noSuchCategory(): DomainError {
  return new DomainError("not_found", "There is no such category.");
}

export function toCategory(row: CategoryRow): Category {
  const { slug, name, names, description, active, version, createdAt } = row;
  return { slug, name, names, description, active, version, createdAt: createdAt };
}

const WRITTEN_BY = {
  slug: [],
  name: ["update"],
  names: ["update"],
  description: ["update"],
  active: ["update"],
  version: ["update"],
  createdAt: [],
} as const satisfies WrittenBy<typeof categories, "update">;

function valuesOf(next: Category): Values<typeof categories> {
  const { slug, name, names, description, active, version, createdAt } = next;
  return { slug, name, names: JSON.stringify(names), description, active, version, createdAt };
}

const insert = write(
  "category_insert",
  sql`changed as (
    ${insertFrom(categories, params(categories), authority)}
    on conflict (${name(categories.slug)}) do nothing returning ${categories.slug})`,
);

export function insertCategory(next: Category): Write {
  return insert(valuesOf(next));
}

const updateUnchanged = write(
  "category_update",
  sql`changed as (
    ${update(categories, WRITTEN_BY, "update")}
    where ${categories.slug} = ${slug} and ${categories.version} = ${p("version", categories.version)} - 1
      and ${authorized}
    returning ${categories.slug})`,
);

/** Writes a category, if its version is still the one before `next`. */
export function updateCategoryRow(next: Category): Write {
  return updateUnchanged(valuesOf(next));
}
