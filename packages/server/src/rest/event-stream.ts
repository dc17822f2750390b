import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { EventStream, Progress } from "../events/follow.ts";

/** Whoever takes nothing for so long is cut, and goes on behind the last event that came. */
const MOST_STALLED_MS = 30_000;
/** Clients that were all cut at once should not all come again at once. */
const LEAST_RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 2_000;

const encoder = new TextEncoder();
const written = new WeakMap<ServiceFlowEvent, Uint8Array>();

/** An event as a server-sent one. Readers who are told the same share its bytes. */
function eventBytes(event: ServiceFlowEvent): Uint8Array {
  let bytes = written.get(event);
  if (!bytes) {
    bytes = encoder.encode(`id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`);
    written.set(event, bytes);
  }
  return bytes;
}

/** An id without data dispatches nothing, and yet is what the client comes again with. */
function heartbeatBytes({ cursor }: Progress): Uint8Array {
  return encoder.encode(`: alive\nid: ${cursor}\n\n`);
}

function beginning({ cursor }: Progress): Uint8Array {
  const retry = Math.round(LEAST_RETRY_MS + Math.random() * RETRY_SPREAD_MS);
  return encoder.encode(`retry: ${retry}\nid: ${cursor}\n\n`);
}

/** What a body is sent over. */
interface Connection {
  destroy(): void;
}

/**
 * Server-sent events as a body. It is read only as fast as the client takes it: a slow one holds one chunk of memory,
 * and falls behind in the feed instead.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param connection undefined where there is none to be cut
 */
export function eventBody(
  stream: EventStream,
  connection: Connection | undefined,
): ReadableStream<Uint8Array> {
  const { progress, signal } = stream;
  let begun = false;
  let stalled: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => {};
  /** What waits in the queue for a client that takes nothing would keep the connection. */
  const cut = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (connection) connection.destroy();
    else controller.error(new Error("The client took nothing."));
  };
  const end = () => {
    clearTimeout(stalled);
    signal.removeEventListener("abort", onAbort);
    stream.end();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      onAbort = () => {
        end();
        if ((controller.desiredSize ?? 0) > 0) controller.close();
        else cut(controller);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    },
    async pull(controller) {
      clearTimeout(stalled);
      stalled = undefined;
      try {
        const { done, value } = await progress.next();
        if (signal.aborted) return;
        if (done) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(begun ? bytesOf(value) : beginning(value));
        begun = true;
        stalled = setTimeout(() => {
          end();
          cut(controller);
        }, MOST_STALLED_MS);
        stalled.unref();
      } catch (error) {
        end();
        if (!signal.aborted) controller.error(error);
      }
    },
    cancel() {
      end();
      void progress.return(undefined);
    },
  });
}

function bytesOf(progress: Progress): Uint8Array {
  const { events } = progress;
  if (events.length === 0) return heartbeatBytes(progress);
  if (events.length === 1) return eventBytes(events[0] as ServiceFlowEvent);
  return Buffer.concat(events.map(eventBytes));
}
