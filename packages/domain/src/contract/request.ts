import { z } from "zod";
import { MAX_FOLLOW_UPS } from "../requests/follow-up.ts";
import {
  PRIORITIES,
  REQUEST_SORTS,
  type RequestView,
  type ServiceRequest,
} from "../requests/request.ts";
import { REQUEST_INCLUDES, type ServiceRequestSummary } from "../requests/selection.ts";
import { MAX_SERIES_POINTS, STATS_INTERVALS } from "../requests/stats-series.ts";
import { REQUEST_ACTIONS } from "../rules/request-rules.ts";
import { STATUSES } from "../rules/status.ts";
import { DESCRIPTION, REASON, SEARCH_QUERY, TITLE } from "../text/text.ts";
import { slug } from "./category.ts";
import {
  email,
  MAX_VALUES,
  moment,
  oneOrMore,
  page,
  paging,
  publicId,
  requestPathId,
  text,
  timestamp,
  timeZone,
  userOr,
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

const EXAMPLE_EMPLOYEE = { id: "usr_01kjg3v9tefya8h8m6q1v0c3ze", fullName: "Demo Employee" };
const EXAMPLE_REQUEST: RequestView = {
  id: "SF-1031",
  title: "Software licence expires on Friday",
  description: "The drawing program warns at each start. Three of us use it daily.",
  status: "NEW",
  priority: "HIGH",
  category: "it",
  requester: EXAMPLE_EMPLOYEE,
  submitter: EXAMPLE_EMPLOYEE,
  assignee: null,
  version: 1,
  createdAt: "2026-03-02T08:15:30.123Z",
  updatedAt: "2026-03-02T08:15:30.123Z",
  startedAt: null,
  closedAt: null,
  lastActivityAt: "2026-03-02T08:15:30.123Z",
  followsUp: null,
  followUps: [],
  unread: false,
  readUpTo: null,
  allowedActions: ["update", "claim", "assign", "start", "comment", "commentInternally"],
};

export const requestView = z
  .object({
    id: z.string().meta({ description: "Id of the request.", example: "SF-1031" }),
    title: z
      .string()
      .meta({ description: "Summary.", example: "Software licence expires on Friday" }),
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
    followsUp: z.string().nullable().meta({
      description: "Id of the closed request that it follows up, if you may see that one.",
      example: "SF-1001",
    }),
    followUps: z
      .array(z.string())
      .nullable()
      .meta({
        description: `Ids of the requests that follow it up, of those that you may see: the newest first, ${MAX_FOLLOW_UPS} at most. Null in events.`,
        example: ["SF-1107"],
      }),
    unread: z.boolean().nullable().meta({
      description:
        "Whether others have changed or commented on it since you read it, if you filed, received or commented on it or have marked it. Null in events.",
      example: false,
    }),
    readUpTo: timestamp(
      "`lastActivityAt` of the request as it was when you last marked it as read; null: you never did. Null in events.",
    ).nullable(),
    allowedActions: z.array(requestAction).meta({
      description: "The actions that the caller may take now.",
      example: ["update", "claim"],
    }),
  })
  .meta({
    id: "ServiceRequest",
    description: "A service request as the caller sees it.",
    example: EXAMPLE_REQUEST,
  });

/** The same for the compiler: a union discriminated by status. */
export const serviceRequest = requestView as z.ZodType<ServiceRequest>;

const field = requestView.keyof().meta({
  id: "RequestField",
  description: "A field of a request.",
  example: "title",
});

const INCLUDES: readonly string[] = REQUEST_INCLUDES;

/** A request with the fields that were asked for. The document requires those of a list that asks for none. */
const requestSummary = requestView
  .partial()
  .required({ id: true })
  .meta({
    id: "ServiceRequestSummary",
    description:
      "A service request in a list. It has its description and follow-ups only with `include`, and with `fields` only those.",
    override: ({ jsonSchema }: { jsonSchema: { required?: string[] } }) => {
      const names = Object.keys(requestView.shape);
      jsonSchema.required = names.filter((name) => !INCLUDES.includes(name));
    },
    example: Object.fromEntries(
      Object.entries(EXAMPLE_REQUEST).filter(([name]) => !INCLUDES.includes(name)),
    ),
  });

export const serviceRequestPage = page(
  "ServiceRequestPage",
  requestSummary as unknown as z.ZodType<ServiceRequestSummary>,
);

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
    followsUp: z.string().max(20).optional().meta({
      description: "Id of a closed request that you may see, which this one follows up.",
      example: "SF-1001",
    }),
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
    description: "The reason, kept in the history; required for work in progress.",
    example: "On leave until Monday.",
  }).optional(),
});
export const assignInput = assignBody.extend({ id: requestPathId });

const requestFilters = {
  status: oneOrMore(status, STATUSES.length, {
    description: "Any of these statuses.",
    example: ["NEW", "IN_PROGRESS"],
  }).optional(),
  priority: oneOrMore(priority, PRIORITIES.length, {
    description: "Any of these priorities.",
    example: ["HIGH"],
  }).optional(),
  category: oneOrMore(slug, MAX_VALUES, {
    description: "Any of these categories.",
    example: ["it", "hr"],
  }).optional(),
  requester: userOr(["me"], "Filed for this user: an id or `me`.").optional(),
  assignee: oneOrMore(
    userOr(["me", "none", "unavailable"], "An id, `me`, `none` or `unavailable`."),
    MAX_VALUES,
    {
      description:
        "Assigned to any of these users: an id, `me`, `none`, or `unavailable` for somebody who can no longer work on requests.",
      example: ["me"],
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
  fields: z
    .array(field)
    .min(1)
    .max(Object.keys(requestView.shape).length)
    .optional()
    .meta({
      description: "Only these fields, and the id.",
      example: ["title", "status"],
      param: { style: "form", explode: false },
    }),
  include: z
    .array(z.enum(REQUEST_INCLUDES))
    .min(1)
    .max(REQUEST_INCLUDES.length)
    .optional()
    .meta({
      description:
        "What lists leave out otherwise: the `description` of each request, the request that it `followsUp`, its `followUps`.",
      example: ["description"],
      param: { style: "form", explode: false },
    }),
  q: text(SEARCH_QUERY, {
    description:
      'Words of the title, description, comments or requester\'s name that must all be found, in any form (English and Russian); the last one may be incomplete. "Exact phrase", -without. An id or a number finds that request first. A page may hold fewer items than `limit` although more follow.',
    example: "printer",
  }).optional(),
  sort: z
    .enum(REQUEST_SORTS)
    .meta({ id: "RequestSort", description: "An order of requests.", example: "newest" })
    .optional()
    .meta({
      description:
        "The order: by filing, by the last change or activity (latest first), or by priority (most urgent first, then newest). Default `newest`.",
      example: "newest",
    }),
  ...paging,
});

export const exportRequestsInput = listRequestsInput.omit({ cursor: true, limit: true });

const MAX_COUNTS = 20;

export const countRequestsInput = z.strictObject({
  filters: z
    .record(
      z.string().regex(/^[A-Za-z][\w-]{0,39}$/, {
        error: "A name has up to 40 letters, digits, - and _, the first a letter.",
      }),
      z.strictObject(requestFilters),
    )
    .refine((filters) => Object.keys(filters).length <= MAX_COUNTS, {
      params: { rule: "too_many", given: { maxItems: MAX_COUNTS } },
      error: `It must have at most ${MAX_COUNTS} filters.`,
    }),
});

const requestCount = z
  .object({
    count: z.int().meta({ description: "How many match, at most 1,000.", example: 12 }),
    more: z.boolean().meta({
      description:
        "Whether there are or may be more: show `count` with a plus, as in `1000+`. Below 1,000, when each of several filters holds for more than 10,000 requests, and all of them together for few.",
      example: false,
    }),
  })
  .meta({ id: "RequestCount", description: "How many requests a filter holds for." });

export const requestCounts = z
  .object({
    counts: z.record(z.string(), requestCount).meta({
      description: "By the names of the filters.",
      example: { mine: { count: 3, more: false } },
    }),
  })
  .meta({ id: "RequestCounts", description: "Counts of requests by filter." });

const percentiles = z
  .object({
    p50: z.number().nullable().meta({ description: "Median, in seconds.", example: 5400 }),
    p90: z
      .number()
      .nullable()
      .meta({ description: "90th percentile, in seconds.", example: 86400 }),
  })
  .meta({
    id: "Percentiles",
    description:
      "Waiting times; null without any measurement. Of more than 1,000 requests they are within 1 % of the true ones.",
  });

const count = z.int().meta({ description: "Number of requests.", example: 12 });
const categoryCount = z
  .object({ category: z.string().meta({ description: "Slug.", example: "it" }), count })
  .meta({ id: "CategoryCount", description: "Number of requests of a category." });
const assigneeCount = z
  .object({ assignee: userRef.nullable().meta({ description: "Null: unassigned." }), count })
  .meta({ id: "AssigneeCount", description: "Number of requests of an assignee." });
const byAssignee = z.array(assigneeCount).meta({ description: "In descending order of count." });
const byPriority = z
  .object({ LOW: count, NORMAL: count, HIGH: count, URGENT: count })
  .meta({ id: "PriorityCounts", description: "Number of requests by priority." });

export const requestStatsInput = z.strictObject({
  createdFrom: moment(
    "Only requests filed at this moment or later. Default: all; a series begins 30 days or 12 weeks back.",
  ).optional(),
  createdTo: moment("Only requests filed before this moment. Default: now.").optional(),
  interval: z
    .enum(STATS_INTERVALS)
    .optional()
    .meta({
      description: `Asks for a series by day or by week, of at most ${MAX_SERIES_POINTS} points.`,
      example: "day",
    }),
  timeZone: timeZone(
    "The time zone in which the days of a series begin, by its name in the IANA database; default UTC.",
  ).optional(),
});

const statsPoint = z
  .object({
    date: z.iso.date().meta({
      description: "The day, or the Monday of the week, in the time zone.",
      example: "2026-03-02",
    }),
    from: timestamp("When it begins."),
    created: count.meta({ description: "Number of requests that were filed in it." }),
    closed: count.meta({
      description:
        "Number of requests that became DONE or CANCELED in it, whenever they were filed.",
    }),
  })
  .meta({ id: "StatsPoint", description: "A day or a week of a series." });

export const requestStats = z
  .object({
    byStatus: z
      .object({ NEW: count, IN_PROGRESS: count, DONE: count, CANCELED: count })
      .meta({ id: "StatusCounts", description: "Number of requests by status." }),
    byPriority,
    byCategory: z.array(categoryCount).meta({ description: "In descending order of count." }),
    byAssignee,
    open: z
      .object({ byPriority, byAssignee })
      .meta({ id: "OpenCounts", description: "Number of NEW and IN_PROGRESS requests." }),
    timeToStart: percentiles.meta({ description: "From filing to IN_PROGRESS." }),
    timeToClose: percentiles.meta({ description: "From filing to DONE or CANCELED." }),
    series: z
      .array(statsPoint)
      .nullable()
      .meta({ description: "The days or weeks, oldest first; null without `interval`." }),
    more: z.boolean().meta({
      description:
        "Whether only the newest 10,000 requests are counted. It is so only for callers who see no others than their own, and have more.",
      example: false,
    }),
  })
  .meta({ id: "RequestStats", description: "Counts and waiting times." });
