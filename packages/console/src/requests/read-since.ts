import type { HistoryEntry } from "@serviceflow/sdk";

/**
 * From when on a request is new to a person: since they marked it as read, or did something with it after that.
 * @returns undefined: there is nothing that they have read
 */
export function newSince(
  readUpTo: string | null,
  history: readonly Pick<HistoryEntry, "actor" | "occurredAt">[],
  personId: string,
): string | undefined {
  const own = history
    .filter(({ actor }) => actor?.id === personId)
    .map(({ occurredAt }) => occurredAt)
    .sort()
    .at(-1);
  if (readUpTo === null || own === undefined) return readUpTo ?? own;
  return readUpTo > own ? readUpTo : own;
}

/** The first of others' turns after a time, before which the mark stands. */
export function firstNew<Turn extends { id: string; at: string; by: { id: string } | null }>(
  turns: readonly Turn[],
  since: string | undefined,
  personId: string,
): string | undefined {
  if (since === undefined) return undefined;
  const index = turns.findIndex(({ at, by }) => at > since && by?.id !== personId);
  // A mark above everything says nothing.
  return index <= 0 ? undefined : turns[index]?.id;
}
