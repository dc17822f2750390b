import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { remoteParent } from "../tracing/trace-context.ts";
import type { Attributes, Span, Tracer } from "../tracing/tracer.ts";
import { loggableRequestId } from "./request-id.ts";

/** How a call of a procedure ended. */
interface Outcome {
  procedure: string;
  /** `usr_...`; null for as long as nothing proves it. */
  caller: string | null;
  /** `key_...`; null too. */
  key: string | null;
  status: number;
  /** Of the error. */
  code?: string;
  durationMs: number;
}

/** One HTTP call, as the log describes it. */
export interface LoggedCall {
  log: Logger;
  tracer: Tracer | null;
  transport: "trpc" | "rest";
  requestId: string;
  path: string;
  clientAddress: string | null;
  /** Whether it came over TLS, at least to the first trusted proxy. */
  secure: boolean;
  header(name: string): string | null;
}

/** The socket's side of a call; none when it did not come over one. */
export interface Exchange {
  incoming?: IncomingMessage;
  outgoing?: ServerResponse;
}

/** What a call adds to its lines. */
export interface Lines {
  /** The template of the path, `/api/v1/requests/{id}`; null for an unknown one. */
  route: string | null;
  /** Code of the error with which a call was refused that reached no procedure. */
  code: string | undefined;
  /** Of the whole HTTP call; null where nothing is traced. */
  readonly span: Span | null;
  /** A procedure is going to run, so that a line for it will come. */
  begin(): void;
  /** @param cause of an internal error */
  add(outcome: Outcome, how: { isStream: boolean; cause?: unknown }): void;
}

/** Of calls that the log does not show. */
export const NO_LINES: Lines = { route: null, code: undefined, span: null, begin() {}, add() {} };

const MAX_PATH = 200;
/** Somebody may have pasted a key into a URL. */
const SECRET_IN_PATH = /(sf_|whsec_)[\w+/=]*/gi;

/** How many bytes had been sent over a socket when the last answer on it was complete. */
const sentBefore = new WeakMap<Socket, number>();
const ofAnswer = new WeakMap<ServerResponse, CallLines>();

/** The lines of a call: one for each procedure, or one for a call that reached none. */
export function callLines(call: LoggedCall, method: string, exchange: Exchange): Lines {
  const { outgoing } = exchange;
  if (!outgoing) return new CallLines(call, method, exchange);
  let lines = ofAnswer.get(outgoing);
  if (!lines) {
    lines = new CallLines(call, method, exchange);
    ofAnswer.set(outgoing, lines);
  }
  return lines;
}

/**
 * Says that a call was answered otherwise than by its procedure, whose body could not be parsed.
 * @returns the id of the call; null where it has none
 */
export function overrule(
  outgoing: ServerResponse,
  { status, code }: { status: number; code: string },
): string | null {
  const lines = ofAnswer.get(outgoing);
  if (!lines) return null;
  lines.overruled = { status, code };
  return lines.requestId;
}

/** Lines are written when the answer has been sent, or its client has gone: until then nobody knows its size. */
class CallLines implements Lines {
  route: string | null = null;
  code: string | undefined;
  readonly span: Span | null;
  overruled: { status: number; code: string } | null = null;
  readonly #call: LoggedCall;
  readonly #method: string;
  readonly #outgoing: ServerResponse | undefined;
  readonly #socket: Socket | undefined;
  readonly #startedAt = performance.now();
  readonly #bytesAtStart: number;
  #pending: [Outcome, unknown][] = [];
  #stream: Outcome | null = null;
  #hasBegun = false;
  #isOver: boolean;

  constructor(call: LoggedCall, method: string, { incoming, outgoing }: Exchange) {
    this.#call = call;
    this.#method = method;
    this.#outgoing = outgoing;
    this.#socket = incoming?.socket;
    this.#bytesAtStart = this.#socket?.bytesWritten ?? 0;
    this.#isOver = outgoing === undefined;
    this.span = outgoing && incoming ? startSpan(call, method, incoming) : null;
    // Before Node's own listener, which lets the next answer on the connection follow.
    outgoing?.prependOnceListener("finish", () => this.#end(true));
    outgoing?.once("close", () => this.#end(false));
  }

  get requestId(): string {
    return this.#call.requestId;
  }

  begin(): void {
    this.#hasBegun = true;
  }

  add(outcome: Outcome, { isStream, cause }: { isStream: boolean; cause?: unknown }): void {
    if (this.#isOver) this.#write(outcome, cause);
    else if (isStream && outcome.code === undefined) {
      this.#stream = outcome;
      this.#write(outcome, cause);
      // Hours later, nobody would look for a span, and one that has not ended is not to be seen.
      this.#endSpan(outcome.status, { "serviceflow.stream": true });
    } else this.#pending.push([outcome, cause]);
  }

  #end(isWhole: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const sent = this.#sent(isWhole);
    const status = this.overruled?.status ?? this.#outgoing?.statusCode ?? 0;
    this.#endSpan(status, isWhole ? {} : { "serviceflow.aborted": true });
    for (const [outcome, cause] of this.#pending) this.#write(outcome, cause, sent);
    this.#pending = [];
    const durationMs = Math.round(performance.now() - this.#startedAt);
    if (this.#stream) {
      const { procedure, caller, key } = this.#stream;
      const line = { ...this.#facts(), procedure, caller, key, ...sent, durationMs };
      this.#call.log.info(line, "stream ended");
    } else if (!this.#hasBegun) {
      const code = this.code === undefined ? {} : { code: this.code };
      const status = this.#outgoing?.statusCode;
      this.#call.log.info({ ...this.#facts(), status, ...code, ...sent, durationMs }, "call");
    }
  }

  #write(outcome: Outcome, cause: unknown, sent: object = {}): void {
    const { code, durationMs, ...others } = { ...outcome, ...this.overruled };
    const line = {
      ...this.#facts(),
      ...others,
      ...(code === undefined ? {} : { code }),
      ...sent,
      durationMs,
    };
    if (code === "internal_error") this.#call.log.error({ ...line, err: cause }, "call");
    else this.#call.log.info(line, "call");
  }

  #endSpan(status: number, attributes: Attributes): void {
    const { span } = this;
    if (span === null) return;
    const route = this.#call.transport === "trpc" ? TRPC_ROUTE : this.route;
    const method = knownMethod(this.#method);
    if (route !== null) span.rename(`${method === OTHER_METHOD ? "HTTP" : method} ${route}`);
    span.set({
      ...attributes,
      ...(route === null ? {} : { "http.route": route, "url.path": route }),
      "http.response.status_code": status,
    });
    span.end(status >= 500 ? (this.code ?? this.#pending[0]?.[0].code ?? String(status)) : null);
  }

  #trace(): { traceId?: string } {
    if (this.span !== null) return { traceId: this.span.traceId };
    const { header } = this.#call;
    const parent = remoteParent(header("traceparent"), null);
    return parent === null ? {} : { traceId: parent.traceId };
  }

  #facts(): object {
    const { requestId, transport, path, clientAddress, header } = this.#call;
    return {
      requestId,
      ...loggableRequestId(header("x-request-id")),
      ...this.#trace(),
      transport,
      method: this.#method,
      path: this.route ?? path.slice(0, MAX_PATH).replace(SECRET_IN_PATH, "$1***"),
      client: clientAddress,
    };
  }

  #sent(isWhole: boolean): object {
    const socket = this.#socket;
    if (!socket) return {};
    const total = socket.bytesWritten;
    // Of calls that a client sends without waiting, a later one begins before the earlier answer has been sent.
    const before = Math.max(this.#bytesAtStart, sentBefore.get(socket) ?? 0);
    sentBefore.set(socket, total);
    return { responseBytes: total - before, ...(isWhole ? {} : { aborted: true }) };
  }
}

/** The names of procedures are those of the spans below it; a batch has several. */
const TRPC_ROUTE = "/trpc/{procedure}";
const OTHER_METHOD = "_OTHER";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]);

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
function startSpan(
  { tracer, requestId, secure, header }: LoggedCall,
  method: string,
  { httpVersion }: IncomingMessage,
): Span | null {
  if (tracer === null) return null;
  const name = knownMethod(method);
  return tracer.start({
    name: name === OTHER_METHOD ? "HTTP" : name,
    kind: "server",
    attributes: {
      "http.request.method": name,
      "url.scheme": secure ? "https" : "http",
      "network.protocol.name": "http",
      "network.protocol.version": httpVersion,
      "serviceflow.request_id": requestId,
    },
    parent: remoteParent(header("traceparent"), header("tracestate")),
  });
}

function knownMethod(method: string): string {
  return METHODS.has(method) ? method : OTHER_METHOD;
}
