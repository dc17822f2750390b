import { Trans, useLingui } from "@lingui/react/macro";
import type { ServiceRequestSummary } from "@serviceflow/sdk";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { queries } from "../../app/client.ts";
import { LoadFailure } from "../../app/failure.tsx";
import { Empty, SkeletonRows } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { toast } from "../../kit/toast.tsx";
import { RequestForm } from "../../requests/request-form.tsx";
import { Progress } from "./progress.tsx";
import { useStory } from "./story.ts";

const PAGE = 20;

/** An employee's page: ask at the left, what became of it at the right. */
export function HomePage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  return (
    <div className="mx-auto grid w-full max-w-310 grow tablet:grid-cols-[minmax(0,440px)_minmax(0,1fr)]">
      <section
        aria-labelledby="ask"
        className="order-2 grid content-start gap-4 border-line px-4 py-8 tablet:order-1 tablet:border-r tablet:pr-8 tablet:pl-6"
      >
        <h1 id="ask" className="text-28 tracking-[-.012em]">
          <Trans>What do you need?</Trans>
        </h1>
        <RequestForm
          onFiled={({ id }) =>
            toast(t`${id} is filed.`, {
              label: t`Open`,
              onPress: () => void navigate({ to: "/requests/$id", params: { id } }),
            })
          }
        />
      </section>
      <section
        aria-label={t`My requests`}
        className="order-1 min-w-0 px-4 py-8 tablet:order-2 tablet:pr-6 tablet:pl-8"
      >
        <MyRequests
          title={<Trans>My requests</Trans>}
          filter={{ status: ["NEW", "IN_PROGRESS"] }}
          empty={
            <Empty title={t`You have no open requests.`}>
              <Trans>What you file appears here, with everything that happens to it.</Trans>
            </Empty>
          }
        />
        <MyRequests
          title={<Trans>Recently closed</Trans>}
          filter={{ status: ["DONE", "CANCELED"] }}
          empty={null}
        />
      </section>
    </div>
  );
}

function MyRequests({
  title,
  filter,
  empty,
}: {
  title: ReactNode;
  filter: { status: ServiceRequestSummary["status"][] };
  empty: ReactNode;
}) {
  const { t } = useLingui();
  const list = useInfiniteQuery(
    queries.requests.infinite({ ...filter, requester: "me", sort: "activity", limit: PAGE }),
  );
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.data !== undefined && items.length === 0 && empty === null) return null;
  return (
    <div className="pb-8">
      <h2 className="flex h-8.5 items-baseline border-b border-line text-16">{title}</h2>
      {list.data === undefined ? (
        list.isError ? (
          <LoadFailure error={list.error} retry={() => void list.refetch()} />
        ) : (
          <SkeletonRows label={t`Loading requests`} rows={4} />
        )
      ) : items.length === 0 ? (
        empty
      ) : (
        <ul>
          {items.map((request) => (
            <MyRequest key={request.id} request={request} />
          ))}
        </ul>
      )}
      {list.hasNextPage ? (
        <div className="pt-3">
          <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      ) : null}
    </div>
  );
}

function MyRequest({ request }: { request: ServiceRequestSummary }) {
  const story = useStory();
  const { id, title, unread } = request;
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)] gap-x-5 gap-y-0.75 border-b border-line py-3.25 hover:bg-hover tablet:grid-cols-[minmax(0,1fr)_206px]">
      <h3 className="flex min-w-0 items-baseline gap-2 text-14">
        <Link
          to="/requests/$id"
          params={{ id }}
          className={cx("after:absolute after:inset-0", unread ? "font-semibold" : "font-medium")}
        >
          {title}
        </Link>
        {unread ? (
          <span className="text-12 font-medium whitespace-nowrap text-accent before:mr-1.5 before:inline-block before:size-1.5 before:rounded-full before:bg-accent before:align-[1px]">
            <Trans>News</Trans>
          </span>
        ) : null}
      </h3>
      <span className="tablet:justify-self-end">
        <Progress request={request} />
      </span>
      <p className="text-ink-2">{story(request)}</p>
      <span className="text-12 text-ink-3 tablet:pr-2 tablet:text-right">{id}</span>
    </li>
  );
}
