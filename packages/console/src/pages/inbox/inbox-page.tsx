import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { capped, VIEWS } from "../../app/views.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Keys } from "../../kit/key.tsx";
import { Search } from "../../kit/search.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { RequestPreview } from "../request/request-preview.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { Filters } from "./filters.tsx";
import { InboxEmpty } from "./inbox-empty.tsx";
import { type InboxSearch, listInput } from "./inbox-search.ts";
import { RequestList } from "./request-list.tsx";
import { useSelection } from "./selection.ts";
import { useShownRows } from "./shown-rows.ts";

const route = getRouteApi("/inbox");
const PAGE = 50;

/** The requests of others: a list that keeps its place, and beside it the one that one is on. */
export function InboxPage() {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/inbox" });
  const view = search.view ?? "unassigned";
  const input = listInput(search);
  const counts = useQuery(queries.requests.counts(VIEWS));
  const list = useInfiniteQuery(queries.requests.infinite({ ...input, limit: PAGE }));
  const listKey = JSON.stringify(input);
  const { rows, waiting, showWaiting } = useShownRows<ServiceRequestSummary>(
    listKey,
    list.data?.pages.flatMap(({ items }) => items),
  );
  const selection = useSelection(listKey);
  const searchField = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState(search.q ?? "");

  const change = (next: Partial<Record<keyof InboxSearch, unknown>>) =>
    navigate({ search: (before) => ({ ...before, ...next }) as InboxSearch });
  const goTo = (id: string) => navigate({ search: { ...search, row: id }, replace: true });
  const index = rows.findIndex(({ id }) => id === search.row);
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next !== undefined) void goTo(next.id);
  };
  const open = (id: string) => navigate({ to: "/requests/$id", params: { id } });
  const current = rows[index];

  useShortcuts([
    { keys: "KeyJ", label: t`Next request`, run: () => move(1) },
    { keys: "KeyK", label: t`Previous request`, run: () => move(-1) },
    { keys: "KeyO", label: t`Open the request`, run: () => current && void open(current.id) },
    {
      keys: "KeyX",
      label: t`Select the request`,
      run: () => current && selection.toggle(current.id),
    },
    {
      keys: "Shift+KeyJ",
      label: t`Select on downwards`,
      run: () => {
        if (current) selection.add(current.id);
        const next = rows[index + 1];
        if (next) selection.add(next.id);
        move(1);
      },
    },
    {
      keys: "Shift+KeyK",
      label: t`Select on upwards`,
      run: () => {
        if (current) selection.add(current.id);
        const next = rows[index - 1];
        if (next) selection.add(next.id);
        move(-1);
      },
    },
    { keys: "Slash", label: t`Search requests`, run: () => searchField.current?.focus() },
    { keys: "Period", label: t`Show new requests`, run: showWaiting },
  ]);

  const viewTab = (id: keyof typeof VIEWS, label: string) => ({
    id,
    label,
    count: capped(counts.data?.[id]),
    link: { to: "/inbox", search: { view: id } } as const,
  });

  return (
    <>
      <Bar
        title={t`Inbox`}
        tabs={
          <Tabs
            label={t`Views`}
            current={view}
            tabs={[
              viewTab("unassigned", t`Unassigned`),
              viewTab("mine", t`Mine`),
              viewTab("open", t`All open`),
            ]}
          />
        }
        end={
          <>
            <LiveMark />
            <Search
              placeholder={t`Search requests`}
              keys="/"
              className="w-36 tablet:w-52"
              inputRef={searchField}
              value={words}
              onChange={setWords}
              onSubmit={(q) => void change({ q: q.trim() === "" ? undefined : q, view: "all" })}
              onClear={() => void change({ q: undefined })}
            />
          </>
        }
      />
      <Filters search={search} change={change} />
      <div className="grid min-h-0 grow split:grid-cols-[minmax(400px,52fr)_minmax(0,48fr)]">
        <section
          aria-label={t`Requests`}
          className="@container flex min-h-0 flex-col border-line split:border-r"
        >
          {waiting > 0 ? (
            <button
              type="button"
              onClick={showWaiting}
              className="flex h-7 w-full shrink-0 items-center justify-center gap-2 border-b border-line bg-ground text-12 font-medium text-accent hover:bg-hover"
            >
              <Trans>New requests: {waiting}</Trans>
              <Keys keys="." />
            </button>
          ) : null}
          {list.isError && rows.length === 0 ? (
            <LoadFailure error={list.error} retry={() => void list.refetch()} />
          ) : list.data === undefined ? (
            <SkeletonRows label={t`Loading requests`} />
          ) : rows.length === 0 ? (
            <InboxEmpty search={search} mine={counts.data?.mine} change={change} />
          ) : (
            <RequestList
              key={listKey}
              label={t`Requests`}
              rows={rows}
              here={search.row}
              selection={selection}
              onMove={move}
              onGoTo={(id) => void goTo(id)}
              onOpen={(id) => void open(id)}
              onEnd={() => {
                if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
              }}
              isLoadingMore={list.isFetchingNextPage}
            />
          )}
          <BulkBar selection={selection} rows={rows} />
        </section>
        <section aria-label={t`Preview`} className="@container hidden min-h-0 min-w-0 split:block">
          {search.row === undefined ? null : (
            <RequestPreview
              key={search.row}
              id={search.row}
              onOpen={() => void open(search.row as string)}
              onNext={() => move(1)}
            />
          )}
        </section>
      </div>
    </>
  );
}
