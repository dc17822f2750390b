import { msg } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { type ServiceRequestSummary, STATUSES, type Status } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Move } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { NotFound } from "../../app/not-found.tsx";
import { useRememberedList } from "../../app/origin.ts";
import { usePageTitle } from "../../app/page-title.ts";
import { isStaff, useMe } from "../../app/session.tsx";
import { STATUS_WORDS } from "../../app/terms.ts";
import { capped } from "../../app/views.ts";
import { Keys } from "../../kit/key.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { BoardPresenceProvider, useBoardPresence } from "./board-presence.ts";
import { type BoardSearch, columnFilters } from "./board-search.ts";
import { Column } from "./column.tsx";
import { useFocusAlong } from "./use-focus-along.ts";
import { useMoves } from "./use-moves.tsx";

const route = getRouteApi("/board");

/** The requests by status, moved by hand or by keys where the domain allows it. */
export function BoardPage() {
  const me = useMe();
  return isStaff(me) ? <Board /> : <NotFound />;
}

function Board() {
  const { t, i18n } = useLingui();
  const search = route.useSearch();
  const shown = search.column ?? "NEW";
  const moves = useMoves();
  const [moving, setMoving] = useState<ServiceRequestSummary | undefined>();
  const byPointer = useRef(false);
  const counts = useQuery(
    queries.requests.counts(
      Object.fromEntries(
        STATUSES.map((status) => [status, columnFilters(status, search)]),
      ) as Record<Status, ReturnType<typeof columnFilters>>,
    ),
  );
  const [ids, setIds] = useState<Partial<Record<Status, readonly string[]>>>({});
  const onIds = useCallback(
    (status: Status, listed: readonly string[]) =>
      setIds((before) => ({ ...before, [status]: listed })),
    [],
  );
  // Column by column, as one reads them.
  const listed = STATUSES.flatMap((status) => ids[status] ?? []);
  const presence = useBoardPresence(listed);
  useRememberedList({
    to: "/board",
    search: whoseOf(search),
    title: msg`Board`,
    part: undefined,
    ids: listed,
    complete: false,
  });
  useFocusOn(search.row, ids);
  const board = useRef<HTMLDivElement>(null);
  const { followed, follow } = useFocusAlong(board, moving !== undefined || moves.isAsking);
  const onDrop = (request: ServiceRequestSummary, to: Status) => {
    if (!byPointer.current) follow(request, to);
    moves.drop(request, to);
  };
  usePageTitle(t`Board`);
  const { column } = search;
  const whose = (id: "own" | "all", label: string) => ({
    id,
    label,
    link: {
      to: "/board",
      search: {
        ...(id === "all" ? { whose: id } : {}),
        ...(column === undefined ? {} : { column }),
      } satisfies BoardSearch,
    } as const,
  });
  return (
    <>
      <Bar
        title={t`Board`}
        tabs={
          <Tabs
            label={t`Whose`}
            current={search.whose ?? "own"}
            tabs={[whose("own", t`Mine and unassigned`), whose("all", t`Everybody`)]}
          />
        }
        end={<LiveMark />}
      />
      <div className="h-10 shrink-0 border-b border-line px-4 tablet:hidden">
        <Tabs
          label={t`Columns`}
          current={shown}
          tabs={STATUSES.map((status) => ({
            id: status,
            label: i18n._(STATUS_WORDS[status]),
            count: capped(counts.data?.[status]),
            link: { to: "/board", search: { ...search, column: status } } as const,
          }))}
        />
      </div>
      {moving === undefined || byPointer.current ? null : <Moving id={moving.id} />}
      <div
        ref={board}
        onDragStartCapture={() => {
          byPointer.current = true;
        }}
        onKeyDownCapture={() => {
          byPointer.current = false;
        }}
        className="grid min-h-0 grow grid-rows-[minmax(0,1fr)] tablet:grid-cols-4"
      >
        <BoardPresenceProvider value={presence}>
          {STATUSES.map((status) => (
            <Column
              key={`${search.whose ?? "own"} ${status}`}
              status={status}
              search={search}
              count={capped(counts.data?.[status])}
              moves={moves}
              followed={followed}
              onDrop={onDrop}
              moving={moving}
              onMoving={setMoving}
              onIds={onIds}
              className={status === shown ? "flex" : "hidden tablet:flex"}
            />
          ))}
        </BoardPresenceProvider>
      </div>
      {moves.dialogs}
    </>
  );
}

/** What of the address holds when one comes back. */
function whoseOf({ whose, column }: BoardSearch): Omit<BoardSearch, "row"> {
  return { ...(whose === undefined ? {} : { whose }), ...(column === undefined ? {} : { column }) };
}

/** Puts the focus on the card that one comes back to, once its column is there. */
function useFocusOn(row: string | undefined, ids: Partial<Record<Status, readonly string[]>>) {
  const arrived = useRef<string>(undefined);
  useEffect(() => {
    if (row === undefined || arrived.current === row) return;
    const card = document.querySelector<HTMLElement>(`[role="row"][data-key="${CSS.escape(row)}"]`);
    if (card === null || !Object.values(ids).some((listed) => listed.includes(row))) return;
    arrived.current = row;
    card.focus({ preventScroll: true });
  }, [row, ids]);
}

/** How a card is moved by keys. */
function Moving({ id }: { id: string }) {
  return (
    <div
      role="status"
      className="flex min-h-8 shrink-0 flex-wrap items-center gap-2.5 border-b border-line bg-ground px-4 py-1 text-ink-2"
    >
      <Move aria-hidden="true" className="size-4" />
      <span>
        <Trans>
          <b>Moving {id}.</b> Tab chooses a column.
        </Trans>
      </span>
      <Keys keys="Tab" />
      <span className="flex items-center gap-1.5">
        <Trans>Drop</Trans> <Keys keys="Enter" />
      </span>
      <span className="flex items-center gap-1.5">
        <Trans>Put back</Trans> <Keys keys="Esc" />
      </span>
    </div>
  );
}
