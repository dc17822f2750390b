import { z } from "zod";
import { MAX_PRESENCES, MAX_PRESENT_PEOPLE, PRESENCE_STATES } from "../requests/presence.ts";
import { pattern, requestPathId, timestamp, userRef } from "./fields.ts";

const STATES =
  "Only agents and administrators see VIEWING and WRITING_INTERNALLY, of each other; everyone who may view the request sees WRITING, a public comment.";

const presentPerson = z
  .object({
    user: userRef.meta({ description: "Who is there." }),
    state: z.enum(PRESENCE_STATES).meta({
      id: "PresenceState",
      description: `What somebody does on a request. ${STATES}`,
      example: "WRITING",
    }),
    since: timestamp("Since when they do that."),
  })
  .meta({ id: "PresentPerson", description: "Somebody who is on a request." });

export const requestPresence = z
  .object({
    serviceRequestId: z
      .string()
      .meta({ description: "Id of the service request.", example: "SF-1031" }),
    people: z.array(presentPerson).max(MAX_PRESENT_PEOPLE).meta({
      description:
        "The people whose presence the caller may see, without the caller. Those who write come first, then those who came first.",
    }),
  })
  .meta({ id: "RequestPresence", description: "Who is on a request now." });

export const requestPresences = z
  .object({
    items: z.array(requestPresence).max(MAX_PRESENCES).meta({
      description:
        "The requests on which the caller sees somebody, in the order of `ids`; the others are left out.",
    }),
  })
  .meta({ id: "RequestPresences", description: "Who is on several requests now." });

export const listPresenceInput = z.strictObject({
  ids: z
    .array(pattern("SF-", /^SF-[1-9]\d{0,9}$/i, "It must be the id of a request, such as SF-1031."))
    .min(1)
    .max(MAX_PRESENCES)
    .meta({ description: "Ids of the requests.", example: ["SF-1031", "SF-1032"] }),
});

export const setPresenceBody = z.strictObject({
  state: z.enum([...PRESENCE_STATES, "LEFT"]).meta({
    description: `What you do from now on, for 30 s; LEFT: you are not there any more. ${STATES}`,
    example: "VIEWING",
  }),
  clientId: z
    .string()
    .regex(/^[\w-]{1,64}$/, "It must have 1 to 64 letters, digits, `-` or `_`.")
    .optional()
    .meta({
      description:
        "Tells apart the windows and programs that use one API key or session, so that one that leaves does not take the others with it.",
      example: "window-1",
    }),
  follow: z.boolean().optional().meta({
    description:
      "Whether the streams of this API key or session carry who comes and goes while you are there, as messages of type `presence` without an `id`, whose data is a `RequestPresence`. Default false.",
    example: true,
  }),
});

export const setPresenceInput = setPresenceBody.extend({ id: requestPathId });
