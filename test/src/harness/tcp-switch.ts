import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A port that leads to another server, and can be led to a different one, as a proxy before a database. */
export class TcpSwitch {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #target: number;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** @param target a URL of the server that it leads to */
  static async open(target: string): Promise<TcpSwitch> {
    const opened = new TcpSwitch(portOf(target));
    await new Promise<void>((resolve) => opened.#server.listen(0, "127.0.0.1", resolve));
    return opened;
  }

  /** The same URL, by way of the switch. */
  through(url: string): string {
    const through = new URL(url);
    through.port = String((this.#server.address() as AddressInfo).port);
    return through.href;
  }

  /** Leads to another server from now on, and cuts the connections to the one before. */
  leadTo(target: string): void {
    this.#target = portOf(target);
    this.#cut();
  }

  async close(): Promise<void> {
    this.#cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #join(near: Socket): void {
    const far = connect(this.#target, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(one);
      one.pipe(other);
      one.on("error", () => {});
      one.on("close", () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
