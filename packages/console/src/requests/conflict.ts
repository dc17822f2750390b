import type { HistoryEntry, UserRef } from "@serviceflow/sdk";

/** What others have changed of a request while it was on the screen. */
export interface OthersChanges {
  /** Who did, each once, in the order of their changes. */
  by: UserRef[];
  /** The old and the newest value by field; what ended as it was is left out. */
  fields: Record<string, { from: unknown; to: unknown }>;
}

/**
 * What has changed of a request since a version of it.
 * @param history of the request, in any order
 * @param updatedAt of the version that is compared with
 */
export function changesSince(history: readonly HistoryEntry[], updatedAt: string): OthersChanges {
  const later = history
    .filter(({ subject, occurredAt }) => subject.type === "request" && occurredAt > updatedAt)
    .sort((a, b) => a.occurredAt.localeCompare(b.occurredAt));
  const by = new Map<string, UserRef>();
  const fields: OthersChanges["fields"] = {};
  for (const { actor, changes } of later) {
    if (actor !== null) by.set(actor.id, actor);
    for (const [field, { from, to }] of Object.entries(changes)) {
      fields[field] = { from: (fields[field] ?? { from }).from, to };
    }
  }
  const differing = Object.entries(fields).filter(([, { from, to }]) => from !== to);
  return { by: [...by.values()], fields: Object.fromEntries(differing) };
}
