import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";

/** A handler of requests, served on loopback. */
export class HandlerServer {
  handle: (request: Request) => Response | Promise<Response> = () => new Response(null);
  /** What was answered. */
  readonly statuses: number[] = [];
  readonly #server: ServerType;
  #wake: () => void = () => {};

  private constructor(listening: () => void) {
    this.#server = serve(
      {
        port: 0,
        hostname: "127.0.0.1",
        fetch: async (request: Request) => {
          const response = await this.handle(request);
          this.statuses.push(response.status);
          this.#wake();
          return response;
        },
      },
      listening,
    );
  }

  static async open(): Promise<HandlerServer> {
    return new Promise((resolve) => {
      const server: HandlerServer = new HandlerServer(() => resolve(server));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Waits until it has answered so often. */
  async answered(times: number): Promise<void> {
    while (this.statuses.length < times) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends its connections, too. */
  close(): Promise<void> {
    if ("closeAllConnections" in this.#server) this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
