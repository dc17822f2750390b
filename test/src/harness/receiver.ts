import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";

/** What came to a receiver. */
export interface Received {
  id: string;
  signature: string;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
  body: any;
  at: number;
}

type Answer = (response: http.ServerResponse, message: Received) => void;

/** A webhook's receiver, on loopback. */
export class Receiver {
  readonly messages: Received[] = [];
  /** The largest number of messages that were being answered at one time. */
  mostAtOnce = 0;
  /** What it answers: 204 by default. */
  answer: Answer = (response) => response.writeHead(204).end();
  readonly #server: http.Server;
  readonly #scheme: string;
  #open = 0;
  #waiting: (() => void)[] = [];

  private constructor(tls: { key: string; cert: string } | null) {
    const listener: http.RequestListener = (request, response) => this.#receive(request, response);
    this.#server = tls ? https.createServer(tls, listener) : http.createServer(listener);
    this.#scheme = tls ? "https" : "http";
  }

  static async open(tls: { key: string; cert: string } | null = null): Promise<Receiver> {
    const receiver = new Receiver(tls);
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}/hook`;
  }

  #receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.on("end", () => {
      const headers = request.headers as Record<string, string>;
      const message: Received = {
        id: headers["webhook-id"] ?? "",
        signature: headers["webhook-signature"] ?? "",
        headers,
        text,
        body: text === "" ? null : JSON.parse(text),
        at: Date.now(),
      };
      this.messages.push(message);
      this.#open += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
      response.on("close", () => {
        this.#open -= 1;
      });
      this.answer(response, message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Waits until what has come is enough. */
  async until(isEnough: (messages: readonly Received[]) => boolean): Promise<void> {
    while (!isEnough(this.messages)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
