import type { EventFilters, ServiceFlowEvent } from "@serviceflow/domain";
import { ServiceFlowError } from "../error.ts";
import { RecentIds } from "../recent-ids.ts";
import type { CallOptions } from "./call-options.ts";
import { cancellable } from "./cancellable.ts";
import { pause } from "./deadline.ts";
import { parseProblem } from "./parse-response.ts";
import { retryDelay, shouldReconnect } from "./retry-policy.ts";
import type { Sender } from "./sender.ts";
import { readMessages } from "./server-sent-events.ts";

/** The server sends a heartbeat every 15 s; a connection that is silent for longer than this is dead. */
const MAX_SILENCE_MS = 45_000;
/** How many event ids are kept to drop duplicates after a reconnect. */
const MAX_REMEMBERED_IDS = 1_000;

interface StreamInput extends EventFilters {
  after?: string | undefined;
  type?: string | string[] | undefined;
}

/** Streams events and reconnects at the last cursor. */
export function streamEvents(
  sender: Sender,
  input: StreamInput,
  options: CallOptions,
): AsyncGenerator<ServiceFlowEvent, void, undefined> {
  return cancellable(
    (signal) => followEvents(sender, input, { ...options, signal }),
    options.signal,
  );
}

async function* followEvents(
  sender: Sender,
  input: StreamInput,
  options: CallOptions,
): AsyncGenerator<ServiceFlowEvent, void, undefined> {
  const delivered = new RecentIds(MAX_REMEMBERED_IDS);
  let { after } = input;
  let wasConnected = false;
  for (let failures = 0; ; failures += 1) {
    let retryAfterMs: number | undefined;
    let reconnectMs = 0;
    try {
      const chunks = sender.stream({
        operation: "events.subscribe",
        path: `/events/stream${toQuery({ ...input, after })}`,
        type: "text/event-stream",
        maxSilenceMs: MAX_SILENCE_MS,
        options: { ...options, maxRetries: 0 },
      });
      let isFirst = true;
      for await (const { id, event: type, data, retryMs } of readMessages(chunks)) {
        if (type === "problem") throw parseProblem(data);
        reconnectMs = retryMs;
        wasConnected = true;
        // The first message only confirms the cursor. A server that closes right after it has not recovered yet.
        if (!isFirst || data !== "") failures = 0;
        isFirst = false;
        if (data !== "") {
          const event = parseEvent(data);
          if (!delivered.has(event.id)) {
            delivered.add(event.id);
            yield event;
          }
        }
        if (id !== "") after = id;
      }
      // The server closed the stream (shutdown or changed role). It spreads reconnects by a delay per client.
      retryAfterMs = reconnectMs;
    } catch (error) {
      const canReconnect = ServiceFlowError.is(error) && shouldReconnect(error, wasConnected);
      if (!canReconnect) throw error;
      retryAfterMs = error.retryAfterMs;
    }
    await pause(retryDelay(failures, retryAfterMs), options.signal);
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
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

function parseEvent(data: string): ServiceFlowEvent {
  try {
    return JSON.parse(data) as ServiceFlowEvent;
  } catch (cause) {
    throw new ServiceFlowError("invalid_response", "An event is not valid JSON.", { cause });
  }
}
