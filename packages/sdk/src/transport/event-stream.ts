import type { ServiceFlowEvent } from "@serviceflow/domain";
import { isServiceFlowError, ServiceFlowError } from "../error.ts";
import type { CallOptions } from "./call-options.ts";
import { pause } from "./deadline.ts";
import { retryDelay, shouldRetry } from "./retry.ts";
import type { Sender } from "./sender.ts";
import { readMessages } from "./server-sent-events.ts";

/** The server says something every 15 s; a connection that is silent for longer is dead. */
const MOST_SILENT_MS = 45_000;
/** How many ids are remembered, so that an event that comes twice is told once. */
const MOST_REMEMBERED = 1_000;

interface FollowInput {
  after?: string | undefined;
  type?: string | string[] | undefined;
}

/** Events as they happen, through one connection after the other. */
export async function* followEvents(
  sender: Sender,
  input: FollowInput,
  options: CallOptions,
): AsyncGenerator<ServiceFlowEvent, void, undefined> {
  const told = new Set<string>();
  let { after } = input;
  for (let failures = 0; ; failures += 1) {
    let retryAfterMs: number | undefined;
    let askedMs = 0;
    try {
      const pieces = sender.stream({
        operation: "events.subscribe",
        path: `/events/stream${toQuery({ ...input, after })}`,
        type: "text/event-stream",
        pauseMs: MOST_SILENT_MS,
        options: { ...options, maxRetries: 0 },
      });
      let isFirst = true;
      for await (const { id, data, retryMs } of readMessages(pieces)) {
        askedMs = retryMs;
        // A server that opens a stream only to end it has not recovered yet.
        if (!isFirst || data !== "") failures = 0;
        isFirst = false;
        if (data !== "") {
          const event = parseEvent(data);
          if (!told.has(event.id)) {
            remember(told, event.id);
            yield event;
          }
        }
        if (id !== "") after = id;
      }
      // The server ended it, to stop or because a role has changed; it tells each client when, so that not all come at once.
      retryAfterMs = askedMs;
    } catch (error) {
      const canGoOn = isServiceFlowError(error) && shouldRetry(error);
      if (!canGoOn) throw error;
      retryAfterMs = error.retryAfterMs;
    }
    await pause(retryDelay(failures, retryAfterMs), options.signal);
  }
}

function toQuery({ after, type }: FollowInput): string {
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
