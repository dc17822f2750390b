import { z } from "zod";
import { AUDIT_POLICY, EVENT_TYPES, type EventType } from "../log/audit-policy.ts";
import { apiKey } from "./api-key.ts";
import { auditAction, cause, serviceRequestId, whatHappened } from "./audit.ts";
import { category } from "./category.ts";
import { comment } from "./comment.ts";
import { cursorOf, feedCursor, idOf, limit, oneOrMore, timestamp } from "./fields.ts";
import { serviceRequest } from "./request.ts";
import { user } from "./user.ts";
import { webhook } from "./webhook.ts";

const id = idOf("auditEntry", "Id of the event, the same wherever it is met.");

const frame = {
  cursor: cursorOf("Where it stands in the feed; pass it as `after` to go on behind it."),
  ...whatHappened,
  serviceRequestId,
  causedBy: z
    .object(cause)
    .meta({ id: "EventCause", description: "The call that did it; a bot passes over its own." }),
};

const request = serviceRequest.nullable().meta({ description: "The request as it is now." });

/** What an event carries of its subject. */
const SUBJECTS = {
  request: { request },
  comment: {
    comment: comment.nullable().meta({ description: "The comment." }),
    request,
  },
  user: { user: user.nullable().meta({ description: "The user as it is now." }) },
  api_key: { apiKey: apiKey.nullable().meta({ description: "The API key as it is now." }) },
  category: { category: category.nullable().meta({ description: "The category as it is now." }) },
  webhook: {
    webhook: webhook.nullable().meta({ description: "The webhook as it is now; null: deleted." }),
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
    .meta({ id: `${pascal(type)}Event`, description: `\`${type}\`, as it is told to a reader.` });
}

function pascal(type: string): string {
  return type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}

type Events = { [Type in EventType]: ReturnType<typeof event<Type>> };
const EVENTS = Object.fromEntries(EVENT_TYPES.map((type) => [type, event(type)])) as Events;
type Members = [Events[EventType], ...Events[EventType][]];

export const serviceFlowEvent = z
  .discriminatedUnion("type", Object.values(EVENTS) as unknown as Members)
  .meta({ id: "Event", description: "Something that happened, told by its `type`." });

export const eventPage = z
  .object({
    items: z.array(serviceFlowEvent).meta({ description: "Oldest first." }),
    nextCursor: cursorOf("Pass it as `after` to go on, at the end as well: later, there is more."),
    hasMore: z.boolean().meta({
      description: "Whether there is more already. A page can be empty and have more behind it.",
      example: false,
    }),
  })
  .meta({ id: "EventPage", description: "A stretch of the feed." });

const type = oneOrMore(auditAction, EVENT_TYPES.length, {
  description: "Only events of any of these types.",
  example: ["request.created", "request.transitioned"],
});

export const listEventsInput = z.strictObject({
  after: feedCursor(
    "Behind this cursor. `start`, the default, is the beginning of the log, `now` its end.",
  ).optional(),
  type: type.optional(),
  limit: limit.optional().meta({ description: "Most events; 20 when left out.", example: 100 }),
});

export const streamEventsInput = z.strictObject({
  after: feedCursor(
    "From behind this cursor on. `now`, the default, is what comes; `start` is everything.",
  ).optional(),
  type: type.optional(),
  lastEventId: feedCursor(
    "For clients that cannot send `Last-Event-ID`; either comes before `after`.",
  ).optional(),
});

/** The body of a delivery, by type. */
export const eventPayloads: ReadonlyMap<EventType, z.ZodObject> = new Map(
  EVENT_TYPES.map((name) => [
    name,
    z.object({
      type: z.literal(name).meta({ description: "What happened.", example: name }),
      timestamp: timestamp("When it happened."),
      data: EVENTS[name],
      omitted: z.array(z.string()).meta({
        description:
          "JSON Pointers into `data` to what was too large to send, and is null in its place.",
        example: [],
      }),
    }),
  ]),
);
