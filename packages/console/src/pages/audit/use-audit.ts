import type { AuditEntry, LogVerification, Page } from "@serviceflow/sdk";
import { type InfiniteData, skipToken, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { queries, queryClient, sf } from "../../app/client.ts";
import { type PageStart, usePages } from "../../app/use-pages.ts";
import { type AuditSearch, auditInput } from "./audit-search.ts";

const PAGE = 100;

/**
 * The entries, newest first. Where one has scrolled on, events load the first page again and none of the others: what is
 * sealed does not change.
 */
export function useEntries(search: AuditSearch) {
  const input = auditInput(search);
  const queryKey = [...queries.audit.all(), "pages", input];
  const held = queryClient.getQueryData<InfiniteData<Page<AuditEntry>, PageStart>>(queryKey);
  const isDeep = (held?.pages.length ?? 0) > 1 || (held?.pageParams[0]?.index ?? 0) > 0;
  const list = usePages<AuditEntry>({
    queryKey,
    list: (page, options) => sf.audit.list({ ...input, ...page }, options),
    enabled: !isDeep,
  });
  const newest = useQuery({
    ...queries.audit.list({ ...input, limit: PAGE }),
    enabled: isDeep,
  }).data?.items;
  const known = new Map((isDeep ? newest : undefined)?.map((entry) => [entry.id, entry]));
  const entries = list.rows?.map((entry) =>
    entry.sealed ? entry : (known.get(entry.id) ?? entry),
  );
  const name = JSON.stringify(queryKey);
  const first = useRef<{ name: string; id: string | undefined }>(undefined);
  if (list.start === 0 || first.current?.name !== name) {
    first.current = { name, id: list.start === 0 ? list.rows?.[0]?.id : undefined };
  }
  const firstId = first.current.id;
  const above = isDeep && firstId !== undefined ? newest?.findIndex(({ id }) => id === firstId) : 0;
  return {
    list,
    entries,
    /** How many there are above those that are loaded; the list begins again to show them. */
    apart: above === -1 ? PAGE : (above ?? 0),
    restart: () => queryClient.resetQueries({ queryKey }),
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
