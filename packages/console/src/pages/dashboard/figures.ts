import type {
  Percentiles,
  RequestCount,
  RequestFilters,
  RequestStats,
  StatsPoint,
} from "@serviceflow/sdk";
import { queryOptions } from "@tanstack/react-query";
import { sf } from "../../app/client.ts";
import type { Period } from "./dashboard-search.ts";
import { lastWeeks, localDate } from "./weeks.ts";

/** Numbers are as old as this at most while somebody looks; events do not make them stale, for they would all the time. */
const FRESH_MS = 30_000;
const SLOW_MS = 300_000;
/** As many counts as one call takes. */
const COUNTS = 20;
const WEEKS = 6;
export const MOST_AGENTS = 12;
export const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

type Signal = { signal: AbortSignal };

/** What is open, and the period: one row for each. */
export interface Figures {
  stats: RequestStats;
  period: RequestStats;
  series: readonly StatsPoint[];
  unassigned: RequestCount | undefined;
  /** When the request was filed that has waited longest for somebody to take it. */
  oldest: string | undefined;
  categories: readonly CategoryOpen[];
}

export interface CategoryOpen {
  slug: string;
  created: number;
  started: number;
  /** Whether there are more than are counted. */
  more: boolean;
}

export function figures(days: Period) {
  return queryOptions({
    queryKey: ["dashboard", "figures", days],
    queryFn: ({ signal }) => loadFigures(days, { signal }),
    staleTime: FRESH_MS,
    refetchInterval: FRESH_MS,
  });
}

async function loadFigures(days: Period, options: Signal): Promise<Figures> {
  const from = new Date();
  from.setHours(0, 0, 0, 0);
  from.setDate(from.getDate() - days + 1);
  const createdFrom = from.toISOString();
  const [stats, period, { items }, [oldest]] = await Promise.all([
    sf.requests.stats({}, options),
    sf.requests.stats({ createdFrom, interval: "day", timeZone: TIME_ZONE }, options),
    sf.categories.list({}, options),
    sf.requests
      .list(
        { status: "NEW", assignee: "none", sort: "oldest", limit: 1, fields: ["createdAt"] },
        options,
      )
      .then((page) => page.items),
  ]);
  const counts = await countAll(
    {
      unassigned: { status: "NEW", assignee: "none" },
      ...Object.fromEntries(
        items.flatMap(({ slug }, index) => [
          [`new-${index}`, { status: "NEW", category: slug }],
          [`started-${index}`, { status: "IN_PROGRESS", category: slug }],
        ]),
      ),
    },
    options,
  );
  const of = (name: string) => counts[name] ?? { count: 0, more: false };
  return {
    stats,
    period,
    series: period.series ?? [],
    unassigned: counts.unassigned,
    oldest: oldest?.createdAt,
    categories: items
      .map(({ slug }, index) => ({
        slug,
        created: of(`new-${index}`).count,
        started: of(`started-${index}`).count,
        more: of(`new-${index}`).more || of(`started-${index}`).more,
      }))
      .filter(({ created, started }) => created + started > 0)
      .sort((a, b) => b.created + b.started - a.created - a.started),
  };
}

async function countAll(
  filters: Record<string, RequestFilters>,
  options: Signal,
): Promise<Record<string, RequestCount>> {
  const all = Object.entries(filters);
  const calls = Array.from({ length: Math.ceil(all.length / COUNTS) }, (_, call) =>
    sf.requests.counts(Object.fromEntries(all.slice(call * COUNTS, (call + 1) * COUNTS)), options),
  );
  return Object.assign({}, ...(await Promise.all(calls)));
}

/** How long the requests of a week waited, by the week in which they were filed. */
export interface WeekWaits {
  monday: string;
  start: Percentiles;
  close: Percentiles;
}

/** The latest first. */
export function waits() {
  return queryOptions({
    queryKey: ["dashboard", "waits"],
    queryFn: ({ signal }): Promise<WeekWaits[]> =>
      Promise.all(
        lastWeeks(WEEKS).map(async ({ from, to }) => {
          const stats = await sf.requests.stats(
            { createdFrom: from.toISOString(), createdTo: to.toISOString() },
            { signal },
          );
          return { monday: localDate(from), start: stats.timeToStart, close: stats.timeToClose };
        }),
      ),
    staleTime: SLOW_MS,
    refetchInterval: SLOW_MS,
  });
}

/** When the oldest open request of each was filed. */
export function oldestOf(agents: readonly string[]) {
  return queryOptions({
    queryKey: ["dashboard", "oldest", agents],
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        agents.map(async (assignee) => {
          const page = await sf.requests.list(
            {
              assignee,
              status: ["NEW", "IN_PROGRESS"],
              sort: "oldest",
              limit: 1,
              fields: ["createdAt"],
            },
            { signal },
          );
          return [assignee, page.items[0]?.createdAt] as const;
        }),
      );
      return new Map(found);
    },
    staleTime: SLOW_MS,
  });
}
