import type { ServiceFlowEvent } from "@serviceflow/domain";
import { eventPage, listEventsInput, streamEventsInput } from "@serviceflow/domain/contract";
import { type TrackedEnvelope, tracked } from "@trpc/server";
import { procedure, router } from "../procedure.ts";
import { listEvents } from "./feed.ts";
import { type EventStream, openStream } from "./stream.ts";

const tags: [string] = ["Events"];

export const eventsRouter = router({
  list: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/events",
        tags,
        summary: "Read the feed of events, oldest first",
        description:
          "Every committed change that you may know of, once and in an order that never changes. Keep `nextCursor`, and ask again behind it. Events of users, keys and webhooks are for administrators whose key has the scope `admin`.",
        answers: "feed",
        errors: ["cursor_unknown"],
      },
    })
    .input(listEventsInput)
    .output(eventPage)
    .query(({ ctx, input }) => listEvents(ctx, input)),

  stream: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/events/stream",
        tags,
        summary: "Follow the feed as it grows",
        description:
          "Server-sent events: `id` is the cursor, `data` the event. Open it again with `Last-Event-ID`, and nothing is missed. It ends when the key ends, when your role changes, and when the server stops.",
        answers: "events",
        errors: ["cursor_unknown"],
      },
    })
    .input(streamEventsInput)
    .subscription(
      async ({ ctx, input }): Promise<AsyncIterable<TrackedEvent>> =>
        new TrackedStream(await openStream(ctx, input)),
    ),
});

type TrackedEvent = TrackedEnvelope<ServiceFlowEvent>;

/** A stream as tRPC iterates over it; REST writes `stream` itself. */
export class TrackedStream implements AsyncIterable<TrackedEvent> {
  readonly stream: EventStream;
  #isLeft = false;

  constructor(stream: EventStream) {
    this.stream = stream;
  }

  /** To be called when the client has gone: the iteration, which waits for an event, cannot tell. */
  leave(): void {
    this.#isLeft = true;
    this.stream.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrackedEvent> {
    const { progress, end } = this.stream;
    try {
      for await (const { events } of progress) {
        for (const event of events) yield tracked(event.cursor, event);
      }
      if (this.#isLeft) return;
      // A plain end would tell the client not to come again.
      throw new DOMException("The stream was ended; open it again.", "AbortError");
    } finally {
      end();
    }
  }
}
