import { useLingui } from "@lingui/react";
import { type Category, categoryName } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { queries, sf } from "./client.ts";

const NONE: readonly Category[] = [];

/** The query of all categories, those that are archived as well. */
export const allCategories = {
  queryKey: [...queries.categories.all(), "every"],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    const every: Category[] = [];
    for await (const category of sf.categories.list({}, { signal })) every.push(category);
    return every;
  },
};

/** All categories, those that are archived as well, and their names in the reader’s language. */
export function useCategories(): {
  categories: readonly Category[];
  nameOf: (slug: string) => string;
} {
  const { i18n } = useLingui();
  const { data: categories = NONE } = useQuery(allCategories);
  const nameOf = useMemo(() => {
    const names = new Map(categories.map((one) => [one.slug, categoryName(one, i18n.locale)]));
    return (slug: string) => names.get(slug) ?? slug;
  }, [categories, i18n.locale]);
  return { categories, nameOf };
}
