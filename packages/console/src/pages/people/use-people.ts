import type { User } from "@serviceflow/sdk";
import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { queries } from "../../app/client.ts";
import { isAddress, type PeopleSearch, peopleInput } from "./people-search.ts";

/** A person of the list. What a search by name does not tell follows in a moment. */
export type Listed = Pick<User, "id" | "fullName"> & Partial<User>;

const PAGE = 100;

/** The people of a view or a search. A search by name finds active people only. */
export function usePeople(search: PeopleSearch) {
  const byName = search.q !== undefined && !isAddress(search.q);
  const list = useInfiniteQuery({
    ...queries.users.infinite({ ...peopleInput(search), limit: PAGE }),
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
  if (byName) {
    return {
      people: found.data?.items.map(
        ({ id, fullName }): Listed =>
          details.find(({ data }) => data?.id === id)?.data ?? { id, fullName },
      ),
      error: found.error,
      retry: () => void found.refetch(),
      more: false,
      isLoadingMore: false,
      loadMore: () => {},
    };
  }
  return {
    people: list.data?.pages.flatMap(({ items }): Listed[] => items),
    error: list.error,
    retry: () => void list.refetch(),
    more: list.hasNextPage,
    isLoadingMore: list.isFetchingNextPage,
    loadMore: () => void list.fetchNextPage(),
  };
}
