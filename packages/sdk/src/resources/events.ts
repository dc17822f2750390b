import type { EventPage, EventType, ListEventsInput, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import type { ApiPromise, WithResponse } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import { followEvents } from "../transport/follow-events.ts";
import type { Sender } from "../transport/sender.ts";
import type { Call } from "../transport/trpc.ts";
import { type EventSubscription, handEvents } from "./event-subscription.ts";

/** The events of one type, or of several. */
export type EventNamed<Type extends EventType> = Extract<ServiceFlowEvent, { type: Type }>;

/** Where a subscription begins, and what it is about. */
export interface SubscribeInput<Type extends EventType = EventType> {
  /** The `cursor` of an event or a page; `now`, the default, is what comes, and `start` everything there is. */
  after?: string | undefined;
  /** Only events of this type, or of one of these. */
  type?: Type | Type[] | undefined;
}

/**
 * The feed as far as it goes. Iterate it for all events up to its end, await it for its first page.
 * @example
 * ```ts
 * for await (const event of sf.events.list({ type: "request.created" })) console.log(event.request?.title);
 *
 * const { items, nextCursor } = await sf.events.list({ limit: 100 });
 * ```
 */
export interface EventList<Type extends EventType = EventType>
  extends AsyncIterable<EventNamed<Type>>,
    PromiseLike<EventListPage<Type>> {
  /** Iterates over pages up to the end: `{ items, nextCursor, hasMore }`. */
  pages(): AsyncIterable<EventListPage<Type>>;
  /** Fetches the first page alone. */
  page(): ApiPromise<EventListPage<Type>>;
  /** Fetches the first page alone, with the status and the headers of the answer. */
  withResponse(): Promise<WithResponse<EventListPage<Type>>>;
}

/** A stretch of the feed, oldest first. */
export interface EventListPage<Type extends EventType = EventType>
  extends Omit<EventPage, "items"> {
  items: EventNamed<Type>[];
}

/** What happens, for bots and integrations to follow. */
export class Events {
  readonly #call: Call;
  readonly #sender: Sender;

  /** @internal */
  constructor(call: Call, sender: Sender) {
    this.#call = call;
    this.#sender = sender;
  }

  /**
   * Reads the feed, oldest first, up to its end. Keep `nextCursor`, or the `cursor` of the last event that you are done
   * with, and read on behind it later: nothing is missed, and nothing comes twice.
   * @throws ServiceFlowError `cursor_unknown`
   * @example
   * ```ts
   * for await (const event of sf.events.list({ after: "start" })) {
   *   if (event.type === "request.transitioned") console.log(event.request?.status, event.cursor);
   * }
   * ```
   */
  list<Type extends EventType = EventType>(
    input: ListEventsInput & { type?: Type | Type[] | undefined } = {},
    options?: CallOptions,
  ): EventList<Type> {
    // The server answers the types that are asked for alone, which its own type does not say.
    const fetchPage = (from: ListEventsInput) =>
      this.#call((server, sent) => server.events.list.query(from, sent), options) as ApiPromise<
        EventListPage<Type>
      >;
    const page = () => fetchPage(input);
    async function* pages(): AsyncGenerator<EventListPage<Type>, void, undefined> {
      let current = await page();
      for (;;) {
        yield current;
        if (!current.hasMore) return;
        const next = await fetchPage({ ...input, after: current.nextCursor });
        if (next.nextCursor === current.nextCursor) throw standsStill();
        current = next;
      }
    }
    async function* items(): AsyncGenerator<EventNamed<Type>, void, undefined> {
      for await (const { items } of pages()) yield* items;
    }
    return {
      page,
      pages,
      withResponse: () => page().withResponse(),
      [Symbol.asyncIterator]: items,
      // biome-ignore lint/suspicious/noThenProperty: awaiting a list is how its first page is asked for
      then: (onFulfilled, onRejected) => page().then(onFulfilled, onRejected),
    };
  }

  /**
   * Follows the feed as it grows, for as long as it is read. A connection that breaks is opened again where it broke.
   * `timeoutMs` is for opening one. To go on after a restart, keep the `cursor` of the last event that you are done with.
   * @throws ServiceFlowError `cursor_unknown`, and `aborted` by the signal
   * @example
   * ```ts
   * for await (const event of sf.events.subscribe({ after: "start", type: "request.created" })) {
   *   console.log(event.id, event.request?.title);
   *   break;
   * }
   * ```
   */
  subscribe<Type extends EventType = EventType>(
    input: SubscribeInput<Type> = {},
    options: CallOptions = {},
  ): AsyncGenerator<EventNamed<Type>, void, undefined> {
    const events = followEvents(this.#sender, input, options);
    return events as AsyncGenerator<EventNamed<Type>, void, undefined>;
  }

  /**
   * Calls a function with each event of a type, or of several types, one after the other: the next is handed over when
   * the function is done with the one before. What it throws ends the subscription; `closed` rejects with it.
   * @throws ServiceFlowError through `closed`: `cursor_unknown`
   * @example
   * ```ts
   * const subscription = sf.events.on(
   *   "request.transitioned",
   *   ({ request, changes }) => console.log(request?.id, changes.status?.from, changes.status?.to),
   *   { after: "now" },
   * );
   * subscription.close();
   * await subscription.closed;
   * ```
   */
  on<Type extends EventType>(
    type: Type | Type[],
    handler: (event: EventNamed<Type>) => unknown,
    { after }: { after?: string | undefined } = {},
    options: CallOptions = {},
  ): EventSubscription {
    return handEvents(
      (signal) => this.subscribe({ after, type }, { ...options, signal }),
      handler,
      options.signal,
      after,
    );
  }
}

function standsStill(): ServiceFlowError {
  return new ServiceFlowError(
    "invalid_response",
    "The feed stands still: the server named the same next page twice.",
  );
}
