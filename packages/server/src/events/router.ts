import {
  DomainError,
  ERRORS,
  type RequestPresence,
  type ServiceFlowEvent,
} from "@serviceflow/domain";
import { eventPage, listEventsInput, streamEventsInput } from "@serviceflow/domain/contract";
import { TRPCError, type TrackedEnvelope, tracked } from "@trpc/server";
import { procedure, router } from "../procedure.ts";
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
        summary: "Poll the feed of events, oldest first",
        description:
          "Every committed change that you may see, once and in an order that never changes. Store `nextCursor` and pass it as `after` in the next poll. Events of users, API keys and webhooks are for administrators whose key has the scope `admin`.",
        answers: "feed",
        errors: ["cursor_unknown", "overloaded"],
      },
    })
    .input(listEventsInput)
    .output(eventPage)
    .query(({ ctx, input }) => ctx.feed.list(ctx.caller, input)),

  stream: procedure
    .meta({
      scope: "requests:read",
      openapi: {
        method: "GET",
        path: "/events/stream",
        tags,
        summary: "Stream the feed of events",
        description:
          "Server-sent events: `id` is the cursor, `data` the event. Reconnect with `Last-Event-ID` to resume without a gap. The stream ends when the API key expires or is revoked, when your role changes, and when the server stops. To those who follow the presence of a request it sends events of type `presence` without an `id`, whose data is a `RequestPresence`. If it cannot go on, because the log has lost what you have read, it ends with an event of type `problem` whose data is the problem.",
        answers: "events",
        errors: ["cursor_unknown"],
      },
    })
    .input(streamEventsInput)
    .subscription(
      async ({ ctx, input }): Promise<AsyncIterable<StreamedItem>> =>
        new TrackedStream(await openStream(ctx, input)),
    ),
});

/** Presence comes without an id, so that no cursor moves. */
type StreamedItem = TrackedEnvelope<ServiceFlowEvent> | RequestPresence;

/** A stream as tRPC iterates over it; REST writes `stream` itself. */
export class TrackedStream implements AsyncIterable<StreamedItem> {
  readonly stream: EventStream;
  #hasLeft = false;

  constructor(stream: EventStream) {
    this.stream = stream;
  }

  /** Call it when the client has disconnected: the iteration, which waits for an event, cannot tell. */
  leave(): void {
    this.#hasLeft = true;
    this.stream.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamedItem> {
    let isRefused = false;
    try {
      for await (const { events, presence } of this.stream.batches) {
        yield* presence;
        for (const event of events) yield tracked(event.cursor, event);
      }
      if (this.#hasLeft) return;
      // After a plain end the client would not reconnect.
      throw new DOMException("The stream ended; open it again.", "AbortError");
    } catch (error) {
      if (!(error instanceof DomainError) || ERRORS[error.code].retryable) throw error;
      isRefused = true;
      // After any other code a client of tRPC would reconnect for good.
      throw new TRPCError({ code: "BAD_REQUEST", cause: error });
    } finally {
      // A refusal has yet to be sent; the body ends the stream then.
      if (!isRefused) this.stream.end();
    }
  }
}
