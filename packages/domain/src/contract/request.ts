import { z } from "zod";
import { PRIORITIES, REQUEST_SORTS, type ServiceRequest } from "../requests/request.ts";
import { REQUEST_ACTIONS } from "../rules/request-rules.ts";
import { STATUSES } from "../rules/status.ts";
import { DESCRIPTION, REASON, SEARCH_QUERY, TITLE } from "../text/text.ts";
import { slug } from "./category.ts";
import {
  email,
  moment,
  oneOrMore,
  page,
  paging,
  publicId,
  requestPathId,
  text,
  timestamp,
  userRef,
  version,
} from "./fields.ts";

const status = z
  .enum(STATUSES)
  .meta({ id: "Status", description: "The status of the request.", example: "NEW" });
const priority = z
  .enum(PRIORITIES)
  .meta({ id: "Priority", description: "The priority of the request.", example: "NORMAL" });
const requestAction = z.enum(REQUEST_ACTIONS).meta({
  id: "RequestAction",
  description: "An action on a request.",
  example: "claim",
});

const title = text(TITLE, {
  description: "Summary, on one line.",
  example: "The printer on floor 2 is jammed",
});
const description = text(DESCRIPTION, {
  description: "Details; line breaks are kept.",
  example: "It blinks red since this morning.",
});

const assignee = userRef
  .extend({
    unavailable: z.literal(true).optional().meta({
      description:
        "The assignee can no longer work: they were deactivated, erased or are EMPLOYEE now. Anyone who works requests may take the request. Omitted for employees, and while the assignee can work.",
      example: true,
    }),
  })
  .meta({ id: "Assignee", description: "The user who works on a request." });

export const requestView = z
  .object({
    id: z.string().meta({ description: "Id of the request.", example: "SF-1042" }),
    title: z.string().meta({ description: "Summary.", example: "New laptop" }),
    description: z.string().meta({ description: "Details; may be empty.", example: "" }),
    status,
    priority,
    category: z.string().meta({ description: "Slug of its category.", example: "it" }),
    requester: userRef.meta({ description: "The user who needs it." }),
    submitter: userRef.meta({ description: "The user who filed it." }),
    assignee: assignee
      .nullable()
      .meta({ description: "The user who works on it; null while unassigned." }),
    version,
    createdAt: timestamp("When it was filed."),
    updatedAt: timestamp("When it last changed."),
    startedAt: timestamp("When it went IN_PROGRESS.").nullable(),
    closedAt: timestamp("When it became DONE or CANCELED.").nullable(),
    lastActivityAt: timestamp(
      "When it last changed or was commented on. Internal comments count only for those who see them.",
    ),
    unread: z.boolean().nullable().meta({
      description:
        "Whether others have changed or commented on it since you read it, if you filed, received or commented on it or have marked it. Null in events.",
      example: false,
    }),
    allowedActions: z.array(requestAction).meta({
      description: "The actions that the caller may take now.",
      example: ["update", "claim"],
    }),
  })
  .meta({ id: "ServiceRequest", description: "A service request as the caller sees it." });

/** The same for the compiler: a union discriminated by status. */
export const serviceRequest = requestView as z.ZodType<ServiceRequest>;

export const serviceRequestPage = page("ServiceRequestPage", serviceRequest);

export const createRequestInput = z
  .strictObject({
    title,
    description: description.optional(),
    priority: priority.optional().meta({ description: "Default NORMAL." }),
    category: slug
      .optional()
      .meta({ description: "Slug of an active category; default: the server's default category." }),
    requesterId: publicId("user", "The user who needs it; default the caller.").optional(),
    requesterEmail: email("Their email address, instead of `requesterId`.").optional(),
  })
  .meta({ description: "A new request." });

export const requestById = z.strictObject({ id: requestPathId });

export const markReadBody = z.strictObject({
  lastActivityAt: moment(
    "`lastActivityAt` of the request as it was read: if anything has happened since, it stays unread. Default: everything up to now is read.",
  ).optional(),
});
export const markReadInput = markReadBody.extend({ id: requestPathId });

export const updateRequestBody = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  priority: priority.optional(),
  category: slug.optional(),
  requesterId: publicId(
    "user",
    "Corrects the user who needs it, also when it is closed. Administrators only.",
  ).optional(),
  requesterEmail: email("Their email address, instead of `requesterId`.").optional(),
});
export const updateRequestInput = updateRequestBody.extend({ id: requestPathId });

export const transitionBody = z.strictObject({
  status: status.meta({ description: "The new status.", examples: ["IN_PROGRESS"] }),
  assigneeId: publicId(
    "user",
    "With IN_PROGRESS only: the assignee. Default for an unassigned request: the caller.",
  ).optional(),
  reason: text(REASON, {
    description: "The reason; required for CANCELED.",
    example: "Solved by a restart.",
  }).optional(),
});
export const transitionInput = transitionBody.extend({ id: requestPathId });

export const assignBody = z.strictObject({
  assigneeId: publicId("user", "An active agent or administrator."),
  reason: text(REASON, {
    description: "The reason, kept in the history.",
    example: "On leave until Monday.",
  }).optional(),
});
export const assignInput = assignBody.extend({ id: requestPathId });

function userOr(words: readonly string[], description: string) {
  const userId = publicId("user", "The user's id.");
  return z.union([z.enum(words as [string, ...string[]]), userId]).meta({
    description,
    example: "me",
  });
}

/** How many values of categories and of people a filter takes. */
const MAX_VALUES = 20;

const requestFilters = {
  status: oneOrMore(status, STATUSES.length, {
    description: "Any of these statuses.",
    example: ["NEW", "IN_PROGRESS"],
  }).optional(),
  priority: oneOrMore(priority, PRIORITIES.length, {
    description: "Any of these priorities.",
    example: "HIGH",
  }).optional(),
  category: oneOrMore(slug, MAX_VALUES, {
    description: "Any of these categories.",
    example: "it",
  }).optional(),
  requester: userOr(["me"], "Filed for this user: an id or `me`.").optional(),
  assignee: oneOrMore(
    userOr(["me", "none", "unavailable"], "An id, `me`, `none` or `unavailable`."),
    MAX_VALUES,
    {
      description:
        "Assigned to any of these users: an id, `me`, `none`, or `unavailable` for somebody who can no longer work on requests.",
      example: "me",
    },
  ).optional(),
  createdFrom: moment("Filed at this moment or later.").optional(),
  createdTo: moment("Filed before this moment.").optional(),
  updatedFrom: moment("Changed at this moment or later.").optional(),
  updatedTo: moment("Changed before this moment.").optional(),
  activeFrom: moment("Changed or commented on at this moment or later.").optional(),
  activeTo: moment("Changed or commented on before this moment, and not since.").optional(),
  closedFrom: moment("Closed at this moment or later.").optional(),
  closedTo: moment("Closed before this moment.").optional(),
  participant: z.enum(["me"]).optional().meta({
    description: "`me`: only requests that you filed, received or commented on.",
    example: "me",
  }),
  unread: z.boolean().optional().meta({
    description: "Whether they are unread for you.",
    example: true,
  }),
};

export const listRequestsInput = z.strictObject({
  ...requestFilters,
  q: text(SEARCH_QUERY, {
    description:
      'Words of the title, description, comments or requester\'s name that must all be found, in any form (English and Russian); the last one may be incomplete. "Exact phrase", -without. An id or a number finds that request first. A page may hold fewer items than `limit` although more follow.',
    example: "printer",
  }).optional(),
  sort: z
    .enum(REQUEST_SORTS)
    .meta({
      id: "RequestSort",
      description:
        "The order: by filing, by the last change or activity (latest first), or by priority (most urgent first, then newest). Default `newest`.",
      example: "newest",
    })
    .optional(),
  ...paging,
});

const percentiles = z
  .object({
    p50: z.number().nullable().meta({ description: "Median, in seconds.", example: 5400 }),
    p90: z
      .number()
      .nullable()
      .meta({ description: "90th percentile, in seconds.", example: 86400 }),
  })
  .meta({ id: "Percentiles", description: "Waiting times; null without any measurement." });

const count = z.int().meta({ description: "Number of requests.", example: 12 });
const categoryCount = z
  .object({ category: z.string().meta({ description: "Slug.", example: "it" }), count })
  .meta({ id: "CategoryCount", description: "Number of requests of a category." });
const assigneeCount = z
  .object({ assignee: userRef.nullable().meta({ description: "Null: unassigned." }), count })
  .meta({ id: "AssigneeCount", description: "Number of requests of an assignee." });

export const requestStatsInput = z.strictObject({
  createdFrom: moment("Only requests filed at this moment or later.").optional(),
  createdTo: moment("Only requests filed before this moment.").optional(),
});

export const requestStats = z
  .object({
    byStatus: z
      .object({ NEW: count, IN_PROGRESS: count, DONE: count, CANCELED: count })
      .meta({ id: "StatusCounts", description: "Number of requests by status." }),
    byCategory: z.array(categoryCount).meta({ description: "In descending order of count." }),
    byAssignee: z.array(assigneeCount).meta({ description: "In descending order of count." }),
    timeToStart: percentiles.meta({ description: "From filing to IN_PROGRESS." }),
    timeToClose: percentiles.meta({ description: "From filing to DONE or CANCELED." }),
  })
  .meta({ id: "RequestStats", description: "Counts and waiting times." });
