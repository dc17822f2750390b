import { z } from "zod";
import { AUDIT_POLICY, EVENT_TYPES, type EventType } from "../log/audit-policy.ts";
import { apiKey } from "./api-key.ts";
import { auditAction, cause, serviceRequestId, whatHappened } from "./audit.ts";
import { category, slug } from "./category.ts";
import { comment } from "./comment.ts";
import {
  cursorOf,
  feedCursor,
  idOf,
  limit,
  MAX_VALUES,
  oneOrMore,
  pattern,
  timestamp,
  userOr,
} from "./fields.ts";
import { serviceRequest } from "./request.ts";
import { user } from "./user.ts";
import { webhook } from "./webhook.ts";

const id = idOf("auditEntry", "Id of the event; the same in lists, streams and deliveries.");

const apiKeyId = cause.apiKeyId.meta({
  description:
    "Id of the API key that was used, for its user and for administrators whose key has the scope `admin`; null for others.",
});

const frame = {
  cursor: cursorOf("Position in the feed; pass it as `after` to continue after this event."),
  ...whatHappened,
  serviceRequestId,
  causedBy: z.object({ ...cause, apiKeyId }).meta({
    id: "EventCause",
    description: "The call that caused it. A bot skips events that its own calls caused.",
  }),
};

const request = serviceRequest.nullable().meta({ description: "The current request." });

/** The subject that an event carries. */
const SUBJECTS = {
  request: { request },
  comment: {
    comment: comment.nullable().meta({ description: "The comment." }),
    request,
  },
  user: { user: user.nullable().meta({ description: "The current user." }) },
  api_key: { apiKey: apiKey.nullable().meta({ description: "The current API key." }) },
  code: {},
  category: { category: category.nullable().meta({ description: "The current category." }) },
  webhook: {
    webhook: webhook.nullable().meta({ description: "The current webhook; null: deleted." }),
  },
  sign_in: {},
  audit_log: {},
} as const;

type SubjectOf<Type extends EventType> = (typeof AUDIT_POLICY)[Type]["subject"];

function event<Type extends EventType>(type: Type) {
  const subject: SubjectOf<Type> = AUDIT_POLICY[type].subject;
  return z
    .object({
      id,
      type: z.literal(type).meta({ description: "What happened.", example: type }),
      ...frame,
      ...(SUBJECTS[subject] as (typeof SUBJECTS)[SubjectOf<Type>]),
    })
    .meta({ id: `${pascal(type)}Event`, description: `An event of type \`${type}\`.` });
}

function pascal(type: string): string {
  return type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}

type Events = { [Type in EventType]: ReturnType<typeof event<Type>> };
const EVENTS = Object.fromEntries(EVENT_TYPES.map((type) => [type, event(type)])) as Events;
type Members = [Events[EventType], ...Events[EventType][]];

export const serviceFlowEvent = z
  .discriminatedUnion("type", Object.values(EVENTS) as Members)
  .meta({ id: "Event", description: "An event; `type` discriminates the union." });

export const eventPage = z
  .object({
    items: z.array(serviceFlowEvent).meta({ description: "Oldest first." }),
    nextCursor: cursorOf(
      "Pass it as `after` for the next page. Valid at the end of the feed too: later events follow it.",
    ),
    hasMore: z.boolean().meta({
      description: "Whether more events are available now. An empty page can have more.",
      example: false,
    }),
  })
  .meta({ id: "EventPage", description: "A page of the feed." });

const type = oneOrMore(auditAction, EVENT_TYPES.length, {
  description: "Only events of any of these types.",
  example: ["request.created", "request.transitioned"],
});

const filters = {
  type: type.optional(),
  concerning: z.enum(["me"]).optional().meta({
    description:
      "`me`: only events of requests that you filed, that were filed for you, that you hold or held, or commented on.",
    example: "me",
  }),
  request: pattern("SF-", /^SF-[1-9]\d{0,9}$/i, "It must be the id of a request, such as SF-1031.")
    .optional()
    .meta({ description: "Only events of this request.", example: "SF-1031" }),
  category: oneOrMore(slug, MAX_VALUES, {
    description: "Only events after which their request is in any of these categories.",
    example: ["it"],
  }).optional(),
  assignee: oneOrMore(userOr(["me", "none"], "An id, `me` or `none`."), MAX_VALUES, {
    description:
      "Only events after which their request is assigned to any of these users: an id, `me` or `none`.",
    example: ["me"],
  }).optional(),
};

export const listEventsInput = z.strictObject({
  after: feedCursor(
    "Events after this cursor. `start` (default) is the beginning of the log, `now` its end.",
  ).optional(),
  ...filters,
  limit: limit
    .optional()
    .meta({ description: "Maximum number of events; default 20.", example: 100 }),
});

export const streamEventsInput = z.strictObject({
  after: feedCursor(
    "Events after this cursor. `now` (default) streams new events only, `start` the whole log.",
  ).optional(),
  ...filters,
  lastEventId: feedCursor(
    "For clients that cannot send `Last-Event-ID`. Either takes precedence over `after`.",
  ).optional(),
});

/** The body of a delivery, by type. */
export const eventPayloads: ReadonlyMap<EventType, z.ZodObject> = new Map(
  EVENT_TYPES.map((name) => [
    name,
    z
      .object({
        type: z.literal(name).meta({ description: "What happened.", example: name }),
        timestamp: timestamp("When it happened."),
        data: EVENTS[name],
        omitted: z.array(z.string()).meta({
          description:
            "JSON Pointers into `data` to values that were too large to send; they are null.",
          example: [],
        }),
      })
      .meta({
        id: `${pascal(name)}Message`,
        description: `The body of a delivery of \`${name}\`.`,
      }),
  ]),
);
