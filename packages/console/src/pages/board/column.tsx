import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary, Status } from "@serviceflow/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { GridList, useDragAndDrop } from "react-aria-components";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { STATUS_WORDS } from "../../app/terms.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { StatusGlyph } from "../../kit/glyphs.tsx";
import { Count } from "../../kit/tabs.tsx";
import { VirtualCollection } from "../../kit/virtual-collection.tsx";
import { type BoardSearch, CLOSED_DAYS, columnFilters } from "./board-search.ts";
import { Card } from "./card.tsx";
import { dragItem, dropType, ID_TYPE } from "./moves.ts";
import type { Moves } from "./use-moves.tsx";

const PAGE = 25;
/** In pixels, of a card whose title has one line. */
const CARD = 65;

/** The requests of one status. While a card moves, it says whether it may take it, and why not. */
export function Column({
  status,
  search,
  count,
  moves,
  followed,
  onDrop,
  moving,
  onMoving,
  onIds,
  className,
}: {
  status: Status;
  search: BoardSearch;
  count: string | undefined;
  moves: Moves;
  /** The card that the focus goes along with. */
  followed: string | undefined;
  onDrop: (request: ServiceRequestSummary, to: Status) => void;
  /** The card on its way; undefined: none. */
  moving: ServiceRequestSummary | undefined;
  onMoving: (request: ServiceRequestSummary | undefined) => void;
  /** Called with the requests that the column lists, whenever those change. */
  onIds: (status: Status, ids: readonly string[]) => void;
  className: string;
}) {
  const { t, i18n } = useLingui();
  const isClosed = status === "DONE" || status === "CANCELED";
  const list = useInfiniteQuery(
    queries.requests.infinite({
      ...columnFilters(status, search),
      ...(isClosed ? { sort: "updated" as const } : {}),
      limit: PAGE,
    }),
  );
  const items = useStill(
    list.data?.pages.flatMap((page) => page.items),
    moving !== undefined,
  );
  const listed = items?.map(({ id }) => id).join(" ") ?? "";
  useEffect(() => onIds(status, listed === "" ? [] : listed.split(" ")), [onIds, status, listed]);
  const of = (id: string) => items?.find((request) => request.id === id);
  const { dragAndDropHooks } = useDragAndDrop({
    ...(isClosed
      ? {}
      : {
          getItems: (keys: Iterable<string | number>) =>
            [...keys].flatMap((key) => {
              const request = of(String(key));
              return request === undefined ? [] : [dragItem(request)];
            }),
        }),
    getAllowedDropOperations: () => ["move"],
    acceptedDragTypes: [dropType(status)],
    // A browser stops a drag when the page moves under it at once.
    onDragStart: ({ keys }) => {
      const [key] = keys;
      requestAnimationFrame(() => onMoving(of(String(key))));
    },
    onDragEnd: () => onMoving(undefined),
    onRootDrop: async ({ items: dropped }) => {
      const [item] = dropped;
      if (item?.kind !== "text" || moving === undefined) return;
      if ((await item.getText(ID_TYPE)) === moving.id) onDrop(moving, status);
    },
  });
  const verdict =
    moving === undefined || moving.status === status ? undefined : moves.verdict(moving, status);
  const name = i18n._(STATUS_WORDS[status]);
  const onKeyDown = (event: KeyboardEvent) => {
    const { target } = event;
    if (event.key !== "Enter" || !(target instanceof HTMLElement)) return;
    if (target.getAttribute("role") === "row" && moving === undefined)
      target.querySelector("a")?.click();
  };
  return (
    <section
      aria-label={name}
      data-column={status}
      onKeyDown={onKeyDown}
      className={cx(
        "relative min-h-0 min-w-0 flex-col border-line not-last:border-r",
        verdict?.may === false && "bg-ground",
        className,
      )}
    >
      <header className="hidden h-9 shrink-0 items-center gap-2 border-b border-line px-3.5 tablet:flex">
        <StatusGlyph status={status} />
        <h2>{name}</h2>
        <Count value={count} />
      </header>
      {verdict === undefined ? null : (
        <p
          className={cx(
            "shrink-0 border-b border-line px-3.5 py-2 text-12",
            verdict.may ? "bg-accent-tint font-medium text-accent" : "text-ink-3",
          )}
        >
          {verdict.words}
        </p>
      )}
      {items === undefined ? (
        list.isError ? (
          <LoadFailure error={list.error} retry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading requests`} rows={8} />
        )
      ) : (
        <div data-scroll="" className="flex min-h-0 grow flex-col overflow-y-auto">
          <VirtualCollection name={name} height={CARD} here={followed ?? search.row}>
            <GridList
              aria-label={name}
              items={items}
              dependencies={[moves.held]}
              dragAndDropHooks={dragAndDropHooks}
              renderEmptyState={() => (
                <p className="px-3.5 py-3 text-12 text-ink-3">
                  <Trans>Nothing here.</Trans>
                </p>
              )}
              className={({ isDropTarget }) =>
                cx(
                  "min-h-24 shrink-0 grow outline-none",
                  verdict?.may === true &&
                    "outline-1 outline-offset-[-2px] outline-accent outline-dashed",
                  isDropTarget && "bg-accent-tint outline-2! outline-solid!",
                )
              }
            >
              {(request) => (
                <Card
                  request={request}
                  isHeld={moves.held.has(request.id)}
                  canDrag={!isClosed && !moves.held.has(request.id)}
                />
              )}
            </GridList>
          </VirtualCollection>
          {list.hasNextPage ? (
            <div className="px-3.5 py-3">
              <Button
                size="sm"
                isPending={list.isFetchingNextPage}
                onPress={() => void list.fetchNextPage()}
              >
                <Trans>Show more</Trans>
              </Button>
            </div>
          ) : isClosed ? (
            <p className="shrink-0 px-3.5 py-3 text-12 text-ink-3">
              <Trans>Closed requests stay here for {CLOSED_DAYS} days.</Trans>
            </p>
          ) : null}
        </div>
      )}
    </section>
  );
}

/** What is shown does not change while a card moves. */
function useStill<Value>(value: Value, isStill: boolean): Value {
  const last = useRef(value);
  if (!isStill) last.current = value;
  return isStill ? last.current : value;
}
