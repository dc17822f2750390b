import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { EventStream, Progress } from "../events/stream.ts";
import { type Connection, guardedBody } from "../http/guarded-body.ts";

/** Clients that were all cut at once should not all come again at once. */
const LEAST_RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 2_000;
/** About as much is handed over at a time; an event is never split. */
const PIECE_BYTES = 64 * 1024;

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

/**
 * Server-sent events as a body.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param connection undefined where there is none to be cut
 */
export function eventBody(
  stream: EventStream,
  connection: Connection | undefined,
): ReadableStream<Uint8Array> {
  const { progress, signal } = stream;
  const waiting: ServiceFlowEvent[] = [];
  let begun = false;
  return guardedBody(
    {
      signal,
      async read() {
        if (waiting.length > 0) return nextPiece(waiting);
        const { done, value } = await progress.next();
        if (done) return null;
        if (!begun) {
          begun = true;
          return beginning(value);
        }
        if (value.events.length === 0) return heartbeatBytes(value);
        waiting.push(...value.events);
        return nextPiece(waiting);
      },
      leave() {
        waiting.length = 0;
        stream.end();
        void progress.return(undefined);
      },
    },
    connection,
  );
}

/** Takes from what waits as much as goes into one piece, and one event at least. */
function nextPiece(waiting: ServiceFlowEvent[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (waiting.length > 0) {
    const bytes = eventBytes(waiting[0] as ServiceFlowEvent);
    if (size > 0 && size + bytes.length > PIECE_BYTES) break;
    pieces.push(bytes);
    size += bytes.length;
    waiting.shift();
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, size);
}
