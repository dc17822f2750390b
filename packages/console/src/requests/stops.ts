import type { ServiceRequestSummary } from "@serviceflow/sdk";

/** The stops of a request on its way: filed, taken, started, done. */
export const STOPS = ["filed", "taken", "started", "done"] as const;

type OnItsWay = Pick<ServiceRequestSummary, "status"> & {
  assignee: object | null;
  startedAt: string | null;
};

/** The last stop that a request has reached; a canceled one ends where it was. */
export function stopOf({ status, assignee, startedAt }: OnItsWay): number {
  if (status === "DONE") return 3;
  if (startedAt !== null) return 2;
  return assignee === null ? 0 : 1;
}
