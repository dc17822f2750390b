import { msg } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { type RefObject, useCallback, useEffect, useRef } from "react";
import { LoadFailure, useFailureText } from "../../app/failure.tsx";
import { useRememberedList } from "../../app/origin.ts";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Banner, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { Keys } from "../../kit/key.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { InboxEmpty } from "./inbox-empty.tsx";
import { useInboxRows } from "./inbox-rows.ts";
import { type ChangeSearch, type InboxSearch, listInput } from "./inbox-search.ts";
import { RequestList, type RequestListHandle } from "./request-list.tsx";
import { useSelection } from "./selection.ts";

const VIEW_WORDS = { unassigned: msg`Unassigned`, mine: msg`Mine`, open: msg`All open` };

/** The list with what waits above it and what is done with many below it. */
export function InboxList({
  search,
  change,
  moveRef,
}: {
  search: InboxSearch;
  change: ChangeSearch;
  /** Where the preview finds the way to the next request. */
  moveRef: RefObject<(by: number) => void>;
}) {
  const { t } = useLingui();
  const navigate = useNavigate({ from: "/inbox" });
  const failureText = useFailureText();
  const input = listInput(search);
  const listKey = JSON.stringify(input);
  // An entry of the history keeps its index while the row in its address changes.
  const entry = useRouterState({ select: ({ location }) => location.state.__TSR_index });
  const place = `${entry} ${listKey}`;
  const list = useInboxRows(input, place, search.row);
  const { rows, waiting } = list;
  const selection = useSelection(listKey);
  const grid = useRef<RequestListHandle>(null);
  const { view = "unassigned" } = search;
  useRememberedList({
    to: "/inbox",
    search: { ...search },
    title: msg`Inbox`,
    part: view === "all" ? undefined : VIEW_WORDS[view],
    ids: rows.map(({ id }) => id),
    complete: list.isLoaded && !list.hasMore,
  });

  const goTo = useCallback(
    (row: string | undefined) => {
      grid.current?.focus();
      // The router would put the list back to where it was scrolled before.
      const stay = { replace: true, resetScroll: false };
      void navigate({ search: (before) => ({ ...before, row }) as InboxSearch, ...stay });
    },
    [navigate],
  );
  const open = useCallback(
    (id: string) => void navigate({ to: "/requests/$id", params: { id } }),
    [navigate],
  );
  const index = rows.findIndex(({ id }) => id === search.row);
  const current = rows[index];
  const move = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next !== undefined && next !== current) goTo(next.id);
  };
  const extend = (by: 1 | -1) => {
    const next = rows[index + by];
    selection.add([current, next].flatMap((row) => (row === undefined ? [] : [row.id])));
    move(by);
  };
  const showWaiting = () => {
    list.showWaiting();
    grid.current?.toTop();
    grid.current?.focus();
  };
  useEffect(() => {
    moveRef.current = move;
  });
  // Someone who comes back to a row goes on from there.
  const cameBack = useRef(search.row !== undefined);
  const isShown = rows.length > 0;
  useEffect(() => {
    if (!isShown || !cameBack.current) return;
    cameBack.current = false;
    grid.current?.focus();
  }, [isShown]);

  useShortcuts([
    { keys: "KeyJ", label: t`Next request`, run: () => move(1), repeats: true },
    { keys: "KeyK", label: t`Previous request`, run: () => move(-1), repeats: true },
    { keys: "Shift+KeyJ", label: t`Select on downwards`, run: () => extend(1), repeats: true },
    { keys: "Shift+KeyK", label: t`Select on upwards`, run: () => extend(-1), repeats: true },
    { keys: "KeyO", label: t`Open the request`, run: () => current && open(current.id) },
    {
      keys: "KeyX",
      label: t`Select the request`,
      run: () => current && selection.toggle(current.id),
    },
    { keys: "Period", label: t`Show new requests`, run: showWaiting },
    ...(search.row === undefined
      ? []
      : [{ keys: "Escape", label: t`Close the preview`, run: () => goTo(undefined) }]),
  ]);

  return (
    <section
      aria-label={t`Requests`}
      className="@container flex min-h-0 flex-col border-line split:border-r"
    >
      {waiting > 0 && isShown ? (
        <button
          type="button"
          onClick={showWaiting}
          className="flex h-7 w-full shrink-0 items-center justify-center gap-2 border-b border-line bg-ground text-12 font-medium text-accent hover:bg-hover focus-visible:outline-offset-[-2px] pointer-coarse:h-11"
        >
          <Plural value={waiting} one="# new request" other="# new requests" />
          <Keys keys="." />
        </button>
      ) : null}
      {list.error !== null && isShown ? (
        <Failed text={failureText(list.error)} retry={list.retry} />
      ) : list.moreError === null ? null : (
        <Failed text={failureText(list.moreError)} retry={list.retryMore} />
      )}
      {isShown ? (
        <RequestList
          key={place}
          ref={grid}
          label={t`Requests`}
          place={place}
          rows={rows}
          here={search.row}
          selection={selection}
          byActivity={search.sort === "activity"}
          onMove={move}
          onExtend={extend}
          onGoTo={goTo}
          onOpen={open}
          onEnd={list.loadMore}
          hasMore={list.hasMore}
          isLoadingMore={list.isLoadingMore}
        />
      ) : list.isLoaded ? (
        <InboxEmpty search={search} change={change} />
      ) : list.error === null ? (
        <SkeletonRows label={t`Loading requests`} />
      ) : (
        <LoadFailure title={t`The list didn’t load.`} error={list.error} retry={list.retry} />
      )}
      <BulkBar selection={selection} rows={rows} />
    </section>
  );
}

function Failed({ text, retry }: { text: string; retry: () => void }) {
  return (
    <Banner
      kind="bad"
      act={
        <Button size="sm" onPress={retry}>
          <Trans>Try again</Trans>
        </Button>
      }
    >
      <Trans>The list may be out of date.</Trans> {text}
    </Banner>
  );
}
