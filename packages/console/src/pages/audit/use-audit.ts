import type { LogVerification } from "@serviceflow/sdk";
import { skipToken, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { queries, queryClient, sf } from "../../app/client.ts";
import { type AuditSearch, auditInput } from "./audit-search.ts";

const PAGE = 100;

/** The entries, newest first. */
export function useEntries(search: AuditSearch) {
  return useInfiniteQuery(queries.audit.infinite({ ...auditInput(search), limit: PAGE }));
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
