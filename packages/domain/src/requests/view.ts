import { allowedActions } from "../rules/explain.ts";
import { seesInternalComments } from "../rules/permissions.ts";
import { type Principal, toRef, worksRequests } from "../rules/roles.ts";
import { visibleFollowed } from "./follow-up.ts";
import type { RequestState, RequestView } from "./request.ts";

/** What a request is for one reader alone: null in events, which are the same for many. */
type Personal = Pick<RequestView, "unread" | "readUpTo" | "followUps">;

/**
 * A request as a reader sees it.
 * @param reader null: nobody in particular, who has no allowed actions and sees what is public
 */
export function toView(
  state: RequestState,
  reader: Principal | null,
  { unread, readUpTo, followUps }: Personal,
): RequestView {
  const { assignee } = state;
  // Employees are not told that their assignee has left.
  const isTold = reader !== null && worksRequests(reader.role);
  return {
    id: state.id,
    title: state.title,
    description: state.description,
    status: state.status,
    priority: state.priority,
    category: state.category,
    requester: state.requester,
    submitter: state.submitter,
    assignee: isTold || assignee === null ? assignee : toRef(assignee),
    version: state.version,
    createdAt: state.createdAt,
    updatedAt: state.updatedAt,
    startedAt: state.startedAt,
    closedAt: state.closedAt,
    lastActivityAt: lastActivityAt(state, reader),
    followsUp: visibleFollowed(state, reader),
    followUps,
    unread,
    readUpTo,
    allowedActions: reader ? allowedActions(state, reader) : [],
  };
}

/** When a request last changed or was commented on. Internal comments are activity for those who see them. */
export function lastActivityAt(
  state: Pick<RequestState, "updatedAt" | "lastCommentAt" | "lastPublicCommentAt">,
  reader: Pick<Principal, "role"> | null,
): string {
  const seesAll = reader !== null && seesInternalComments(reader);
  const commented = seesAll ? state.lastCommentAt : state.lastPublicCommentAt;
  return commented !== null && commented > state.updatedAt ? commented : state.updatedAt;
}
