import type { LogVerification } from "@serviceflow/sdk";
import { skipToken, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { queries, queryClient, sf } from "../../app/client.ts";
import { type AuditSearch, auditInput } from "./audit-search.ts";

const PAGE = 100;

/**
 * The entries, newest first. Events load the first page again and none of the others, however many there are: what is sealed
 * does not change.
 */
export function useEntries(search: AuditSearch) {
  const input = { ...auditInput(search), limit: PAGE };
  const options = queries.audit.infinite(input);
  const pages = queryClient.getQueryData(options.queryKey)?.pages.length ?? 0;
  const isDeep = pages > 1;
  const list = useInfiniteQuery({ ...options, enabled: !isDeep });
  const newest = useQuery({ ...queries.audit.list(input), enabled: isDeep }).data?.items;
  const known = new Map((isDeep ? newest : undefined)?.map((entry) => [entry.id, entry]));
  const loaded = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const entries = loaded.map((entry) => (entry.sealed ? entry : (known.get(entry.id) ?? entry)));
  // Above what is loaded; where there are more than a page of them, the list begins again.
  const above = isDeep ? newest?.findIndex(({ id }) => id === loaded[0]?.id) : 0;
  const isApart = above === -1;
  return {
    list,
    entries: [...(isApart ? [] : (newest?.slice(0, above) ?? [])), ...entries],
    /** How many there are above those that are loaded; they are loaded again to be shown. */
    apart: isApart ? PAGE : 0,
    restart: () => queryClient.resetQueries({ queryKey: options.queryKey }),
  };
}

/** How far the log is sealed: events refresh it with the entries. */
export function useSealState() {
  return useQuery(queries.audit.sealState());
}

/** How the server is asked to check. */
export interface ServerCheck {
  /** Whether to compare the tables with the log as well. */
  state: boolean;
  /** `position:hash` that the chain must contain. */
  anchor?: string;
}

// Outside the keys that events make stale: the check reads the whole log, and is made only when it is asked for.
const CHECK_KEY = ["log-verification"];

export type CheckedLog = LogVerification & {
  checkedAt: string;
  /** What the chain was asked to contain. */
  anchor?: string;
};

/** The last check of the log by the server, while the page lives. */
export function useServerCheck() {
  return useQuery<CheckedLog>({
    queryKey: CHECK_KEY,
    queryFn: skipToken,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
}

/** Asks the server to check its log. What comes of it is in `useServerCheck`. */
export function checkOnServer(input: ServerCheck): void {
  const queryFn = async ({ signal }: { signal: AbortSignal }): Promise<CheckedLog> => ({
    ...(await sf.audit.verify(input, { signal })),
    checkedAt: new Date().toISOString(),
    ...(input.anchor === undefined ? {} : { anchor: input.anchor }),
  });
  const options = { queryKey: CHECK_KEY, queryFn, staleTime: 0, gcTime: Number.POSITIVE_INFINITY };
  // An error is the query’s.
  queryClient.fetchQuery(options).catch(() => {});
}

export function stopCheckOnServer(): void {
  void queryClient.cancelQueries({ queryKey: CHECK_KEY });
}
