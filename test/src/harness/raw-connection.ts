import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { waitFor, waitUntil } from "./waiting.ts";

/** A connection on which a test writes what it likes, and reads when it likes. */
export class RawConnection {
  received = "";
  /** What ended it, other than a proper end. */
  error: NodeJS.ErrnoException | null = null;
  isClosed = false;
  readonly socket: Socket;
  readonly #closed: Promise<unknown>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.received += text;
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    this.#closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    return new RawConnection(socket);
  }

  /** Writes, and waits until the operating system has taken it. */
  async send(data: string | Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) => this.socket.write(data, () => resolve()));
    await waitFor("the bytes to be taken", taken);
  }

  /** Writes the head of a request. */
  sendHead(line: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const lines = Object.entries({ Host: "test", ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return this.send([`${line} HTTP/1.1`, ...lines, "", ""].join("\r\n"));
  }

  /** Waits until what has been received matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    await waitUntil(`${pattern}`, () => pattern.test(this.received));
    return pattern.exec(this.received) as RegExpExecArray;
  }

  async untilClosed(): Promise<void> {
    await waitFor("the connection to be closed", this.#closed);
  }
}

/** A piece of a chunked body. */
export function chunk(data: string): string {
  return `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`;
}
