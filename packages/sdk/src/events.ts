import type { EventPage, EventType, ListEventsInput, ServiceFlowEvent } from "@serviceflow/domain";
import type { CallOptions } from "./call-options.ts";
import { pause } from "./deadline.ts";
import { isServiceFlowError, ServiceFlowError } from "./error.ts";
import { retryDelay, shouldRetry } from "./retry.ts";
import type { Sender } from "./sender.ts";
import { readMessages } from "./server-sent-events.ts";
import type { Call } from "./trpc.ts";

/** The server says something every 15 s; a connection that is silent for longer is dead. */
const MOST_SILENT_MS = 45_000;
/** How many ids are remembered, so that an event that comes twice is told once. */
const MOST_REMEMBERED = 1_000;

/** Where a subscription begins, and what it is about. */
export interface SubscribeInput {
  /** The `cursor` of an event or a page; `now`, the default, is what comes, and `start` everything there is. */
  after?: string | undefined;
  /** Only events of this type, or of one of these. */
  type?: EventType | EventType[] | undefined;
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
export interface EventList extends AsyncIterable<ServiceFlowEvent>, PromiseLike<EventPage> {
  /** Iterates over pages up to the end: `{ items, nextCursor, hasMore }`. */
  pages(): AsyncIterable<EventPage>;
  /** Fetches the first page alone. */
  page(): Promise<EventPage>;
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
  list(input: ListEventsInput = {}, options?: CallOptions): EventList {
    // tRPC takes `unknown` for something that JSON may leave out; a change always has both its sides.
    const fetchPage = (from: ListEventsInput) =>
      this.#call(
        (server, sent) => server.events.list.query(from, sent),
        options,
      ) as Promise<EventPage>;
    const page = () => fetchPage(input);
    async function* pages(): AsyncGenerator<EventPage, void, undefined> {
      let current = await page();
      for (;;) {
        yield current;
        if (!current.hasMore) return;
        const next = await fetchPage({ ...input, after: current.nextCursor });
        if (next.nextCursor === current.nextCursor) throw standsStill();
        current = next;
      }
    }
    async function* items(): AsyncGenerator<ServiceFlowEvent, void, undefined> {
      for await (const { items } of pages()) yield* items;
    }
    return {
      page,
      pages,
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
  async *subscribe(
    input: SubscribeInput = {},
    options: CallOptions = {},
  ): AsyncGenerator<ServiceFlowEvent, void, undefined> {
    const told = new Set<string>();
    let { after } = input;
    for (let failures = 0; ; failures += 1) {
      try {
        const path = `/events/stream${toQuery({ ...input, after })}`;
        const pieces = this.#sender.stream(path, "text/event-stream", MOST_SILENT_MS, {
          ...options,
          maxRetries: 0,
        });
        for await (const { id, data } of readMessages(pieces)) {
          failures = 0;
          if (data !== "") {
            const event = parseEvent(data);
            if (!told.has(event.id)) {
              remember(told, event.id);
              yield event;
            }
          }
          if (id !== "") after = id;
        }
      } catch (error) {
        const canGoOn = isServiceFlowError(error) && shouldRetry(error);
        if (!canGoOn) throw error;
        await pause(retryDelay(failures, error.retryAfterMs), options.signal);
        continue;
      }
      // The server ended it, to stop or because a role has changed.
      await pause(retryDelay(failures, undefined), options.signal);
    }
  }
}

function toQuery({ after, type }: SubscribeInput): string {
  const query = new URLSearchParams();
  if (after !== undefined) query.set("after", after);
  for (const one of type === undefined ? [] : [type].flat()) query.append("type", one);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

function parseEvent(data: string): ServiceFlowEvent {
  try {
    return JSON.parse(data) as ServiceFlowEvent;
  } catch (cause) {
    throw new ServiceFlowError("invalid_response", "An event is not JSON.", { cause });
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size <= MOST_REMEMBERED) return;
  for (const oldest of ids) {
    ids.delete(oldest);
    return;
  }
}

function standsStill(): ServiceFlowError {
  return new ServiceFlowError(
    "invalid_response",
    "The feed stands still: the server named the same next page twice.",
  );
}
