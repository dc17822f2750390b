import type { RequestCount, RequestFilters } from "@serviceflow/sdk";
import { useQueries } from "@tanstack/react-query";
import { queries } from "../../app/client.ts";
import { OPEN_STATUSES } from "../admin/open-statuses.ts";

/** As many as one call counts. */
const AT_ONCE = 20;

/** How many open requests the people hold; the first so many are counted. */
export function useOpenCounts(ids: readonly string[], limit = 100): Map<string, RequestCount> {
  const counted = ids.slice(0, limit);
  const groups = Array.from({ length: Math.ceil(counted.length / AT_ONCE) }, (_, index) =>
    counted.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  const results = useQueries({
    queries: groups.map((group) =>
      queries.requests.counts(
        Object.fromEntries(
          group.map((id): [string, RequestFilters] => [
            id,
            { assignee: id, status: OPEN_STATUSES },
          ]),
        ),
      ),
    ),
  });
  return new Map(results.flatMap(({ data }) => Object.entries(data ?? {})));
}
