import type { HistoryEntry, ServiceRequest, Visibility } from "@serviceflow/sdk";

/** Something that a request's timeline shows. */
export type Turn =
  | {
      kind: "said";
      id: string;
      at: string;
      by: HistoryEntry["actor"];
      text: string;
      visibility: Visibility;
      sealed: boolean;
    }
  | {
      kind: "happened";
      id: string;
      at: string;
      by: HistoryEntry["actor"];
      entry: HistoryEntry;
      sealed: boolean;
    };

/** The first thing that was said: what is needed, as it reads now. */
export function descriptionOf({
  id,
  createdAt: at,
  submitter: by,
  description: text,
}: Pick<ServiceRequest, "id" | "createdAt" | "submitter" | "description">): Turn {
  return { kind: "said", id, at, by, text, visibility: "PUBLIC", sealed: true };
}

// An entry of the log does not change: its turn is the same one whenever the timeline is shown again.
const known = new WeakMap<HistoryEntry, Turn>();

/** A request's history as a conversation after its description, oldest first. */
export function turnsOf(history: readonly HistoryEntry[]): Turn[] {
  return [...history]
    .sort((a, b) => a.occurredAt.localeCompare(b.occurredAt) || a.id.localeCompare(b.id))
    .flatMap((entry): Turn[] => {
      if (entry.action === "request.created") return [];
      const turn = known.get(entry) ?? turnOf(entry);
      known.set(entry, turn);
      return [turn];
    });
}

function turnOf(entry: HistoryEntry): Turn {
  const { id, occurredAt: at, actor: by, action, changes, sealed } = entry;
  if (action !== "comment.created") return { kind: "happened", id, at, by, entry, sealed };
  const visibility = changes.visibility?.to === "INTERNAL" ? "INTERNAL" : "PUBLIC";
  return { kind: "said", id, at, by, text: words(changes.body?.to), visibility, sealed };
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}
