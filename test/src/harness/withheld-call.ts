import { connect, type Socket } from "node:net";
import type { Answer } from "./test-app.ts";
import { waitFor } from "./waiting.ts";

/** A call whose body lacks its last byte for as long as one likes. */
export class WithheldCall {
  readonly #socket: Socket;
  readonly #lastByte: Buffer;
  readonly #answer: Promise<string>;

  private constructor(socket: Socket, lastByte: Buffer) {
    this.#socket = socket;
    this.#lastByte = lastByte;
    this.#answer = new Promise((resolve, reject) => {
      let received = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        received += text;
      });
      socket.on("close", () => resolve(received));
      socket.on("error", reject);
    });
  }

  static begin(
    url: string,
    line: string,
    headers: Readonly<Record<string, string>>,
    content: unknown,
  ): WithheldCall {
    const { hostname, port, host } = new URL(url);
    const body = Buffer.from(JSON.stringify(content));
    const socket = connect(Number(port), hostname);
    const head = {
      host,
      connection: "close",
      "content-type": "application/json",
      "content-length": String(body.length),
      ...headers,
    };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
    socket.write(`${line} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    socket.write(body.subarray(0, -1));
    return new WithheldCall(socket, body.subarray(-1));
  }

  /** Sends the last byte. */
  async finish(): Promise<Answer> {
    this.#socket.write(this.#lastByte);
    const [head = "", ...rest] = (await waitFor("the answer", this.#answer)).split("\r\n\r\n");
    const [status = "", ...lines] = head.split("\r\n");
    const headers = new Headers(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
    const text = rest.join("\r\n\r\n");
    const isChunked = headers.get("transfer-encoding") === "chunked";
    const body = isChunked ? text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "") : text;
    return { status: Number(status.split(" ")[1]), headers, body: JSON.parse(body) };
  }
}
