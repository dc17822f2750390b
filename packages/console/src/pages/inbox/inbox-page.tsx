import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { lazy, memo, Suspense, useCallback, useRef } from "react";
import { Bar } from "../../app/bar.tsx";
import { queries } from "../../app/client.ts";
import { LiveMark } from "../../app/connection.tsx";
import { loadPart } from "../../app/load-part.ts";
import { isStaff, useMe } from "../../app/session.tsx";
import { capped, VIEWS } from "../../app/views.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Tabs } from "../../kit/tabs.tsx";
import { Filters } from "./filters.tsx";
import { InboxList } from "./inbox-list.tsx";
import type { ChangeSearch, InboxSearch } from "./inbox-search.ts";
import { SearchField } from "./search-field.tsx";

const route = getRouteApi("/inbox");

/** The requests of others: a list that keeps its place, and beside it the one that one is on. */
export function InboxPage() {
  return isStaff(useMe()) ? <Inbox /> : <Navigate to="/home" replace />;
}

function Inbox() {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/inbox" });
  const change = useCallback<ChangeSearch>(
    (next) =>
      void navigate({
        search: (before) => ({ ...before, row: undefined, ...next }) as InboxSearch,
      }),
    [navigate],
  );
  const { row } = search;
  const move = useRef<(by: number) => void>(() => {});
  const onNext = useCallback(() => move.current(1), []);
  const onOpen = useCallback(() => {
    if (row !== undefined) void navigate({ to: "/requests/$id", params: { id: row } });
  }, [navigate, row]);
  return (
    <>
      <Bar
        title={t`Inbox`}
        tabs={<Views search={search} />}
        end={
          <>
            <LiveMark />
            <SearchField q={search.q} onChange={(q) => change({ q })} />
          </>
        }
      />
      <Filters search={search} change={change} />
      <div className="group grid min-h-0 grow grid-rows-[minmax(0,1fr)] split:grid-cols-[minmax(400px,52fr)_minmax(0,48fr)] wide:grid-cols-[minmax(640px,1fr)_minmax(0,1164px)]">
        <InboxList search={search} change={change} moveRef={move} />
        <section aria-label={t`Preview`} className="@container hidden min-h-0 min-w-0 split:block">
          {row === undefined ? (
            <p className="hidden px-6 py-8 text-14 text-ink-3 group-has-[[role=row]]:block">
              <Trans>Choose a request to read it here.</Trans>
            </p>
          ) : (
            <Suspense fallback={<SkeletonRows label={t`Loading ${row}`} rows={8} />}>
              <Preview key={row} id={row} onOpen={onOpen} onNext={onNext} />
            </Suspense>
          )}
        </section>
      </div>
    </>
  );
}

const LazyPreview = lazy(async () => ({
  default: (await loadPart(() => import("../request/request-preview.tsx"))).RequestPreview,
}));

/** What one writes there is not rendered again when the list changes. */
const Preview = memo(LazyPreview);

function Views({ search }: { search: InboxSearch }) {
  const { t } = useLingui();
  const counts = useQuery(queries.requests.counts(VIEWS));
  const { view = "unassigned", row: _, ...filters } = search;
  const tab = (id: NonNullable<InboxSearch["view"]>, label: string) => ({
    id,
    label,
    count: id === "all" ? undefined : capped(counts.data?.[id]),
    link: { to: "/inbox", search: { ...filters, view: id } } as const,
  });
  return (
    <Tabs
      label={t`Views`}
      current={view}
      tabs={[
        tab("unassigned", t`Unassigned`),
        tab("mine", t`Mine`),
        tab("open", t`All open`),
        ...(view === "all" || search.q !== undefined ? [tab("all", t`Closed too`)] : []),
      ]}
    />
  );
}
