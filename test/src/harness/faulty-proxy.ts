import http from "node:http";
import type { AddressInfo } from "node:net";

/** What a proxy can do to a call. */
export const FAULTS = [
  "drop before",
  "drop after",
  "delay",
  "500",
  "500 after",
  "503",
  "429",
  "truncate",
  "hang before",
  "hang in the body",
] as const;
export type Fault = (typeof FAULTS)[number];

const MAX_DELAY_MS = 150;

/** Decides what happens to the next call; null: it goes through. */
export type ChooseFault = (random: () => number) => Fault | null;

/** A fault in so many of a hundred calls, each kind as often as the others. */
export function sometimes(percent: number): ChooseFault {
  return (random) =>
    random() * 100 < percent ? (FAULTS[Math.floor(random() * FAULTS.length)] as Fault) : null;
}

/** A proxy on loopback that fails on purpose, and by its seed always in the same way. */
export class FaultyProxy {
  /** Where calls go. */
  target: string;
  choose: ChooseFault = () => null;
  /** How often each fault has happened. */
  readonly counts = new Map<Fault, number>();
  readonly #server: http.Server;
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #streams = new Set<http.ServerResponse>();
  #state: number;

  private constructor(target: string, seed: number) {
    this.target = target;
    this.#state = seed;
    this.#server = http.createServer((request, response) => this.#pass(request, response));
  }

  static async open(target: string, seed: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, seed);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From 0 to 1 (mulberry32). */
  random = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };

  /** Cuts every stream that is open. */
  cutStreams(): number {
    const open = [...this.#streams];
    for (const response of open) response.destroy();
    return open.length;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const fault = this.choose(this.random);
    if (fault) this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      switch (fault) {
        case "drop before":
          return void response.destroy();
        case "hang before":
          return;
        case "500":
          return void response.writeHead(500, { "content-type": "text/html" }).end("<h1>Oops</h1>");
        case "503":
          return void response.writeHead(503, { "retry-after": "0" }).end();
        case "429":
          return void response.writeHead(429, { "retry-after": "1" }).end();
        default:
          this.#forward(request, Buffer.concat(chunks), response, fault);
      }
    });
    request.on("error", () => {});
  }

  #forward(
    { method, url, headers }: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
    fault: Fault | null,
  ): void {
    const upstream = http.request(`${this.target}${url}`, { method, headers, agent: this.#agent });
    upstream.on("error", () => response.destroy());
    upstream.on("response", (answer) => {
      if (answer.headers["content-type"] === "text/event-stream") {
        return this.#stream(upstream, answer, response);
      }
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => response.destroy());
      answer.on("end", () => this.#answer(answer, Buffer.concat(chunks), response, fault));
    });
    upstream.end(body);
  }

  /** The server has done its part by now. */
  #answer(
    { statusCode = 502, headers }: http.IncomingMessage,
    body: Buffer,
    response: http.ServerResponse,
    fault: Fault | null,
  ): void {
    const { "transfer-encoding": _, ...kept } = headers;
    const whole = { ...kept, "content-length": String(body.length) };
    const send = () => response.writeHead(statusCode, whole).end(body);
    const half = body.subarray(0, Math.floor(body.length / 2));
    switch (fault) {
      case "drop after":
        return void response.destroy();
      case "500 after":
        return void response.writeHead(500).end();
      case "truncate":
        response.writeHead(statusCode, whole).write(half, () => response.destroy());
        return;
      case "hang in the body":
        response.writeHead(statusCode, whole).write(half);
        return;
      case "delay":
        setTimeout(send, this.random() * MAX_DELAY_MS);
        return;
      default:
        send();
    }
  }

  #stream(
    upstream: http.ClientRequest,
    answer: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    if (response.destroyed) return void upstream.destroy();
    this.#streams.add(response);
    response.writeHead(200, answer.headers);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
    answer.on("aborted", () => response.destroy());
    response.on("close", () => {
      this.#streams.delete(response);
      upstream.destroy();
    });
  }
}
