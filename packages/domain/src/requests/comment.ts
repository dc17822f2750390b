import { record } from "../log/audit.ts";
import { changed, type Decision } from "../rules/decision.ts";
import { requireAllowed } from "../rules/permissions.ts";
import type { Caller } from "../rules/roles.ts";
import type { RequestState, UserRef } from "./request.ts";

export const VISIBILITIES = ["PUBLIC", "INTERNAL"] as const;
/** INTERNAL comments are for administrators and agents; an employee never learns of them. */
export type Visibility = (typeof VISIBILITIES)[number];

/** A comment never changes. */
export interface Comment {
  id: string;
  /** "SF-1042" */
  serviceRequestId: string;
  author: UserRef;
  visibility: Visibility;
  body: string;
  createdAt: string;
}

export interface CreateCommentInput {
  body: string;
  /** Default PUBLIC. */
  visibility?: Visibility | undefined;
}

/** @throws DomainError `forbidden` */
export function createComment(
  request: RequestState,
  input: CreateCommentInput,
  caller: Caller,
  id: string,
  now: string,
): Decision<Comment> {
  const visibility = input.visibility ?? "PUBLIC";
  const internal = visibility === "INTERNAL";
  requireAllowed(internal ? "commentInternally" : "comment", request, caller);
  const comment: Comment = {
    id,
    serviceRequestId: request.id,
    author: { id: caller.id, fullName: caller.fullName },
    visibility,
    body: input.body,
    createdAt: now,
  };
  return changed(comment, record("comment.created", id, null, { ...comment }, { internal }));
}
