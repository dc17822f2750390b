import { connect, type Socket } from "node:net";
import { waitFor } from "./waiting.ts";

/** A call whose body is on its way for as long as one likes. */
export class SlowCall {
  readonly #socket: Socket;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Sends the head, and waits until the server has begun with the call: it says "100 Continue" then. */
  static async begin(url: string, line: string, apiKey: string): Promise<SlowCall> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    const call = new SlowCall(socket);
    const begun = new Promise<void>((resolve, reject) => {
      socket.setEncoding("utf8").on("data", (text: string) => {
        call.#received += text;
        if (call.#received.startsWith("HTTP/1.1 100 ")) resolve();
      });
      socket.on("error", reject);
    });
    socket.write(
      [
        `${line} HTTP/1.1`,
        `Host: ${host}`,
        `X-API-Key: ${apiKey}`,
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
        "Expect: 100-continue",
        "",
        "",
      ].join("\r\n"),
    );
    await waitFor("100 Continue", begun);
    return call;
  }

  /** Sends the body. @returns the whole answer as it came */
  async finish(body: string): Promise<string> {
    this.#received = "";
    const closed = new Promise<void>((resolve) => this.#socket.on("close", () => resolve()));
    this.#socket.write(`${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    await waitFor("the answer", closed);
    return this.#received;
  }
}
