import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { ParserError } from "./unparsed.ts";

/** So many calls of one connection wait for the answers before theirs; no more are taken until only half of them do. */
const MAX_WAITING = 16;
/** What is parsed at once: a read of 64 KiB could bring thousands of calls. */
const PIECE_BYTES = 2048;
const END_OF_HEADERS = "\r\n\r\n";

/** Node's socket under a connection. */
type Connection = Socket & { parser?: object | null; _paused?: boolean };
type Parse = (bytes: Buffer) => void;

/**
 * Bounds the calls that a client sends on one connection before it has the answers to those before. What it sends
 * beyond stays in the operating system's buffers, and then with the client.
 */
export function boundPipelining(server: Server): void {
  const pipelines = new WeakMap<Socket, Pipeline>();
  server.on("connection", (socket: Connection) => {
    const parse = socket.listeners("data")[0] as Parse;
    const pipeline = new Pipeline(socket, parse);
    pipelines.set(socket, pipeline);
    // With a listener of others, Node no longer parses what it reads by itself.
    socket.on("data", (bytes) => pipeline.take(bytes));
    socket.off("data", parse);
  });
  server.prependListener("request", ({ socket }: IncomingMessage, outgoing: ServerResponse) => {
    // Only while the answer to another call has the connection.
    if (outgoing.socket === null) pipelines.get(socket)?.wait(outgoing);
  });
  server.prependListener("clientError", (error: ParserError, socket: Socket) =>
    pipelines.get(socket)?.fail(error),
  );
}

class Pipeline {
  readonly #socket: Connection;
  readonly #parse: Parse;
  #waiting = 0;
  #isStopped = false;
  #hasFailed = false;
  #read: Buffer | null = null;

  constructor(socket: Connection, parse: Parse) {
    this.#socket = socket;
    this.#parse = parse;
  }

  wait(outgoing: ServerResponse): void {
    this.#waiting += 1;
    outgoing.once("socket", () => {
      this.#waiting -= 1;
      if (this.#isStopped && this.#waiting === MAX_WAITING / 2) {
        // Other connections have their turn.
        setImmediate(() => this.#goOn());
      }
    });
  }

  #goOn(): void {
    this.#isStopped = false;
    this.#socket.resume();
  }

  take(bytes: Buffer): void {
    const socket = this.#socket;
    this.#read = bytes;
    for (let at = 0; at < bytes.length; ) {
      if (this.#hasFailed || socket.destroyed || !socket.parser) break;
      this.#isStopped ||= this.#waiting >= MAX_WAITING;
      // Node's own mark says that the client does not read.
      if (this.#isStopped || socket._paused) {
        socket.pause();
        socket.unshift(bytes.subarray(at));
        break;
      }
      const end = endOfPiece(bytes, at);
      this.#parse(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
      at = end;
    }
    this.#read = null;
  }

  fail(error: ParserError): void {
    this.#hasFailed = true;
    if (this.#read) error.rawPacket = this.#read;
  }
}

/** Between two calls if possible: the time for headers runs while some of them have come. */
function endOfPiece(bytes: Buffer, at: number): number {
  const end = at + PIECE_BYTES;
  if (end >= bytes.length) return bytes.length;
  const head = bytes.subarray(at, end).lastIndexOf(END_OF_HEADERS);
  return head === -1 ? end : at + head + END_OF_HEADERS.length;
}
