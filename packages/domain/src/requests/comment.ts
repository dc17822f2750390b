import { draftEntry } from "../log/audit-entry.ts";
import { changed, type Decision } from "../rules/decision.ts";
import { requireAllowed } from "../rules/explain.ts";
import { REQUEST_RULES } from "../rules/request-rules.ts";
import { type Caller, toRef, type UserRef } from "../rules/roles.ts";
import type { RequestState } from "./request.ts";

export const VISIBILITIES = ["PUBLIC", "INTERNAL"] as const;
/** INTERNAL comments are visible to administrators and agents only. */
export type Visibility = (typeof VISIBILITIES)[number];

/** A comment on a request. Comments never change. */
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

export const COMMENT_DEFAULTS = { visibility: "PUBLIC" } as const;

/** @throws DomainError `forbidden` */
export function createComment(
  request: RequestState,
  input: CreateCommentInput,
  { caller, id, now }: { caller: Caller; id: string; now: string },
): Decision<Comment> {
  const visibility = input.visibility ?? COMMENT_DEFAULTS.visibility;
  const internal = visibility === "INTERNAL";
  const action = internal ? "commentInternally" : "comment";
  requireAllowed(action, request, caller);
  const comment: Comment = {
    id,
    serviceRequestId: request.id,
    author: toRef(caller),
    visibility,
    body: input.body,
    createdAt: now,
  };
  const { audit } = REQUEST_RULES[action];
  return changed(comment, draftEntry(audit, { id, before: null, after: comment, internal }));
}
