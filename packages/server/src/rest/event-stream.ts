import {
  DomainError,
  type Problem,
  type RequestPresence,
  type ServiceFlowEvent,
} from "@serviceflow/domain";
import type { EventBatch } from "../context.ts";
import type { EventStream } from "../events/stream.ts";
import { type Client, guardedBody } from "../http/guarded-body.ts";
import { type CallReference, toProblem } from "../http/problem.ts";

/** Clients that were all cut at once should not all reconnect at once. */
const MIN_RETRY_MS = 1_000;
const RETRY_SPREAD_MS = 2_000;
/** Size of a chunk, about; an event is never split. */
const CHUNK_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const written = new WeakMap<ServiceFlowEvent, Uint8Array>();

/** An event as a server-sent event. Readers of the same view share its bytes. */
function eventBytes(event: ServiceFlowEvent): Uint8Array {
  let bytes = written.get(event);
  if (!bytes) {
    bytes = encoder.encode(`id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`);
    written.set(event, bytes);
  }
  return bytes;
}

/** Without an id: a client that reconnects does so where it is in the feed. */
function presenceBytes(presence: RequestPresence): Uint8Array {
  return encoder.encode(`event: presence\ndata: ${JSON.stringify(presence)}\n\n`);
}

/** An id without data dispatches no event, but the client reconnects with it. */
function heartbeatBytes({ cursor }: EventBatch): Uint8Array {
  return encoder.encode(`: alive\nid: ${cursor}\n\n`);
}

function openingBytes({ cursor }: EventBatch): Uint8Array {
  const retry = Math.round(MIN_RETRY_MS + Math.random() * RETRY_SPREAD_MS);
  return encoder.encode(`retry: ${retry}\nid: ${cursor}\n\n`);
}

/** Ends a stream that cannot go on. It has no id: a client that reconnects is refused with the same problem. */
export function problemBytes(problem: Problem): Uint8Array {
  return encoder.encode(`event: problem\ndata: ${JSON.stringify(problem)}\n\n`);
}

/**
 * Server-sent events as a body.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @param call that opened it, for its last word when it cannot go on
 */
export function eventBody(
  stream: EventStream,
  client: Client,
  call: CallReference | null = null,
): ReadableStream<Uint8Array> {
  const { batches, signal } = stream;
  const pending: (ServiceFlowEvent | RequestPresence)[] = [];
  let begun = false;
  return guardedBody(
    {
      signal,
      async read() {
        if (pending.length > 0) return nextChunk(pending);
        try {
          const { done, value } = await batches.next();
          if (done) return null;
          if (!begun) {
            begun = true;
            return openingBytes(value);
          }
          pending.push(...value.presence, ...value.events);
          if (pending.length === 0) return heartbeatBytes(value);
          return nextChunk(pending);
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          return problemBytes(toProblem(error, call));
        }
      },
      leave() {
        pending.length = 0;
        stream.end();
        void batches.return(undefined);
      },
    },
    client,
  );
}

/** Takes as many pending events as fit into one chunk, and one at least. */
function nextChunk(pending: (ServiceFlowEvent | RequestPresence)[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (pending.length > 0) {
    const next = pending[0] as ServiceFlowEvent | RequestPresence;
    const bytes = "cursor" in next ? eventBytes(next) : presenceBytes(next);
    if (size > 0 && size + bytes.length > CHUNK_BYTES) break;
    pieces.push(bytes);
    size += bytes.length;
    pending.shift();
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, size);
}
