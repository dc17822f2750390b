import type {
  EventFilters,
  EventOf,
  EventPage,
  EventType,
  ListEventsInput,
} from "@serviceflow/domain";
import { EventFeed, type FeedOptions } from "../feed/event-feed.ts";
import type { ApiPromise } from "../transport/api-promise.ts";
import type { CallOptions } from "../transport/call-options.ts";
import type { Sender } from "../transport/sender.ts";
import type { Call } from "../transport/trpc.ts";
import {
  type EventSubscription,
  handleEvents,
  type SubscribeOptions,
  type SubscriptionOptions,
} from "./event-subscription.ts";
import { iteratePages, type PageIterable } from "./paginate.ts";

/** Start and filter of a subscription. */
export interface SubscribeInput<Type extends EventType = EventType> extends EventFilters {
  /** Start after this `cursor` of an event or page. `now` (default): only new events; `start`: the whole feed. */
  after?: string | undefined;
  /** Only events of these types. */
  type?: Type | Type[] | undefined;
}

/** The event feed: poll it, stream it or subscribe a handler. */
export class Events {
  readonly #call: Call;
  readonly #feedOptions: FeedOptions;
  readonly #feed: EventFeed;

  /** @internal */
  constructor(call: Call, sender: Sender, sharedName: FeedOptions["sharedName"]) {
    this.#call = call;
    const list: FeedOptions["list"] = (input, options) => this.list(input as never, options).page();
    this.#feedOptions = { sender, list };
    this.#feed = new EventFeed({ sender, list, sharedName });
  }

  /**
   * Reads the feed up to its current end, oldest first. To continue later without gaps or duplicates, keep `nextCursor`
   * (or the `cursor` of the last event you processed) and pass it as `after`.
   * @throws ServiceFlowError `cursor_unknown`, `overloaded`
   * @example
   * ```ts
   * for await (const event of sf.events.list({ after: "start" })) {
   *   if (event.type === "request.transitioned") console.log(event.request?.status, event.cursor);
   * }
   *
   * const { items, nextCursor } = await sf.events.list({ type: "request.created", limit: 100 });
   * const mine = await sf.events.list({ concerning: "me", after: nextCursor });
   * ```
   */
  list<Type extends EventType = EventType>(
    input: ListEventsInput & { type?: Type | Type[] | undefined } = {},
    options: CallOptions = {},
  ): PageIterable<EventOf<Type>, EventPage<Type>> {
    // The server's return type does not reflect the type filter.
    const fetchPage = (after: string | undefined, ofPage: CallOptions) =>
      this.#call(
        (server, context) => server.events.list.query({ ...input, after }, context),
        ofPage,
      ) as ApiPromise<EventPage<Type>>;
    return iteratePages(input.after, options, fetchPage, ({ hasMore, nextCursor }) =>
      hasMore ? nextCursor : null,
    );
  }

  /**
   * Streams events as they happen, until the loop ends. Reconnects automatically at the last cursor, without gaps or
   * duplicates. All subscriptions of a client share one stream, in browsers those of all tabs with the same key; one with
   * `headers`, `timeoutMs` (of each connection attempt) or other options of its own has a stream of its own. To resume
   * after a restart, keep the `cursor` of the last event you processed.
   * @throws ServiceFlowError `cursor_unknown`; `aborted` when the signal aborts
   * @example
   * ```ts
   * for await (const event of sf.events.subscribe({ after: "start", type: "request.created", category: "general" })) {
   *   console.log(event.id, event.request?.title);
   *   break;
   * }
   * ```
   */
  subscribe<Type extends EventType = EventType>(
    input: SubscribeInput<Type> = {},
    { signal, onState, onPresence, ...options }: SubscribeOptions = {},
  ): AsyncGenerator<EventOf<Type>, void, undefined> {
    const hasOwn = Object.values(options).some((value) => value !== undefined);
    const feed = hasOwn ? new EventFeed({ ...this.#feedOptions, options }) : this.#feed;
    const events = feed.listen(input, signal, onState, onPresence);
    return events as AsyncGenerator<EventOf<Type>, void, undefined>;
  }

  /**
   * Calls a handler for each event of the given types. Handlers run one at a time, in feed order. An error thrown by
   * the handler ends the subscription: `closed` rejects with it, and `onError` gets it.
   * @throws ServiceFlowError through `closed` and `onError`: `cursor_unknown`
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
    handler: (event: EventOf<Type>) => unknown,
    input: Omit<SubscribeInput, "type"> = {},
    options: SubscriptionOptions = {},
  ): EventSubscription {
    const { onError: _, ...ofStream } = options;
    const events = this.subscribe({ ...input, type }, ofStream);
    return handleEvents(events, handler, options, input.after);
  }
}
