import type { User } from "@serviceflow/sdk";
import { useQueries, useQuery } from "@tanstack/react-query";
import { queries, sf } from "../../app/client.ts";
import { type LongList, usePages } from "../../app/use-pages.ts";
import { isAddress, type PeopleSearch, peopleInput } from "./people-search.ts";

/** A person of the list. What a search by name does not tell follows in a moment. */
export type Listed = Pick<User, "id" | "fullName"> & Partial<User>;

/** The people of a view or a search. A search by name finds active people only. */
export function usePeople(search: PeopleSearch): LongList<Listed> {
  const byName = search.q !== undefined && !isAddress(search.q);
  const input = peopleInput(search);
  const list = usePages<Listed>({
    queryKey: [...queries.users.all(), "pages", input],
    list: (page, options) => sf.users.list({ ...input, ...page }, options),
    enabled: !byName,
  });
  const found = useQuery({
    ...queries.users.search({ q: search.q ?? "", limit: 20 }),
    enabled: byName,
  });
  const details = useQueries({
    queries: (found.data?.items ?? []).map(({ id }) => ({
      ...queries.users.get(id),
      enabled: byName,
    })),
  });
  if (!byName) return list;
  const rows = found.data?.items.map(
    ({ id, fullName }): Listed =>
      details.find(({ data }) => data?.id === id)?.data ?? { id, fullName },
  );
  return {
    ...list,
    rows,
    start: 0,
    count: rows?.length ?? 0,
    more: false,
    isLoadingMore: false,
    error: found.error,
    retry: () => void found.refetch(),
    show: () => {},
  };
}
