import type { RequestCount, RequestFilters } from "@serviceflow/sdk";

/** The views of the inbox, and what they hold. */
export const VIEWS = {
  unassigned: { assignee: "none", status: ["NEW", "IN_PROGRESS"] },
  mine: { assignee: "me", status: ["NEW", "IN_PROGRESS"] },
  open: { status: ["NEW", "IN_PROGRESS"] },
} as const satisfies Record<string, RequestFilters>;

export type View = keyof typeof VIEWS;

/** A count as a tab shows it: never more than 99. */
export function capped(count: RequestCount | undefined): string | undefined {
  if (count === undefined) return undefined;
  return count.count > 99 ? "99+" : String(count.count);
}
