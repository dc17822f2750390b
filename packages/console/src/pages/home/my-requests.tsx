import { Trans, useLingui } from "@lingui/react/macro";
import type { ListRequestsInput, ServiceRequestSummary } from "@serviceflow/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ComponentProps, ReactNode } from "react";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { type Origin, useRememberedList } from "../../app/origin.ts";
import { SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { usePhone, useVirtualRows } from "../../kit/virtual-rows.ts";
import { Progress } from "../../requests/progress.tsx";
import { hasReply, useStory } from "../../requests/story.tsx";

type ListOrigin = Pick<Origin, "title" | "part" | "search">;

/** Requests of one's own, those with the latest activity first, a page at a time. */
export function MyRequests({
  label,
  filter,
  origin,
  onlyFirst = false,
  empty,
}: {
  label: string;
  filter: ListRequestsInput;
  /** Of the list that one goes on in from a request. */
  origin?: ListOrigin;
  /** No more than the first page. */
  onlyFirst?: boolean;
  empty: ReactNode;
}) {
  const { t } = useLingui();
  const list = useInfiniteQuery(queries.requests.infinite({ ...filter, sort: "activity" }));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.data === undefined) {
    return list.isError ? (
      <LoadFailure error={list.error} retry={() => void list.refetch()} />
    ) : (
      <SkeletonRows label={t`Loading requests`} rows={4} />
    );
  }
  if (items.length === 0) return empty;
  return (
    <>
      {origin === undefined ? null : (
        <Remember
          {...origin}
          to="/home"
          ids={items.map(({ id }) => id)}
          complete={!list.hasNextPage}
        />
      )}
      {onlyFirst ? (
        <ul aria-label={label}>
          {items.map((request) => (
            <MyRequest key={request.id} request={request} />
          ))}
        </ul>
      ) : (
        <Rows label={label} items={items} more={list.hasNextPage} />
      )}
      {list.hasNextPage && !onlyFirst ? (
        <div className="pt-3">
          <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </>
  );
}

function Remember(list: Origin) {
  useRememberedList(list);
  return null;
}

/** Of a list of any length, only the requests in sight are in the page. */
function Rows({
  label,
  items,
  more,
}: {
  label: string;
  items: readonly ServiceRequestSummary[];
  more: boolean;
}) {
  const isPhone = usePhone();
  const virtual = useVirtualRows<HTMLUListElement>({
    name: label,
    count: items.length,
    height: isPhone ? 104 : 68,
  });
  return (
    <ul
      ref={virtual.list}
      aria-label={label}
      onFocus={virtual.onFocus}
      className="flow-root"
      style={{ paddingBottom: virtual.rest }}
    >
      {virtual.items.map(({ index, gap }) => {
        const request = items[index];
        return request === undefined ? null : (
          <MyRequest
            key={request.id}
            request={request}
            ref={virtual.measure}
            data-index={index}
            aria-posinset={index + 1}
            aria-setsize={more ? -1 : items.length}
            style={{ marginTop: gap }}
          />
        );
      })}
    </ul>
  );
}

function MyRequest({
  request,
  ...place
}: Omit<ComponentProps<"li">, "className"> & { request: ServiceRequestSummary }) {
  const story = useStory();
  const { id, title, unread } = request;
  return (
    <li
      {...place}
      className="relative grid grid-cols-[minmax(0,1fr)] gap-x-5 gap-y-1.25 border-b border-line py-3.25 hover:bg-hover tablet:gap-y-0.75 split:grid-cols-[minmax(0,1fr)_206px]"
    >
      <h3 className="flex min-w-0 flex-wrap items-baseline gap-x-2 text-14">
        <Link
          to="/requests/$id"
          params={{ id }}
          className={cx(
            "wrap-anywhere after:absolute after:inset-0",
            unread ? "font-semibold" : "font-medium",
          )}
        >
          {title}
        </Link>
        {unread ? (
          <span className="text-12 font-medium whitespace-nowrap text-accent before:mr-1.5 before:inline-block before:size-1.5 before:rounded-full before:bg-accent before:align-[1px]">
            {hasReply(request) ? <Trans>New reply</Trans> : <Trans>Something new</Trans>}
          </span>
        ) : null}
      </h3>
      <span className="max-split:-ml-4 split:justify-self-end split:pt-1">
        <Progress request={request} />
      </span>
      <p className="text-pretty text-ink-2">{story(request)}</p>
      <span className="hidden pr-2 text-right text-12 text-ink-3 split:block">{id}</span>
    </li>
  );
}
