import { useLingui } from "@lingui/react/macro";
import { categoryName } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../app/client.ts";

/** A category in the reader's language. */
export function CategoryName({ slug }: { slug: string }) {
  const { i18n } = useLingui();
  const categories = useQuery(queries.categories.list());
  const found = categories.data?.items.find((one) => one.slug === slug);
  return found === undefined ? slug : categoryName(found, i18n.locale);
}
