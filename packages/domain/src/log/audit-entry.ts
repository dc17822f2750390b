import { AUDIT_POLICY, type AuditAction, type SubjectType } from "./audit-policy.ts";
import { canonicalJson } from "./canonical-json.ts";

/** The old and the new value by field. `from` is null for something new; erased values read "[erased]". */
export type Changes = Record<string, { from: unknown; to: unknown }>;

/** What a decision adds to the log; the server adds who did it, when and from where. */
export interface AuditDraft {
  action: AuditAction;
  subject: { type: SubjectType; id: string };
  changes: Changes;
  reason: string | null;
  /** Internal entries never reach an employee. */
  internal: boolean;
}

/** The change that a draft records. */
export interface EntryFacts {
  /** Public id of the subject. */
  id: string;
  /** Null for something new: every field that is set is then recorded. */
  before: object | null;
  after: object;
  reason?: string | null | undefined;
  internal?: boolean;
}

/** The draft for a change: of the action's fields, those that differ. */
export function draftEntry(
  action: AuditAction,
  { id, before, after, reason = null, internal = false }: EntryFacts,
): AuditDraft {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const current: Readonly<Record<string, unknown>> = { ...after };
  const changes: Changes = {};
  for (const field of AUDIT_POLICY[action].fields) {
    const from = old[field] ?? null;
    const to = current[field] ?? null;
    if (!isSame(from, to)) changes[field] = { from, to };
  }
  return {
    action,
    subject: { type: AUDIT_POLICY[action].subject, id },
    changes,
    reason,
    internal,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** The user who did it. Null in an entry: the server, the operator or a failed sign-in. */
export interface Actor {
  id: string;
  fullName: string;
}

/** One entry of a request's history. */
export interface HistoryEntry {
  /** `evt_...` */
  id: string;
  action: AuditAction;
  actor: Actor | null;
  subject: { type: SubjectType; id: string };
  changes: Changes;
  reason: string | null;
  occurredAt: string;
  /** Whether the hash chain binds it, as a rule within a second of its commit. */
  sealed: boolean;
}

/** One entry of the whole log with its origin; administrators only. */
export interface AuditEntry extends HistoryEntry {
  /** Position in the chain, from 1; null: not sealed yet. */
  position: number | null;
  /** The service request that it belongs to, "SF-1042". */
  serviceRequestId: string | null;
  /** The API key that was used. */
  apiKeyId: string | null;
  /** The server's id of the call, as its answer has it in `X-Request-Id`. */
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
  /** The `X-Request-Id` that the client sent: its own free text. */
  clientRequestId: string | null;
}

export interface ListAuditInput {
  action?: AuditAction | undefined;
  /** A user's id. */
  actor?: string | undefined;
  /** Public id of the subject. */
  subject?: string | undefined;
  /** "SF-1042": the entries of one request. */
  serviceRequestId?: string | undefined;
  /** Inclusive. */
  occurredFrom?: string | undefined;
  /** Exclusive. */
  occurredTo?: string | undefined;
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}
