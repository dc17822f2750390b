import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { DomainError } from "@serviceflow/domain";
import type { Logger } from "pino";
import { overrule } from "./call-lines.ts";
import type { Peer, peerReader } from "./client-address.ts";
import { normalized } from "./forwarded.ts";
import type { Metrics } from "./metrics.ts";
import { toProblem } from "./problem.ts";
import { API_HEADERS, TRANSPORT_SECURITY } from "./security-headers.ts";
import { addressFault, isServerWide, methodIn, type ParserError, refusalOf } from "./unparsed.ts";

/** So many lines a minute: a scanner must not fill the log. The metric counts all. */
const MAX_LINES = 60;
const WINDOW_MS = 60_000;
/** For a client that is still sending, so that it can read the answer. */
const LINGER_MS = 1_000;

type ReadPeer = ReturnType<typeof peerReader>;
type Result = { status: number; code?: string };
const ALLOW = "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS";

/** Node's socket under a request. */
type Connection = Duplex & { remoteAddress?: string; bytesRead?: number };

/** What is known of a call that no procedure and no route can answer. */
interface RefusedCall {
  requestId: string;
  method: string;
  client: string | null;
}

/** Answers what Node's parser refuses, or would pass on although nobody can serve it, as any other call is answered. */
export class RefusedCalls {
  readonly #log: Logger;
  readonly #readPeer: ReadPeer;
  readonly #counts = new Map<string, number>();
  /** The last request on a connection whose answer is not complete. */
  readonly #current = new WeakMap<
    Duplex,
    { incoming: IncomingMessage; outgoing: ServerResponse }
  >();
  readonly #ended = new WeakSet<Duplex>();
  #windowStart = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unlogged = 0;

  constructor(log: Logger, readPeer: ReadPeer) {
    this.#log = log;
    this.#readPeer = readPeer;
  }

  measure(metrics: Metrics): void {
    metrics.counters(
      "serviceflow_refused_calls_total",
      "Calls that could not be parsed, or did not arrive in time, by error code.",
      "code",
      () => this.#counts,
    );
  }

  /** A request listener that passes on only what can be served. */
  gate(
    next: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
  ): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
    return (incoming, outgoing) => {
      const fault = addressFault(incoming);
      if (fault !== null) this.#refuse(fault, incoming, outgoing);
      else if (isServerWide(incoming)) this.#allow(incoming, outgoing);
      else next(incoming, outgoing);
    };
  }

  watch(server: Server): void {
    // Node asks for the address when somebody first reads it, and one who resets the connection would have none.
    server.prependListener("connection", ({ remoteAddress }) => void remoteAddress);
    server.prependListener("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const { socket } = incoming;
      const current = { incoming, outgoing };
      this.#current.set(socket, current);
      outgoing.once("close", () => {
        if (this.#current.get(socket) === current) this.#current.delete(socket);
      });
    });
    server.on("clientError", (error: ParserError, socket: Duplex) => this.#onError(error, socket));
    server.on("connect", (_: IncomingMessage, socket: Duplex) =>
      this.#answer(new DomainError("method_not_allowed", "This server is not a proxy."), socket, {
        method: "CONNECT",
        reason: null,
      }),
    );
    // RFC 9110 lets a server ignore an expectation that it does not know.
    server.on("checkExpectation", (incoming: IncomingMessage, outgoing: ServerResponse) =>
      server.emit("request", incoming, outgoing),
    );
  }

  #onError(error: ParserError, socket: Connection): void {
    if (this.#ended.has(socket)) return;
    const refusal = refusalOf(error);
    // A connection that was opened and left is not a call. An answer to it could be taken for that of the next one.
    const isSilent = error.code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0;
    if (refusal === null || isSilent || !socket.writable) {
      socket.destroy();
      return;
    }
    const current = this.#current.get(socket);
    const answer = () =>
      this.#answer(refusal, socket, {
        method: methodIn(error.rawPacket),
        reason: error.code ?? null,
      });
    if (!current) {
      answer();
      return;
    }
    this.#ended.add(socket);
    const { incoming, outgoing } = current;
    if (incoming.complete) {
      // What is refused came after a request whose answer is on its way, and may be the last.
      outgoing.once("finish", () => socket.writable && answer());
      return;
    }
    // Answers to calls before it on the connection come first.
    if (outgoing.socket) this.#refuseBody(refusal, socket, outgoing);
    else outgoing.once("socket", () => this.#refuseBody(refusal, socket, outgoing));
  }

  /** The body of a call is refused, which its own line tells. */
  #refuseBody(refusal: DomainError, socket: Connection, outgoing: ServerResponse): void {
    this.#count(refusal);
    if (outgoing.headersSent) {
      socket.destroy();
      return;
    }
    this.#write(refusal, socket, overrule(outgoing, refusal) ?? randomUUID());
  }

  #answer(
    error: DomainError,
    socket: Connection,
    { method, reason }: { method: string; reason: string | null },
  ): void {
    this.#ended.add(socket);
    const call = { requestId: randomUUID(), method, client: normalized(socket.remoteAddress) };
    const bytes = this.#write(error, socket, call.requestId);
    this.#count(error);
    this.#note(error, call, { reason, responseBytes: bytes });
  }

  #refuse(error: DomainError, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const requestId = randomUUID();
    const { body, headers } = answerOf(error, requestId);
    const { secure } = this.#noteWhenSent(error, requestId, { incoming, outgoing });
    outgoing
      .writeHead(error.status, { ...headers, ...(secure ? TRANSPORT_SECURITY : {}) })
      .end(incoming.method === "HEAD" ? undefined : body);
    this.#count(error);
  }

  #allow(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const requestId = randomUUID();
    this.#noteWhenSent({ status: 204 }, requestId, { incoming, outgoing });
    outgoing.writeHead(204, { "x-request-id": requestId, ...API_HEADERS, allow: ALLOW }).end();
  }

  #noteWhenSent(
    result: Result,
    requestId: string,
    { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  ): Peer {
    const { method = "-", socket } = incoming;
    const before = socket.bytesWritten;
    const peer = this.#readPeer(incoming);
    const call = { requestId, method, client: peer.address };
    outgoing.prependOnceListener("finish", () =>
      this.#note(result, call, { reason: null, responseBytes: socket.bytesWritten - before }),
    );
    return peer;
  }

  /** Writes an answer past Node's HTTP, which has given the connection up, and ends it. @returns how many bytes */
  #write(error: DomainError, socket: Connection, requestId: string): number {
    const { status, body, headers } = answerOf(error, requestId);
    const head = Object.entries({ ...headers, date: new Date().toUTCString() });
    const text = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      ...head.map(([name, value]) => `${name}: ${value}`),
      "",
      body,
    ].join("\r\n");
    // What it still sends must be read, or the answer would be lost with a reset.
    socket.removeAllListeners("data");
    // After CONNECT nobody else listens, and a reset would end the process.
    socket.on("error", () => socket.destroy());
    socket.resume();
    socket.end(text);
    const limit = setTimeout(() => socket.destroy(), LINGER_MS);
    const close = () => void socket.destroy();
    socket.once("end", () => (socket.writableFinished ? close() : socket.once("finish", close)));
    socket.once("close", () => clearTimeout(limit));
    return Buffer.byteLength(text);
  }

  #count({ code }: DomainError): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  #note(
    { code, status }: Result,
    call: RefusedCall,
    { reason, responseBytes }: { reason: string | null; responseBytes: number },
  ): void {
    const now = performance.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines > MAX_LINES) {
      this.#unlogged += 1;
      return;
    }
    const unlogged = this.#unlogged === 0 ? {} : { unlogged: this.#unlogged };
    this.#unlogged = 0;
    const why = { ...(code === undefined ? {} : { code }), ...(reason === null ? {} : { reason }) };
    this.#log.info({ ...call, status, ...why, responseBytes, ...unlogged }, "call");
  }
}

function answerOf(error: DomainError, requestId: string) {
  const body = JSON.stringify(toProblem(error, { path: "", requestId }));
  const headers = {
    "x-request-id": requestId,
    ...API_HEADERS,
    ...(error.code === "method_not_allowed" ? { allow: ALLOW } : {}),
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  return { status: error.status, body, headers };
}
