import type { AuditDraft } from "../log/audit-entry.ts";

/** The result of a command: the next state and its audit entries. */
export type Decision<State> =
  | { changed: true; next: State; entries: readonly [AuditDraft, ...AuditDraft[]] }
  | Unchanged<State>;

/** A mark that only the caller sees, such as what they have read: it is written, but not logged. */
export interface Marked<State> {
  changed: true;
  next: State;
  entries: readonly [];
}

/** The command requests the current state: nothing is written and nothing is logged. */
export interface Unchanged<State> {
  changed: false;
  next: State;
}

/** A decision that changes something, with at least one audit entry. */
export function changed<State>(
  next: State,
  ...entries: [AuditDraft, ...AuditDraft[]]
): Decision<State> {
  return { changed: true, next, entries };
}

export function marked<State>(next: State): Marked<State> {
  return { changed: true, next, entries: [] };
}

export function unchanged<State>(next: State): Unchanged<State> {
  return { changed: false, next };
}
