import type { HistoryEntry, Visibility } from "@serviceflow/sdk";

/** Something that a request's timeline shows. */
export type Turn =
  | {
      kind: "said";
      id: string;
      at: string;
      by: HistoryEntry["actor"];
      text: string;
      visibility: Visibility;
    }
  | { kind: "happened"; id: string; at: string; by: HistoryEntry["actor"]; entry: HistoryEntry };

/** A request's history as a conversation, oldest first: the first thing said is the description. */
export function turnsOf(history: readonly HistoryEntry[]): Turn[] {
  return [...history]
    .sort((a, b) => a.occurredAt.localeCompare(b.occurredAt) || a.id.localeCompare(b.id))
    .flatMap((entry): Turn[] => {
      const { id, occurredAt: at, actor: by, action, changes } = entry;
      const text = action === "comment.created" ? changes.body?.to : changes.description?.to;
      if (action === "comment.created") {
        const visibility = changes.visibility?.to === "INTERNAL" ? "INTERNAL" : "PUBLIC";
        return [{ kind: "said", id, at, by, text: words(text), visibility }];
      }
      if (action === "request.created") {
        return [{ kind: "said", id, at, by, text: words(text), visibility: "PUBLIC" }];
      }
      return [{ kind: "happened", id, at, by, entry }];
    });
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}
