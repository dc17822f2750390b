import { useCategories } from "../app/use-categories.ts";

/** A category in the reader's language. */
export function CategoryName({ slug }: { slug: string }) {
  return useCategories().nameOf(slug);
}
