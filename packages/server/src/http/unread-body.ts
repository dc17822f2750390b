import type { IncomingMessage } from "node:http";
import { ERRORS } from "@serviceflow/domain";
import { MAX_BODY_BYTES } from "./body.ts";
import { isBodyHeld } from "./expectation.ts";
import { incomingOf } from "./incoming.ts";

type Fetch = (request: Request, env?: object) => Response | Promise<Response>;

/** How much of a body that nobody wants is still taken from its sender. */
export interface DrainLimits {
  bytes: number;
  ms: number;
}

const DRAIN_LIMITS: DrainLimits = { bytes: 1024 * 1024, ms: 2_000 };

/**
 * Answers at once when an answer is ready before its request has arrived, and then discards the rest of the body up to
 * a limit. A proxy that is still sending would take a closed connection for a failure, and never read the answer.
 */
export function drainingUnread(fetch: Fetch, limits: DrainLimits = DRAIN_LIMITS): Fetch {
  return (request, env) => {
    const answer = fetch(request, env);
    const incoming = incomingOf(env);
    if (!incoming || !hasBody(incoming)) return answer;
    return Promise.resolve(answer).then((response) =>
      incoming.complete || incoming.destroyed ? response : drained(response, incoming, limits),
    );
  };
}

function hasBody({ method, headers }: IncomingMessage): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

async function drained(
  response: Response,
  incoming: IncomingMessage,
  limits: DrainLimits,
): Promise<Response> {
  if (isBodyHeld(incoming)) return closing(response);
  const body = new Uint8Array(await response.arrayBuffer());
  const headers = new Headers(response.headers);
  // With its length the answer is whole for the client, though it ends only when the body has been discarded.
  headers.set("content-length", String(body.length));
  headers.delete("transfer-encoding");
  // An answer that was begun before its body came, as those of streamed batches are.
  if (incoming.complete) return new Response(body, { status: response.status, headers });
  if (!isWorthKeeping(incoming, response.status)) headers.set("connection", "close");
  let stop: () => void = () => {};
  const stream = new ReadableStream<Uint8Array>({
    async start(controller) {
      if (body.length > 0) controller.enqueue(body);
      const discarding = discard(incoming, limits);
      stop = discarding.stop;
      await discarding.ended;
      controller.close();
    },
    cancel: () => stop(),
  });
  return new Response(stream, { status: response.status, headers });
}

/** A client that was never asked for its body sends none, so nothing can follow on its connection. */
function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}

/** A connection is when little is left to discard, and it is likely to come. */
function isWorthKeeping({ headers }: IncomingMessage, status: number): boolean {
  const length = Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
  return length <= MAX_BODY_BYTES && status !== ERRORS.request_timeout.status;
}

function discard(
  incoming: IncomingMessage,
  { bytes, ms }: DrainLimits,
): { ended: Promise<void>; stop(): void } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let left = bytes;
  const stop = () => {
    clearTimeout(timer);
    incoming.off("data", onData).off("end", stop).off("error", stop).off("close", stop);
    incoming.pause();
    resolve();
  };
  const onData = (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left <= 0) stop();
  };
  const timer = setTimeout(stop, ms);
  incoming.on("data", onData).on("end", stop).on("error", stop).on("close", stop);
  incoming.resume();
  return { ended, stop };
}
