import type { AuditDraft } from "../log/audit-entry.ts";

/** What a command leads to: the state it leaves, and what the log says of it. */
export type Decision<State> =
  | { changed: true; next: State; entries: readonly [AuditDraft, ...AuditDraft[]] }
  | Unchanged<State>;

/** The command asks for what is so already: nothing is written and nothing is logged. */
export interface Unchanged<State> {
  changed: false;
  next: State;
}

/** A decision that changes something. It must say what the log records. */
export function changed<State>(
  next: State,
  ...entries: [AuditDraft, ...AuditDraft[]]
): Decision<State> {
  return { changed: true, next, entries };
}

export function unchanged<State>(next: State): Decision<State> {
  return { changed: false, next };
}
