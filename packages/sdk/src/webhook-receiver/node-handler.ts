import { ServiceFlowError } from "../error.ts";

/** How much of a refused body is read on, so that its sender sees the answer; a longer one is cut off. */
const MAX_DRAINED_BYTES = 1_000_000;

/** What is used of an `http.IncomingMessage`. */
export interface NodeMessage {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly complete: boolean;
  readonly readableDidRead: boolean;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterable<unknown>;
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** What is used of an `http.ServerResponse`. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): { end(): unknown };
}

/** A request of node:http or Express, or one of Fastify. */
export type NodeRequest = NodeMessage | { readonly raw: NodeMessage; readonly body?: unknown };

/** A response of node:http or Express, or a reply of Fastify. */
export type NodeReply = NodeResponse | { readonly raw: NodeResponse; hijack(): unknown };

/**
 * Makes what `createHandler` returns a handler of node:http, Express 4 and 5, and Fastify 5. It reads the body itself, up to
 * `maxBodyBytes`, so no parser may read it before: put it before `express.json()`, or on a route with `express.raw()`. A
 * body that was kept raw is found in `body` or `rawBody`. One that was parsed is answered with 400, and `onError` gets
 * `raw_body_required`, which says what to do.
 * @example
 * ```ts
 * import { createServer } from "node:http";
 *
 * const handle = createHandler({
 *   secret: process.env.WEBHOOK_SECRET,
 *   on: { "request.created": ({ request }) => console.log("New:", request?.title) },
 * });
 * const server = createServer(toNodeHandler(handle));
 * // server.listen(3000);
 * // Express, Fastify: app.post("/serviceflow", toNodeHandler(handle));
 * console.log(server.listening);
 * ```
 */
export function toNodeHandler(
  handle: (request: Request) => Promise<Response>,
): (request: NodeRequest, reply: NodeReply) => Promise<void> {
  return async (request, reply) => {
    const message = "raw" in request ? request.raw : request;
    // Fastify must not answer by itself.
    if ("hijack" in reply) reply.hijack();
    const response = "raw" in reply ? reply.raw : reply;
    const { method, headers } = message;
    const delivery = { method, headers, body: bodyOf(message, request) };
    const answer = await handle(delivery as unknown as Request).catch(report);
    if (response.headersSent || response.destroyed) return;
    response.writeHead(answer?.status ?? 500, Object.fromEntries(answer?.headers ?? [])).end();
    if (!message.complete) drain(message);
  };
}

/** Answers a request of node:http that a handler of Fetch requests was given. */
export function refuseNodeRequest(reply: unknown): Error | undefined {
  const { writeHead } = (reply ?? {}) as Partial<NodeResponse>;
  if (typeof writeHead !== "function") return undefined;
  (reply as NodeResponse).writeHead(500, {}).end();
  return new ServiceFlowError(
    "raw_body_required",
    "The handler was called with a request of Node, not of Fetch: wrap it as toNodeHandler(createHandler(...)).",
  );
}

/** The raw bytes if something has kept them, or else the message as long as nothing has read it. */
function bodyOf(message: NodeMessage, request: object): unknown {
  const { rawBody, body } = request as { rawBody?: unknown; body?: unknown };
  const kept = [rawBody, body].find((one) => typeof one === "string" || ArrayBuffer.isView(one));
  if (kept !== undefined) return kept;
  // The iterator of the message itself would destroy the connection before it is answered.
  if (!message.readableDidRead) return message.iterator({ destroyOnReturn: false });
  return body ?? message;
}

function drain(message: NodeMessage): void {
  let left = MAX_DRAINED_BYTES;
  message.on("data", ({ length }) => {
    left -= length;
    if (left < 0) message.destroy();
  });
  message.resume();
}

function report(error: unknown): undefined {
  // biome-ignore lint/suspicious/noConsole: a rejected promise would end the process
  console.error("Handling a ServiceFlow webhook failed:", error);
}
