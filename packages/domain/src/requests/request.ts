import type { RequestAction } from "../rules/request-rules.ts";
import type { Status } from "../rules/status.ts";

export const PRIORITIES = ["LOW", "NORMAL", "HIGH", "URGENT"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** A person or service account as others see it. */
export interface UserRef {
  id: string;
  fullName: string;
}

/** What is known of a request, whoever looks. Times are ISO 8601 in UTC. */
export interface RequestState {
  /** "SF-1042": people say it aloud. */
  id: string;
  title: string;
  /** Empty when there is none. */
  description: string;
  status: Status;
  priority: Priority;
  /** Slug of a category. */
  category: string;
  /** For whom it is done. */
  requester: UserRef;
  /** Who filed it: the requester, or an agent or service account on their behalf. */
  submitter: UserRef;
  assignee: UserRef | null;
  /** Grows by one with each change; the number inside the ETag. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** When it went IN_PROGRESS. */
  startedAt: string | null;
  /** When it became DONE or CANCELED. */
  closedAt: string | null;
}

/** What one caller sees of a request, whatever its status. */
export interface RequestView extends RequestState {
  /** What this caller may do with it now: a listed action will not be refused. */
  allowedActions: RequestAction[];
}

/** What a status says about the rest of a request; the transitions keep it so, and the database checks it. */
interface StatusFacts {
  NEW: { startedAt: null; closedAt: null };
  IN_PROGRESS: { assignee: UserRef; startedAt: string; closedAt: null };
  DONE: { assignee: UserRef; startedAt: string; closedAt: string };
  CANCELED: { closedAt: string };
}

/** A service request that has this status. */
export type ServiceRequestIn<S extends Status> = S extends Status
  ? {
      [Field in keyof RequestView]: Field extends "status"
        ? S
        : Field extends keyof StatusFacts[S]
          ? StatusFacts[S][Field]
          : RequestView[Field];
    }
  : never;

/** A service request as one caller sees it. Its `status` tells what else is known of it. */
export type ServiceRequest = ServiceRequestIn<Status>;

export interface CreateRequestInput {
  title: string;
  description?: string | undefined;
  /** Default NORMAL. */
  priority?: Priority | undefined;
  /** Slug of an active category; default "general". */
  category?: string | undefined;
  /** For whom: default the caller. Employees file for themselves only. */
  requesterId?: string | undefined;
}

export interface UpdateRequestInput {
  title?: string | undefined;
  description?: string | undefined;
  priority?: Priority | undefined;
  category?: string | undefined;
}

export interface TransitionInput {
  /** The status to move to. */
  status: Status;
  /** With IN_PROGRESS only: who works it. An unassigned request goes to the caller by default. */
  assigneeId?: string | undefined;
  /** Required to cancel. */
  reason?: string | undefined;
}

/** Filters combine with AND; a list of statuses or priorities matches any of them. */
export interface ListRequestsInput {
  status?: Status | Status[] | undefined;
  priority?: Priority | Priority[] | undefined;
  category?: string | undefined;
  /** A user's id, or "me". */
  requester?: string | undefined;
  /** A user's id, "me", or "none". */
  assignee?: string | undefined;
  /** Inclusive. */
  createdFrom?: string | undefined;
  /** Exclusive. */
  createdTo?: string | undefined;
  /** Inclusive. */
  updatedFrom?: string | undefined;
  /** Exclusive. */
  updatedTo?: string | undefined;
  /** Full-text search over title and description, in English and Russian. */
  q?: string | undefined;
  /** `nextCursor` of the page before. */
  cursor?: string | undefined;
  /** 1 to 100, default 20. */
  limit?: number | undefined;
}

/** Counts and waiting times over the requests that the caller may see. */
export interface RequestStats {
  byStatus: Record<Status, number>;
  byCategory: { category: string; count: number }[];
  /** Open and closed requests by who holds them; null is nobody. */
  byAssignee: { assignee: UserRef | null; count: number }[];
  timeToStart: Percentiles;
  timeToClose: Percentiles;
}

/** Seconds; null when nothing has been measured yet. */
export interface Percentiles {
  p50: number | null;
  p90: number | null;
}

export interface RequestStatsInput {
  /** Inclusive. */
  createdFrom?: string | undefined;
  /** Exclusive. */
  createdTo?: string | undefined;
}

/** One page of a list. `nextCursor` is null at the end. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
