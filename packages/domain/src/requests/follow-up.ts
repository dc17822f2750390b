import { invalidField } from "../error.ts";
import type { Changes } from "../log/audit-entry.ts";
import type { RequestFacts } from "../rules/conditions.ts";
import { canView } from "../rules/permissions.ts";
import type { Principal } from "../rules/roles.ts";
import { isOpen } from "../rules/status.ts";

/** A request that another one follows up: what decides who may see it. */
export interface FollowedRequest extends RequestFacts {
  /** "SF-1042". */
  id: string;
}

/** So many requests that follow up a closed one are shown with it, the newest. */
export const MAX_FOLLOW_UPS = 20;

/**
 * The closed request that a new one follows up.
 * @param found null: there is no such request
 * @throws DomainError `validation_failed`; the same whether there is none or the caller may not see it
 */
export function requireFollowed(found: FollowedRequest | null, caller: Principal): FollowedRequest {
  if (!found || !canView(found, caller)) {
    throw invalidField("/followsUp", "unknown", "There is no such request that you can see.");
  }
  if (!isOpen(found.status)) return found;
  const detail = `It must be closed, DONE or CANCELED: ${found.id} is ${found.status}. Comment on it instead.`;
  throw invalidField("/followsUp", "still_open", detail);
}

/**
 * The request that a request follows up, if the reader may see that one as well.
 * @param reader null: nobody in particular, on behalf of administrators
 */
export function visibleFollowed(
  { followsUp }: { followsUp: FollowedRequest | null },
  reader: Principal | null,
): string | null {
  return followsUp && (reader === null || canView(followsUp, reader)) ? followsUp.id : null;
}

/**
 * The changes of an entry about a request, for a reader who may see the request: without the request that it follows up,
 * if they may not see that one.
 * @param request null: it no longer exists
 */
export function visibleChanges(
  { followsUp, ...changes }: Changes,
  request: { followsUp: FollowedRequest | null } | null,
  reader: Principal | null,
): Changes {
  const isVisible = request !== null && visibleFollowed(request, reader) !== null;
  return followsUp !== undefined && isVisible ? { ...changes, followsUp } : changes;
}
