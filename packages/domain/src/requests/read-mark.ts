import { type Marked, marked, type Unchanged, unchanged } from "../rules/decision.ts";
import { seesInternalComments } from "../rules/permissions.ts";
import type { Principal } from "../rules/roles.ts";

/** What a user has not read of a request: what others have done since they read it. */
export interface ReadMark {
  /** Changes and public comments. */
  unread: boolean;
  /** Internal comments. */
  unreadInternally: boolean;
  /** `lastActivityAt` of the request as it was when they last marked it as read; null: they never did. */
  readUpTo: string | null;
}

/** Of a request that has nothing new, and was never marked. */
export const UNMARKED: ReadMark = { unread: false, unreadInternally: false, readUpTo: null };

export interface MarkReadInput {
  /**
   * `lastActivityAt` of the request as it was read. If anything has happened since, the request stays unread. Default:
   * everything up to now is read.
   */
  lastActivityAt?: string | undefined;
}

/** Whether a request is unread for the caller, as far as they may know what has happened. */
export function isUnread(mark: ReadMark, caller: Pick<Principal, "role">): boolean {
  return mark.unread || (mark.unreadInternally && seesInternalComments(caller));
}

/**
 * Marks a request as read.
 * @param lastActivityAt of the request as the caller sees it now
 */
export function markRead(
  mark: ReadMark,
  input: MarkReadInput,
  { caller, lastActivityAt }: { caller: Pick<Principal, "role">; lastActivityAt: string },
): Marked<ReadMark> | Unchanged<ReadMark> {
  const isLate = input.lastActivityAt !== undefined && input.lastActivityAt < lastActivityAt;
  if (isLate || !isUnread(mark, caller)) return unchanged(mark);
  const unreadInternally = mark.unreadInternally && !seesInternalComments(caller);
  return marked({ unread: false, unreadInternally, readUpTo: lastActivityAt });
}

/** Marks a request as unread. */
export function markUnread(
  mark: ReadMark,
  caller: Pick<Principal, "role">,
): Marked<ReadMark> | Unchanged<ReadMark> {
  return isUnread(mark, caller) ? unchanged(mark) : marked({ ...mark, unread: true });
}
