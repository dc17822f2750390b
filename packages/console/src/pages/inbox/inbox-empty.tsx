import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { RequestCount } from "@serviceflow/sdk";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queries } from "../../app/client.ts";
import { capped, VIEWS } from "../../app/views.ts";
import { Empty } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import {
  CHOSEN,
  type ChangeSearch,
  type Chosen,
  type InboxSearch,
  NONE_CHOSEN,
  relaxations,
} from "./inbox-search.ts";

/** Why the list is empty, and the way out. */
export function InboxEmpty({ search, change }: { search: InboxSearch; change: ChangeSearch }) {
  const { t } = useLingui();
  const counts = useQuery(queries.requests.counts(VIEWS));
  const { view = "unassigned", q } = search;
  if (CHOSEN.some((filter) => search[filter] !== undefined)) {
    return <EmptyFiltered search={search} change={change} />;
  }
  if (q !== undefined) {
    return (
      <Empty
        title={t`Nothing found for “${q}”.`}
        acts={
          <>
            {view === "all" ? null : (
              <Button onPress={() => change({ view: "all" })}>
                <Trans>Search all requests</Trans>
              </Button>
            )}
            <Button kind="quiet" onPress={() => change({ q: undefined })}>
              <Trans>Clear the search</Trans>
            </Button>
          </>
        }
      >
        <Trans>The search looks for whole words, the last one by its beginning.</Trans>
      </Empty>
    );
  }
  const show = (to: InboxSearch["view"], label: ReactNode) => (
    <Button onPress={() => change({ view: to })}>{label}</Button>
  );
  switch (view) {
    case "unassigned": {
      const mine = counts.data?.mine.count ?? 0;
      return (
        <Empty
          title={t`Every request has an owner.`}
          acts={mine === 0 ? null : show("mine", t`Show mine`)}
        >
          {mine === 0 ? null : (
            <Plural value={mine} one="# of them is yours." other="# of them are yours." />
          )}{" "}
          <Trans>New ones appear here as they are filed.</Trans>
        </Empty>
      );
    }
    case "mine": {
      const unassigned = counts.data?.unassigned;
      const free = capped(unassigned);
      return (
        <Empty
          title={t`You have no open requests.`}
          acts={unassigned?.count === 0 ? null : show("unassigned", t`Show unassigned`)}
        >
          {unassigned === undefined || unassigned.count === 0 ? (
            <Trans>What you claim appears here.</Trans>
          ) : (
            <Trans>Unassigned: {free}.</Trans>
          )}
        </Empty>
      );
    }
    case "open":
      return (
        <Empty title={t`All requests are closed.`}>
          <Trans>New ones appear here as they are filed.</Trans>
        </Empty>
      );
    default:
      return (
        <Empty title={t`No requests yet.`}>
          <Trans>New ones appear here as they are filed.</Trans>
        </Empty>
      );
  }
}

/** Names the filter that hides the most. */
function EmptyFiltered({ search, change }: { search: InboxSearch; change: ChangeSearch }) {
  const { t } = useLingui();
  const without = relaxations(search);
  const counts = useQuery({
    ...queries.requests.counts(without),
    enabled: Object.keys(without).length > 0,
  });
  const known = Object.entries(counts.data ?? {}) as [Chosen, RequestCount][];
  const [best] = known
    .filter(([, { count }]) => count > 0)
    .sort(([, a], [, b]) => b.count - a.count);
  const words = useRelaxationWords();
  const clear = (
    <Button kind={best === undefined ? "plain" : "quiet"} onPress={() => change(NONE_CHOSEN)}>
      <Trans>Clear all</Trans>
    </Button>
  );
  if (best === undefined) {
    return (
      <Empty title={t`No requests with these filters.`} acts={clear}>
        {known.length > 1 ? (
          <Trans>Removing one of them is not enough.</Trans>
        ) : (
          <Trans>Remove a filter to see more.</Trans>
        )}
      </Empty>
    );
  }
  const [filter, count] = best;
  const { without: sentence, remove } = words(filter, capped(count) ?? "");
  return (
    <Empty
      title={t`No requests with these filters.`}
      acts={
        <>
          <Button onPress={() => change({ [filter]: undefined })}>{remove}</Button>
          {clear}
        </>
      }
    >
      {sentence}
    </Empty>
  );
}

function useRelaxationWords() {
  const { t } = useLingui();
  return (filter: Chosen, count: string): { without: string; remove: string } =>
    ({
      status: {
        without: t`Without the status filter there are ${count}.`,
        remove: t`Remove status`,
      },
      priority: {
        without: t`Without the priority filter there are ${count}.`,
        remove: t`Remove priority`,
      },
      category: {
        without: t`Without the category filter there are ${count}.`,
        remove: t`Remove category`,
      },
      days: { without: t`Filed at any time there are ${count}.`, remove: t`Remove dates` },
      unread: {
        without: t`With those you have read there are ${count}.`,
        remove: t`Show read ones`,
      },
    })[filter];
}
