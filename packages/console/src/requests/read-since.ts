import type { HistoryEntry, ServiceRequest } from "@serviceflow/sdk";

const PREFIX = "serviceflow.read.";

type Seen = Pick<ServiceRequest, "id" | "lastActivityAt">;

/** Notes on this device up to where a person has read a request. The server knows only whether there is more. */
export function noteRead(personId: string, { id, lastActivityAt }: Seen): void {
  try {
    localStorage.setItem(`${PREFIX}${personId}.${id}`, lastActivityAt);
  } catch {
    // Without storage the last of one's own turns counts.
  }
}

export function notedRead(personId: string, id: string): string | undefined {
  try {
    return localStorage.getItem(`${PREFIX}${personId}.${id}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * From when on a request is new to a person: since they read it on this device, else since they last did something with it.
 * @returns undefined: there is nothing that they have read
 */
export function newSince(
  noted: string | undefined,
  history: readonly Pick<HistoryEntry, "actor" | "occurredAt">[],
  personId: string,
): string | undefined {
  const own = history
    .filter(({ actor }) => actor?.id === personId)
    .map(({ occurredAt }) => occurredAt)
    .sort()
    .at(-1);
  if (noted === undefined || own === undefined) return noted ?? own;
  return noted > own ? noted : own;
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
