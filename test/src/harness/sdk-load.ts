import { ServiceFlow } from "@serviceflow/sdk";
import { waitUntil } from "./waiting.ts";

/** Clients that call through the SDK with its defaults, one call after the other, until they are stopped. */
export class SdkLoad {
  /** Titles of the requests whose filing was confirmed. */
  readonly filed: string[] = [];
  /** What the SDK threw. */
  readonly failures: string[] = [];
  #calls = 0;
  #retried = 0;
  #slowestMs = 0;
  #isStopped = false;
  #clients: Promise<void>[] = [];
  readonly #sf: ServiceFlow;

  constructor(options: { baseUrl: string; apiKey: string }) {
    this.#sf = new ServiceFlow({
      ...options,
      onResponse: ({ retryInMs }) => {
        if (retryInMs !== undefined) this.#retried += 1;
      },
    });
  }

  get figures() {
    return {
      calls: this.#calls,
      retried: this.#retried,
      failed: this.failures.length,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  start(clients: number): void {
    this.#clients = Array.from({ length: clients }, (_, client) => this.#work(client));
  }

  /** Waits until so many further calls have been made. */
  async makes(more: number): Promise<void> {
    const wanted = this.#calls + more;
    await waitUntil(`${more} calls`, () => this.#calls >= wanted);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
  }

  async #work(client: number): Promise<void> {
    for (let turn = 0; !this.#isStopped; turn += 1) {
      const title = `Load ${client}-${turn}`;
      const request = await this.#call(() => this.#sf.requests.create({ title }));
      if (!request) continue;
      this.filed.push(title);
      await this.#call(() => this.#sf.requests.get(request.id));
      await this.#call(() => this.#sf.requests.claim(request.id));
      await this.#call(() => this.#sf.requests.list({ limit: 5 }));
    }
  }

  async #call<Answer>(make: () => PromiseLike<Answer>): Promise<Answer | null> {
    const began = performance.now();
    try {
      return await make();
    } catch (error) {
      this.failures.push(String(error));
      return null;
    } finally {
      this.#calls += 1;
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
    }
  }
}
