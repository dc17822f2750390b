import type { Person } from "./test-app.ts";

/** One server-sent block. */
export interface Block {
  id: string | null;
  retry: string | null;
  event: string | null;
  data: string | null;
}

/** A stream of events as curl would read it, block by block. */
export class EventReader {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = "";

  private constructor(response: Response) {
    if (!response.body) throw new Error("There is no body.");
    this.response = response;
    this.#reader = response.body.getReader();
  }

  /** @param path below `/api/v1` */
  static async open(
    url: string,
    as: Pick<Person, "key">,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<EventReader> {
    const response = await fetch(`${url}/api/v1/events/stream${query}`, {
      headers: { "x-api-key": as.key, ...headers },
    });
    return EventReader.of(response);
  }

  static async of(response: Response): Promise<EventReader> {
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return new EventReader(response);
  }

  /** The next block; null at the end. */
  async block(): Promise<Block | null> {
    for (;;) {
      const end = this.#rest.indexOf("\n\n");
      if (end !== -1) {
        const lines = this.#rest.slice(0, end).split("\n");
        this.#rest = this.#rest.slice(end + 2);
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
        return {
          id: field("id"),
          retry: field("retry"),
          event: field("event"),
          data: field("data"),
        };
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#rest += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next event; null at the end. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
  async event(): Promise<any> {
    for (;;) {
      const block = await this.block();
      if (block === null) return null;
      if (block.data !== null) return { ...JSON.parse(block.data), sseId: block.id };
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}
