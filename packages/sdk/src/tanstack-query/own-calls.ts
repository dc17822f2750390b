import { RecentIds } from "../recent-ids.ts";
import type { QueryClientLike } from "./query-client.ts";

const MAX_REMEMBERED = 1_000;

const idsOfAnswers = new WeakMap<object, string>();
const ownIds = new WeakMap<QueryClientLike, RecentIds>();

/** Remembers which call an answer is of. */
export function noteAnswer(answer: unknown, requestId: string | undefined): void {
  if (typeof answer === "object" && answer !== null && requestId !== undefined) {
    idsOfAnswers.set(answer, requestId);
  }
}

/** Called when all that the answer makes stale has been refreshed: its events need not do so again. */
export function noteRefreshed(queryClient: QueryClientLike, answer: unknown): void {
  const id = idsOfAnswers.get(answer as object);
  if (id === undefined) return;
  const ids = ownIds.get(queryClient) ?? new RecentIds(MAX_REMEMBERED);
  ownIds.set(queryClient, ids);
  ids.add(id);
}

export function wasRefreshed(queryClient: QueryClientLike, requestId: string): boolean {
  return ownIds.get(queryClient)?.has(requestId) === true;
}
