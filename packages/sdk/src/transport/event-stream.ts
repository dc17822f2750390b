import type { EventFilters, RequestPresence, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { RecentIds } from "../recent-ids.ts";
import type { CallOptions } from "./call-options.ts";
import { pause } from "./deadline.ts";
import { parseProblem } from "./parse-response.ts";
import { retryDelay, shouldReconnect } from "./retry-policy.ts";
import type { Sender } from "./sender.ts";
import { readMessages } from "./server-sent-events.ts";

/** The server sends a heartbeat every 8 s; a connection that misses two is dead. */
const MAX_SILENCE_MS = 19_000;
/** How many event ids are kept to drop duplicates after a reconnect. */
const MAX_REMEMBERED_IDS = 1_000;

interface StreamInput extends EventFilters {
  after: string;
  type?: string | string[] | undefined;
}

/** Two positions of the feed, and the only event between them that passes the filters of the stream, if there is one. */
export interface FeedStep {
  from: string;
  to: string;
  event: ServiceFlowEvent | undefined;
}

/** Who follows a stream. */
export interface StreamFollower {
  /** Where and with which filters to connect. */
  input(): StreamInput;
  /** The stream is read on when the result resolves. A step without an event is a heartbeat. */
  onStep(step: FeedStep): Promise<void> | undefined;
  onPresence(presence: RequestPresence): void;
  /** The connection ended, or could not be made; another will be tried. */
  onInterrupt(error: ServiceFlowError | undefined): void;
}

/**
 * Follows the stream of events, and reconnects where it was interrupted.
 * @throws ServiceFlowError that ends it for good; `aborted`
 */
export async function followStream(
  sender: Sender,
  follower: StreamFollower,
  options: CallOptions,
): Promise<never> {
  const delivered = new RecentIds(MAX_REMEMBERED_IDS);
  let wasConnected = false;
  for (let failures = 0; ; failures += 1) {
    let retryAfterMs: number | undefined;
    let delayMs: number | undefined;
    try {
      const input = follower.input();
      let from = input.after;
      const chunks = sender.stream({
        operation: "events.subscribe",
        path: `/events/stream${toQuery(input)}`,
        type: "text/event-stream",
        maxSilenceMs: MAX_SILENCE_MS,
        options: { ...options, maxRetries: 0 },
        reconnectsIn: (error) => {
          if (shouldReconnect(error, wasConnected)) {
            delayMs = retryDelay(failures, error.retryAfterMs);
          }
          return delayMs;
        },
      });
      let isFirst = true;
      for await (const { id, event: type, data, retryMs } of readMessages(chunks)) {
        if (type === "problem") throw parseProblem(data);
        // A server that closes the stream (shutdown or changed role) spreads reconnects by a delay per client.
        retryAfterMs = retryMs;
        wasConnected = true;
        // The first message only confirms the cursor. A server that closes right after it has not recovered yet.
        if (!isFirst || data !== "") failures = 0;
        isFirst = false;
        if (type !== "") {
          // Of a type that only a newer SDK knows: no event of the feed.
          if (type === "presence") follower.onPresence(parse<RequestPresence>(data));
          continue;
        }
        const event = data === "" ? undefined : parse<ServiceFlowEvent>(data);
        const isNew = event !== undefined && !delivered.has(event.id);
        if (isNew) delivered.add(event.id);
        const to = id === "" ? (event?.cursor ?? from) : id;
        await follower.onStep({ from, to, event: isNew ? event : undefined });
        from = to;
      }
      follower.onInterrupt(undefined);
    } catch (error) {
      const canReconnect = ServiceFlowError.is(error) && shouldReconnect(error, wasConnected);
      if (!canReconnect) throw error;
      follower.onInterrupt(error);
      retryAfterMs = error.retryAfterMs;
    }
    await pause(delayMs ?? retryDelay(failures, retryAfterMs), options.signal);
  }
}

function toQuery({ after, type, concerning, request, category, assignee }: StreamInput): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({
    after,
    concerning,
    request,
    type,
    category,
    assignee,
  })) {
    for (const one of value === undefined ? [] : [value].flat()) query.append(name, one);
  }
  return `?${query}`;
}

function parse<Data>(data: string): Data {
  try {
    return JSON.parse(data) as Data;
  } catch (cause) {
    throw new ServiceFlowError("invalid_response", "An event is not valid JSON.", { cause });
  }
}
