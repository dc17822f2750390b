import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
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
  transport: "trpc" | "rest";
  requestId: string;
  path: string;
  clientAddress: string | null;
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
  /** A procedure is going to run, so that a line for it will come. */
  begin(): void;
  /** @param cause of an internal error */
  add(outcome: Outcome, how: { isStream: boolean; cause?: unknown }): void;
}

/** Of calls that the log does not show. */
export const NO_LINES: Lines = { route: null, code: undefined, begin() {}, add() {} };

const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;
const NO_TRACE = "0".repeat(32);
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

/** Lines are written when the answer has been sent, or its client has gone: until then nobody knows its size. */
class CallLines implements Lines {
  route: string | null = null;
  code: string | undefined;
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
    // Before Node's own listener, which lets the next answer on the connection follow.
    outgoing?.prependOnceListener("finish", () => this.#end(true));
    outgoing?.once("close", () => this.#end(false));
  }

  begin(): void {
    this.#hasBegun = true;
  }

  add(outcome: Outcome, { isStream, cause }: { isStream: boolean; cause?: unknown }): void {
    if (this.#isOver) this.#write(outcome, cause);
    else if (isStream && outcome.code === undefined) {
      this.#stream = outcome;
      this.#write(outcome, cause);
    } else this.#pending.push([outcome, cause]);
  }

  #end(isWhole: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const sent = this.#sent(isWhole);
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
    const { code, durationMs, ...others } = outcome;
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

  #facts(): object {
    const { requestId, transport, path, clientAddress, header } = this.#call;
    return {
      requestId,
      ...loggableRequestId(header("x-request-id")),
      ...traceOf(header("traceparent")),
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

/** @see https://www.w3.org/TR/trace-context/ */
function traceOf(parent: string | null): { traceId?: string } {
  const traceId = parent === null ? undefined : TRACE_PARENT.exec(parent)?.[1];
  return traceId === undefined || traceId === NO_TRACE ? {} : { traceId };
}
