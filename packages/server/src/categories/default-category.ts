import type { Logger } from "pino";
import type { Database } from "../db/database.ts";
import { findCategories } from "./store.ts";

/** The server cannot start: its default category does not exist. */
export class NoDefaultCategory extends Error {
  override readonly name = "NoDefaultCategory";

  constructor(slug: string) {
    super(
      `DEFAULT_CATEGORY is ${slug}, but there is no such category. Start with a category that exists, create ${slug}, and then set DEFAULT_CATEGORY on every server.`,
    );
  }
}

/** Whether the default category can be used; `missing` when it does not exist. */
export async function stateOfDefaultCategory(
  db: Database,
  slug: string,
): Promise<"active" | "retired" | "missing"> {
  const category = (await findCategories(db, [slug])).get(slug);
  if (!category) return "missing";
  return category.active ? "active" : "retired";
}

/**
 * Requires that the default category exists. One that is retired is only a warning: requests have to name their category
 * then, and everything else works.
 * @throws NoDefaultCategory
 */
export async function requireDefaultCategory(
  db: Database,
  slug: string,
  log: Logger,
): Promise<void> {
  const state = await stateOfDefaultCategory(db, slug);
  if (state === "missing") throw new NoDefaultCategory(slug);
  if (state === "retired") {
    log.warn(
      { category: slug },
      "the default category is retired: requests that name no category are refused; activate it, or set another DEFAULT_CATEGORY",
    );
  }
}
