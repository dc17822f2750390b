import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { RequestCount } from "@serviceflow/sdk";
import { Empty } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import type { InboxSearch } from "./inbox-search.ts";

const FILTERS = ["status", "priority", "category", "unread", "days", "q"] as const;

/** Why the list is empty, and the way out. */
export function InboxEmpty({
  search,
  mine,
  change,
}: {
  search: InboxSearch;
  mine: RequestCount | undefined;
  change: (next: Partial<Record<keyof InboxSearch, unknown>>) => void;
}) {
  const { t } = useLingui();
  const isFiltered = FILTERS.some((filter) => search[filter] !== undefined);
  if (isFiltered) {
    return (
      <Empty
        title={t`No requests with these filters.`}
        acts={
          <Button
            onPress={() => change(Object.fromEntries(FILTERS.map((filter) => [filter, undefined])))}
          >
            <Trans>Clear all</Trans>
          </Button>
        }
      >
        <Trans>Remove a filter to see more.</Trans>
      </Empty>
    );
  }
  if (search.view === undefined || search.view === "unassigned") {
    return (
      <Empty title={t`Every request has an owner.`}>
        <Plural value={mine?.count ?? 0} one="# of them is yours." other="# of them are yours." />
      </Empty>
    );
  }
  return <Empty title={t`There is nothing here.`} />;
}
