import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A relay to PostgreSQL that records what its clients send. */
export class WireTap {
  /** While set, no answer reaches a client. */
  isMute = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  #sent = "";

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#relay(client));
  }

  /** @param url of the database */
  static async open(url: string): Promise<WireTap> {
    const tap = new WireTap(new URL(url));
    await new Promise<void>((resolve) => tap.#server.listen(0, "127.0.0.1", resolve));
    return tap;
  }

  /** The database through the relay. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** How often clients have sent a text. */
  count(text: string): number {
    return this.#sent.split(text).length - 1;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #relay(client: Socket): void {
    const { hostname, port } = this.#target;
    const database = connect(Number(port || 5432), hostname);
    client.on("data", (bytes) => {
      this.#sent += bytes.toString("latin1");
      database.write(bytes);
    });
    database.on("data", (bytes) => {
      if (!this.isMute) client.write(bytes);
    });
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.on("error", () => {});
    }
  }
}
