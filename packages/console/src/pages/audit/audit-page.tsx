import { Trans, useLingui } from "@lingui/react/macro";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Download, ShieldCheck } from "lucide-react";
import { useRef, useState } from "react";
import { Bar } from "../../app/bar.tsx";
import { LiveMark } from "../../app/connection.tsx";
import { LoadFailure } from "../../app/failure.tsx";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { Keys } from "../../kit/key.tsx";
import { AdminOnly } from "../admin/admin-only.tsx";
import { RestOf, WorkRegion } from "../admin/work-region.tsx";
import { AuditFilters } from "./audit-filters.tsx";
import { type AuditSearch, auditInput } from "./audit-search.ts";
import { EntryDetail } from "./entry-detail.tsx";
import { EntryRows } from "./entry-rows.tsx";
import { ExportDialog } from "./export-dialog.tsx";
import { SealPanel } from "./seal-panel.tsx";
import { settled } from "./settled.ts";
import { useEntries, useSealState } from "./use-audit.ts";

const route = getRouteApi("/audit");

/** Everything that happened, on one thread, and whether it holds. */
export function AuditPage() {
  return (
    <AdminOnly>
      <Audit />
    </AdminOnly>
  );
}

function Audit() {
  const { t } = useLingui();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/audit" });
  const [exporting, setExporting] = useState(false);
  const [sealOpen, setSealOpen] = useState(false);
  const { list, entries, apart, restart } = useEntries(search);
  const head = useSealState().data?.head ?? null;
  const listKey = JSON.stringify(auditInput(search));
  const [top, setTop] = useState<{ list: string; id: string }>();
  const { start } = list;
  const topId = top?.list === listKey ? top.id : undefined;
  // How many are held back at the top, also where the top is not held any more.
  const hidden = useRef(0);
  const { rows, waiting: above } =
    start === 0 ? settled(entries ?? [], topId) : { rows: entries ?? [], waiting: hidden.current };
  hidden.current = above;
  const waiting = above + apart;
  const uppermost = start === 0 ? rows[0]?.id : undefined;
  if (uppermost !== undefined && (top?.list !== listKey || top.id !== uppermost)) {
    setTop({ list: listKey, id: uppermost });
  }
  const [isRestarted, setRestarted] = useState(false);
  const showWaiting = () => {
    if (apart > 0 || start > 0) {
      setTop(undefined);
      setRestarted(true);
      void restart();
      return;
    }
    const newest = entries?.[0];
    if (newest !== undefined) setTop({ list: listKey, id: newest.id });
  };
  const index = rows.findIndex(({ id }) => id === search.entry);
  // What is open stays open, however far one scrolls.
  const opened = useRef(rows[index]);
  if (index !== -1) opened.current = rows[index];
  const current = opened.current?.id === search.entry ? opened.current : undefined;
  const change = (next: Partial<Record<keyof AuditSearch, unknown>>) => {
    const { entry: _, ...others } = search;
    void navigate({ search: { ...others, ...next } as AuditSearch });
  };
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next !== undefined) void navigate({ search: { ...search, entry: next.id }, replace: true });
  };
  useShortcuts([
    { keys: "KeyJ", label: t`Next entry`, run: () => move(1) },
    { keys: "KeyK", label: t`Previous entry`, run: () => move(-1) },
    { keys: "Period", label: t`Show new entries`, run: showWaiting },
  ]);
  const isFiltered = Object.keys(auditInput(search)).length > 0;
  return (
    <>
      <Bar
        title={t`Audit log`}
        end={
          <>
            <LiveMark />
            <Button
              className="split:hidden"
              aria-label={t`Seal and verification`}
              onPress={() => setSealOpen(!sealOpen)}
            >
              <ShieldCheck aria-hidden="true" className="size-4" />
            </Button>
            <Button aria-label={t`Export…`} onPress={() => setExporting(true)}>
              <Download aria-hidden="true" className="size-4" />
              <span className="hidden tablet:inline">{t`Export…`}</span>
            </Button>
          </>
        }
      />
      <AuditFilters search={search} change={change} />
      <div className="grid min-h-0 grow grid-rows-[minmax(0,1fr)] split:grid-cols-[minmax(0,1fr)_312px] wide:grid-cols-[minmax(0,1fr)_420px]">
        <div
          className={cx(
            "flex min-h-0 min-w-0 flex-col split:flex",
            (current !== undefined || sealOpen) && "hidden",
          )}
        >
          {waiting > 0 ? (
            <button
              type="button"
              onClick={showWaiting}
              className="flex h-7 w-full shrink-0 items-center justify-center gap-2 border-b border-line bg-ground text-12 font-medium text-accent hover:bg-hover"
            >
              <Trans>New entries: {waiting}</Trans>
              <Keys keys="." />
            </button>
          ) : null}
          <WorkRegion label={t`Entries`}>
            {entries === undefined ? (
              list.error === null ? (
                <SkeletonRows label={t`Loading entries`} />
              ) : (
                <LoadFailure error={list.error} retry={list.retry} />
              )
            ) : list.count === 0 ? (
              <Empty
                title={isFiltered ? t`No entries with these filters.` : t`The log is empty.`}
                {...(isFiltered
                  ? {
                      acts: (
                        <Button onPress={() => void navigate({ search: {} })}>
                          <Trans>Clear all</Trans>
                        </Button>
                      ),
                    }
                  : {})}
              />
            ) : (
              <>
                {search.entry !== undefined && current === undefined ? (
                  <p role="status" className="border-b border-line px-4 py-1.5 text-12 text-ink-2">
                    {t`The entry of this address is not among those loaded yet.`}
                  </p>
                ) : null}
                <EntryRows
                  key={listKey}
                  list={list}
                  entries={rows}
                  start={start === 0 ? 0 : start - above}
                  count={list.count - above}
                  fromTop={isRestarted}
                  here={search.entry}
                  search={search}
                  head={head}
                />
                <RestOf list={list} />
              </>
            )}
          </WorkRegion>
        </div>
        <aside
          aria-label={current === undefined ? t`Seal and verification` : t`Entry`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
          tabIndex={0}
          className={cx(
            "min-h-0 min-w-0 overflow-auto border-line focus-visible:outline-offset-[-2px] split:block split:border-l",
            current === undefined && !sealOpen && "hidden",
          )}
        >
          {current === undefined ? null : <EntryDetail entry={current} search={search} />}
          <div className={cx(current !== undefined && "hidden")}>
            <SealPanel />
          </div>
        </aside>
      </div>
      {exporting ? <ExportDialog onClose={() => setExporting(false)} /> : null}
    </>
  );
}
