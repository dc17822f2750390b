import type { Delivery } from "@serviceflow/sdk";

/** One attempt as it is drawn: failed, arrived, still to come, or given up for a replay. */
export type AttemptMark = "failed" | "arrived" | "waiting" | "replaced";

const MOST = 3;

/** The attempts of a delivery in their order, of many the last. */
export function attemptMarks({
  status,
  attempts,
}: Pick<Delivery, "status" | "attempts">): AttemptMark[] {
  const failures = status === "DELIVERED" ? attempts - 1 : attempts;
  const marks: AttemptMark[] = Array.from({ length: Math.max(0, failures) }, () => "failed");
  if (status === "DELIVERED") marks.push("arrived");
  if (status === "PENDING") marks.push("waiting");
  if (status === "REPLACED") marks.push("replaced");
  return marks.slice(-MOST);
}
