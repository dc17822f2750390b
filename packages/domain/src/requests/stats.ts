import type { UserRef } from "../rules/roles.ts";
import type { Status } from "../rules/status.ts";
import type { Priority } from "./request.ts";
import type { StatsInterval } from "./stats-series.ts";

/** Requests by assignee, the most first; null: unassigned. */
export type AssigneeCounts = { assignee: UserRef | null; count: number }[];

/** Counts and waiting times over the requests that the caller may see. */
export interface RequestStats {
  byStatus: Record<Status, number>;
  byPriority: Record<Priority, number>;
  byCategory: { category: string; count: number }[];
  /** Open and closed requests. */
  byAssignee: AssigneeCounts;
  /** Of NEW and IN_PROGRESS requests. */
  open: { byPriority: Record<Priority, number>; byAssignee: AssigneeCounts };
  timeToStart: Percentiles;
  timeToClose: Percentiles;
  /** Null without `interval`. */
  series: StatsPoint[] | null;
  /** Whether only the newest 10,000 requests are counted, which is so only for those who see no others than their own. */
  more: boolean;
}

/** How many requests were created and closed on a day or in a week. */
export interface StatsPoint {
  /** The day, or the Monday of the week, in the time zone: `2026-03-02`. */
  date: string;
  /** When it begins: ISO 8601 in UTC. */
  from: string;
  created: number;
  /** Whenever they were created. */
  closed: number;
}

/** Seconds; null without any measurement. Of more than 1,000 requests within 1 % of the true ones. */
export interface Percentiles {
  p50: number | null;
  p90: number | null;
}

export interface RequestStatsInput {
  /** Inclusive. Default: from the first request on; of a series, the last 30 days or 12 weeks. */
  createdFrom?: string | undefined;
  /** Exclusive. Default: up to now. */
  createdTo?: string | undefined;
  /** Asks for a series, by day or week. */
  interval?: StatsInterval | undefined;
  /** IANA time zone of the series. Default UTC. */
  timeZone?: string | undefined;
}
