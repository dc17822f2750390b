import type { RequestCount, RequestFilters } from "@serviceflow/sdk";
import { useQueries } from "@tanstack/react-query";
import { queries } from "../../app/client.ts";
import { OPEN_STATUSES } from "./open-statuses.ts";

/** How many open requests there are of each, by its id; each group is one call. */
export function useOpenCounts(
  groups: readonly (readonly string[])[],
  filterOf: (id: string) => RequestFilters,
): Map<string, RequestCount> {
  const results = useQueries({
    queries: groups.map((group) => ({
      // The names of the counts are numbered: a slug can begin with a digit.
      ...queries.requests.counts(
        Object.fromEntries(
          group.map((id, index): [string, RequestFilters] => [
            `c${index}`,
            { ...filterOf(id), status: OPEN_STATUSES },
          ]),
        ),
      ),
      enabled: group.length > 0,
    })),
  });
  return new Map(
    groups.flatMap((group, at) =>
      group.flatMap((id, index) => {
        const count = results[at]?.data?.[`c${index}`];
        return count === undefined ? [] : [[id, count] as const];
      }),
    ),
  );
}
