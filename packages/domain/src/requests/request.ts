import type { RequestAction } from "../rules/request-rules.ts";
import type { Assignee, UserRef } from "../rules/roles.ts";
import type { Status } from "../rules/status.ts";
import type { FollowedRequest } from "./follow-up.ts";

export const PRIORITIES = ["LOW", "NORMAL", "HIGH", "URGENT"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What a request says to everybody who may see it. Times are ISO 8601 in UTC. */
interface RequestFields {
  /** "SF-1042". */
  id: string;
  title: string;
  /** Empty when there is none. */
  description: string;
  status: Status;
  priority: Priority;
  /** Slug of a category. */
  category: string;
  /** The user who needs it. */
  requester: UserRef;
  /** The user who filed it: the requester, or an agent or service account on their behalf. */
  submitter: UserRef;
  assignee: Assignee | null;
  /** Increases by one with each change; the ETag begins with it. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** When it went IN_PROGRESS. */
  startedAt: string | null;
  /** When it became DONE or CANCELED. */
  closedAt: string | null;
}

/** A request, independent of the caller. */
export interface RequestState extends RequestFields {
  /** When the last comment was written, public or internal. */
  lastCommentAt: string | null;
  lastPublicCommentAt: string | null;
  /** The closed request that it follows up. */
  followsUp: FollowedRequest | null;
}

/** A request as one caller sees it, in any status. */
export interface RequestView extends RequestFields {
  /** When it last changed or was commented on, as far as the caller may see. */
  lastActivityAt: string;
  /** Id of the closed request that it follows up, if the caller may see that one. */
  followsUp: string | null;
  /**
   * Ids of the requests that follow it up, of those that the caller may see: the newest first, 20 at most. Null in events.
   */
  followUps: string[] | null;
  /**
   * Whether others have changed or commented on it since the caller read it, if the caller filed, received or commented
   * on it or has marked it. Null in events, which are the same for many readers.
   */
  unread: boolean | null;
  /**
   * `lastActivityAt` of the request as it was when the caller last marked it as read; null: they never did. Null in events.
   */
  readUpTo: string | null;
  /** The actions that the caller may take now. */
  allowedActions: RequestAction[];
}

/** What a status implies for other fields. Transitions maintain it and the database checks it. */
interface StatusFacts {
  NEW: { startedAt: null; closedAt: null };
  IN_PROGRESS: { assignee: Assignee; startedAt: string; closedAt: null };
  DONE: { assignee: Assignee; startedAt: string; closedAt: string };
  CANCELED: { closedAt: string };
}

/** A service request with this status. */
export type ServiceRequestIn<S extends Status> = S extends Status
  ? {
      [Field in keyof RequestView]: Field extends "status"
        ? S
        : Field extends keyof StatusFacts[S]
          ? StatusFacts[S][Field]
          : RequestView[Field];
    }
  : never;

/** A service request as one caller sees it. Its `status` narrows the other fields. */
export type ServiceRequest = ServiceRequestIn<Status>;

export interface CreateRequestInput {
  title: string;
  description?: string | undefined;
  /** Default NORMAL. */
  priority?: Priority | undefined;
  /** Slug of an active category; default the one that the server is configured with. */
  category?: string | undefined;
  /** The user who needs it; default the caller. Employees file only for themselves. */
  requesterId?: string | undefined;
  /** Their email address, instead of their id. */
  requesterEmail?: string | undefined;
  /** Id of a closed request that the caller may see, which this one follows up: "SF-1001". */
  followsUp?: string | undefined;
}

export interface UpdateRequestInput {
  title?: string | undefined;
  description?: string | undefined;
  priority?: Priority | undefined;
  category?: string | undefined;
  /** Corrects the user who needs it, also when it is closed. Administrators only. */
  requesterId?: string | undefined;
  /** Their email address, instead of their id. */
  requesterEmail?: string | undefined;
}

/** The fields of a request that its callers set: each must have a value when it is filed and after an update. */
type InputFields = Pick<
  RequestState,
  Exclude<keyof UpdateRequestInput, "requesterId" | "requesterEmail">
>;

/** What a new request has when its input says nothing else. */
export const REQUEST_DEFAULTS = { description: "", priority: "NORMAL" } as const;

/** The category of a new request. */
export function categoryOf(input: CreateRequestInput, defaultCategory: string): string {
  return input.category ?? defaultCategory;
}

export function filedFields(input: CreateRequestInput, defaultCategory: string): InputFields {
  return {
    title: input.title,
    description: input.description ?? REQUEST_DEFAULTS.description,
    priority: input.priority ?? REQUEST_DEFAULTS.priority,
    category: categoryOf(input, defaultCategory),
  };
}

export function updatedFields(state: RequestState, patch: UpdateRequestInput): InputFields {
  return {
    title: patch.title ?? state.title,
    description: patch.description ?? state.description,
    priority: patch.priority ?? state.priority,
    category: patch.category ?? state.category,
  };
}

export interface TransitionInput {
  /** The new status. */
  status: Status;
  /** With IN_PROGRESS only: the assignee. Default for an unassigned request: the caller. */
  assigneeId?: string | undefined;
  /** Required to cancel. */
  reason?: string | undefined;
}

export interface AssignInput {
  /** An active agent or administrator. */
  assigneeId: string;
  /** Recorded in the request's history; required for work in progress, unless its assignee can no longer work. */
  reason?: string | undefined;
}

/**
 * The orders of a list of requests: by filing (`newest`, `oldest`), by the last change or activity, latest first
 * (`updated`, `activity`), or most urgent first and then newest (`priority`).
 */
export const REQUEST_SORTS = ["newest", "oldest", "updated", "activity", "priority"] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];

/** Filters combine with AND; a list of values matches any of them. */
export interface RequestFilters {
  status?: Status | Status[] | undefined;
  priority?: Priority | Priority[] | undefined;
  /** Slugs. */
  category?: string | string[] | undefined;
  /** A user's id, or "me". */
  requester?: string | undefined;
  /** Users' ids, "me", "none", or "unavailable": held by somebody who can no longer work on requests. */
  assignee?: string | string[] | undefined;
  /** Inclusive. */
  createdFrom?: string | undefined;
  /** Exclusive. */
  createdTo?: string | undefined;
  /** Inclusive. */
  updatedFrom?: string | undefined;
  /** Exclusive. */
  updatedTo?: string | undefined;
  /** Changed or commented on, inclusive. */
  activeFrom?: string | undefined;
  /** Exclusive. */
  activeTo?: string | undefined;
  /** When it became DONE or CANCELED; inclusive. */
  closedFrom?: string | undefined;
  /** When it became DONE or CANCELED; exclusive. */
  closedTo?: string | undefined;
  /** "me": only requests that the caller filed, received or commented on. */
  participant?: "me" | undefined;
  /** Whether they are unread for the caller. */
  unread?: boolean | undefined;
}

export interface ListRequestsInput extends RequestFilters {
  /**
   * Words of the title, description, comments that the caller may see, or requester's name: all must be found, in any form
   * (English and Russian), the last one by its beginning. `"exact phrase"`, `-without`. An id finds its request first.
   */
  q?: string | undefined;
  /** Default "newest". */
  sort?: RequestSort | undefined;
  /** `nextCursor` of the previous page, in the same order. */
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** How many requests a filter holds for. */
export interface RequestCount {
  /** At most 1,000. */
  count: number;
  /** Whether there are or may be more: shown with a plus, as in "1000+". */
  more: boolean;
}

/** Filters by names of one's own, and of which requests each counts. */
export interface CountRequestsInput {
  filters: Record<string, RequestFilters>;
}

/** The counts by the names of their filters. */
export interface RequestCounts {
  counts: Record<string, RequestCount>;
}

/** One page of a list. `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
