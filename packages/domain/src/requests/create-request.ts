import { invalidField } from "../error.ts";
import { draftEntry } from "../log/audit-entry.ts";
import { CONDITIONS } from "../rules/conditions.ts";
import { changed, type Decision } from "../rules/decision.ts";
import { conditionOf } from "../rules/permissions.ts";
import { forbidden, refused } from "../rules/refusal.ts";
import { type Caller, toRef } from "../rules/roles.ts";
import { auditView } from "./audit-view.ts";
import { type FollowedRequest, requireFollowed } from "./follow-up.ts";
import { type Candidate, namesRequester, requireCategory, requireRequester } from "./references.ts";
import { type CreateRequestInput, filedFields, type RequestState } from "./request.ts";

const NOBODY = "";

/** @throws DomainError `forbidden` when the caller may not file for that user */
export function requireMayFileFor(requesterId: string, caller: Caller): void {
  const condition = conditionOf("request.create", caller.role);
  if (CONDITIONS[condition].holds({ id: requesterId }, caller)) return;
  throw refused(forbidden("request.create", caller.role, condition));
}

export interface CreateRequestFacts {
  caller: Caller;
  now: string;
  /** The id of the new request. */
  id: string;
  /** Null: there is no such user. */
  requester: Candidate | null;
  /** The request that it follows up. Null: it follows up none, or there is no such request. */
  followed: FollowedRequest | null;
  categoryActive: boolean;
  /** Slug of the category of a request that names none. */
  defaultCategory: string;
}

/** @throws DomainError `forbidden`, `validation_failed` */
export function createRequest(
  input: CreateRequestInput,
  { caller, now, id, requester, followed, categoryActive, defaultCategory }: CreateRequestFacts,
): Decision<RequestState> {
  namesRequester(input);
  // An address of nobody is refused as one of somebody else to those who file only for themselves.
  const byAddress = input.requesterEmail !== undefined;
  requireMayFileFor(
    byAddress ? (requester?.id ?? NOBODY) : (input.requesterId ?? caller.id),
    caller,
  );
  const named = requireRequester(input, requester);
  if (input.category === undefined && !categoryActive) {
    throw invalidField(
      "/category",
      "required",
      `It is required, because the default category, ${defaultCategory}, is retired.`,
    );
  }
  requireCategory(categoryActive);
  const followsUp = input.followsUp === undefined ? null : requireFollowed(followed, caller);
  const next: RequestState = {
    id,
    ...filedFields(input, defaultCategory),
    status: "NEW",
    requester: named,
    submitter: toRef(caller),
    assignee: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    closedAt: null,
    lastCommentAt: null,
    lastPublicCommentAt: null,
    followsUp,
  };
  return changed(next, draftEntry("request.created", { id, before: null, after: auditView(next) }));
}
