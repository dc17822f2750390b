import type { Page } from "@serviceflow/domain";
import type { CallOptions } from "../call-options.ts";
import type { PageInput, PageIterable } from "../page.ts";
import type { QueryKey } from "./keys.ts";

/** What `useQuery`, `fetchQuery` and a `QueryObserver` take. */
export interface QueryDefinition<Data> {
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal }) => Promise<Data>;
}

/** What `useInfiniteQuery`, `fetchInfiniteQuery` and an `InfiniteQueryObserver` take. */
export interface InfiniteQueryDefinition<Item> {
  queryKey: QueryKey;
  queryFn: (context: { signal: AbortSignal; pageParam: string | null }) => Promise<Page<Item>>;
  /** A page is asked for by the `nextCursor` of the one before, and the first by null. */
  initialPageParam: string | null;
  getNextPageParam: (lastPage: Page<Item>) => string | null;
}

/** A list as one page, and as all its pages one after the other. */
export interface ListQueries<Item, Input extends PageInput> {
  list(input?: Input): QueryDefinition<Page<Item>>;
  infinite(input?: Omit<Input, "cursor">): InfiniteQueryDefinition<Item>;
}

export function query<Data>(
  queryKey: QueryKey,
  read: (options: CallOptions) => Promise<Data>,
): QueryDefinition<Data> {
  return { queryKey, queryFn: ({ signal }) => read({ signal }) };
}

/** The questions for a list; pages that are kept one by one and those kept together have keys of their own. */
export function listQueries<Item, Input extends PageInput>(
  pageKey: QueryKey,
  infiniteKey: QueryKey,
  read: (input: Input, options: CallOptions) => PageIterable<Item>,
): ListQueries<Item, Input> {
  return {
    list: (input = {} as Input) =>
      query([...pageKey, input], (options) => read(input, options).page()),
    infinite: (input = {} as Input) => ({
      queryKey: [...infiniteKey, input],
      queryFn: ({ signal, pageParam }) =>
        read({ ...(input as Input), cursor: pageParam ?? undefined }, { signal }).page(),
      initialPageParam: null,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  };
}
