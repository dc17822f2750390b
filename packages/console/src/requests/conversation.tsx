import { Trans, useLingui } from "@lingui/react/macro";
import type { HistoryEntry, Page, ServiceRequest } from "@serviceflow/sdk";
import { type InfiniteData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { queries, queryClient, sf } from "../app/client.ts";
import { LoadFailure } from "../app/failure.tsx";
import { firstName } from "../app/person-name.ts";
import { useMe } from "../app/session.tsx";
import { SkeletonRows } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { SinceKnot, Thread } from "../kit/thread.tsx";
import { Time } from "../kit/time.tsx";
import { firstNew, newSince } from "./read-since.ts";
import { descriptionOf, turnsOf } from "./thread.ts";
import { TurnKnot } from "./turn.tsx";

const PAGE = 50;

/** Brings something into view when it appears for the first time. */
function showOnce(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "center" });
}

/** What was said and what happened, in one line of time: the latest part, and what came before on demand. */
export function Conversation({
  request,
  startAtNew = false,
}: {
  request: ServiceRequest;
  /** Whether one begins to read at what is new. */
  startAtNew?: boolean;
}) {
  const { t } = useLingui();
  const me = useMe();
  const history = useHistory(request.id);
  const requester = firstName(request.requester) ?? t`the requester`;
  const { entries } = history;
  const since = useNewSince(request, entries);
  const { list, keepPlace } = useKeptPlace(entries?.length ?? 0);
  if (entries === undefined) {
    return history.isError ? (
      <LoadFailure error={history.error} retry={() => void history.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading the conversation`} rows={6} />
    );
  }
  const turns = turnsOf(entries);
  const firstUnread = firstNew(turns, since, me.id);
  return (
    <div ref={list}>
      <Thread label={t`Conversation`}>
        <TurnKnot turn={descriptionOf(request)} request={request} requester={requester} />
        {history.hasNextPage ? (
          <li className="relative pb-4 pl-8 before:absolute before:inset-y-0 before:left-[9.5px] before:border-l before:border-dashed before:border-line-strong">
            <Button
              size="sm"
              isPending={history.isFetchingNextPage}
              onPress={() => {
                keepPlace();
                void history.fetchNextPage();
              }}
            >
              <Trans>Show what came before</Trans>
            </Button>
          </li>
        ) : null}
        {turns.flatMap((turn) => [
          ...(turn.id === firstUnread && since !== undefined
            ? [
                <SinceKnot key="since" ref={startAtNew ? showOnce : undefined}>
                  <Trans>
                    New since <Time iso={since} form="clock" />
                  </Trans>
                </SinceKnot>,
              ]
            : []),
          <TurnKnot key={turn.id} turn={turn} request={request} requester={requester} />,
        ])}
      </Thread>
    </div>
  );
}

/**
 * The history as far as it was loaded, newest first. Where that is more than its latest part, events load that part again
 * and none of the others: what is in the log does not change.
 */
function useHistory(id: string) {
  // Below the key of the history, so that events make it stale.
  const key = queries.requests.history(id).queryKey;
  const queryKey = [...key, "pages"];
  const held = queryClient.getQueryData<InfiniteData<Page<HistoryEntry>>>(queryKey);
  const isDeep = (held?.pages.length ?? 0) > 1;
  const list = useInfiniteQuery({
    queryKey,
    enabled: !isDeep,
    queryFn: async ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | null }) =>
      sf.requests.history(
        id,
        pageParam === null ? { limit: PAGE } : { limit: PAGE, cursor: pageParam },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const { data: latest } = useQuery({
    queryKey: [...key, "latest"],
    queryFn: async ({ signal }) => sf.requests.history(id, { limit: PAGE }, { signal }),
    enabled: isDeep,
  });
  const loaded = list.data?.pages.flatMap(({ items }) => items);
  const { refetch } = list;
  const isApart =
    isDeep && latest !== undefined && !latest.items.some((one) => one.id === loaded?.[0]?.id);
  useEffect(() => {
    if (isApart) void refetch();
  }, [isApart, refetch]);
  const known = new Map(isDeep ? latest?.items.map((entry) => [entry.id, entry]) : []);
  const old = new Set(loaded?.map((entry) => entry.id));
  const entries = loaded && [
    ...[...known.values()].filter((entry) => !old.has(entry.id)),
    ...loaded.map((entry) => (entry.sealed ? entry : (known.get(entry.id) ?? entry))),
  ];
  return { ...list, entries };
}

/** From when on a request is new to the person, as it was when they came to it or when something came. */
function useNewSince(
  { id, unread, readUpTo }: ServiceRequest,
  entries: Parameters<typeof newSince>[1] | undefined,
): string | undefined {
  const me = useMe();
  const [state, setState] = useState<{ id: string; since: string | undefined } | undefined>();
  if (state?.id === id) return state.since;
  if (unread !== true || entries === undefined) return undefined;
  const since = newSince(readUpTo, entries, me.id);
  setState({ id, since });
  return since;
}

/** Keeps what one reads where it is when something is put in above it. */
function useKeptPlace(length: number) {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef<number | undefined>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the list has grown
  useLayoutEffect(() => {
    const scroll = list.current?.closest("[data-scroll]");
    if (before.current === undefined || scroll === null || scroll === undefined) return;
    scroll.scrollTop += scroll.scrollHeight - before.current;
    before.current = undefined;
  }, [length]);
  return {
    list,
    keepPlace: () => {
      before.current = list.current?.closest("[data-scroll]")?.scrollHeight;
    },
  };
}
