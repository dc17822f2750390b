import type { ServiceFlowEvent } from "@serviceflow/domain";
import type { Fetch } from "../transport/sender.ts";

/** Of one chunk of a stream. */
const MAX_EVENTS = 5;
const encoder = new TextEncoder();

/** As the server's: the greater bytes are later. */
export function cursorOf(position: number): string {
  const bytes = Buffer.alloc(14);
  bytes.writeUInt32BE(position, 4);
  return bytes.toString("base64url");
}

function positionOf(cursor: string): number {
  return Buffer.from(cursor, "base64url").readUInt32BE(4);
}

interface OpenStream {
  query: URLSearchParams;
  sent: number;
  controller: ReadableStreamDefaultController<Uint8Array>;
  isHeld: boolean;
}

/** A server of nothing but a feed. The category of an event is known to it alone. */
export class FakeLog {
  readonly events: (ServiceFlowEvent & { category: string })[] = [];
  readonly streams = new Set<OpenStream>();
  /** The queries of all streams that were opened, and the inputs of all pages. */
  readonly opened: string[] = [];
  readonly listed: { after: string }[] = [];
  /** Answers instead of the log. */
  refuse: ((path: string) => Response | undefined) | undefined;

  /** Of a client of this server. */
  readonly fetch: Fetch = (url, init) => this.#answer(new URL(url), init);

  append(type = "request.created", fields: { id?: string; category?: string } = {}): void {
    const position = this.events.length + 1;
    const { id = `SF-${position}`, category = "it" } = fields;
    const event = { id: `evt_${position}`, type, cursor: cursorOf(position), serviceRequestId: id };
    this.events.push({ ...event, category } as never);
    for (const stream of this.streams) this.#flush(stream);
  }

  heartbeat(): void {
    for (const { controller, isHeld, sent } of this.streams) {
      if (!isHeld) controller.enqueue(encoder.encode(`: alive\nid: ${cursorOf(sent)}\n\n`));
    }
  }

  /** What has no position in the log. */
  tell(event: string, data: object): void {
    for (const { controller } of this.streams) {
      controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    }
  }

  /** Breaks all connections. */
  cut(): void {
    for (const { controller } of this.streams) controller.error(new Error("connection reset"));
    this.streams.clear();
  }

  async #answer(url: URL, { signal }: RequestInit): Promise<Response> {
    // As late as over a network.
    await new Promise(setImmediate);
    const refused = this.refuse?.(url.pathname);
    if (refused) return refused;
    if (url.pathname === "/trpc/events.list") {
      const input = JSON.parse(url.searchParams.get("input") ?? "{}");
      this.listed.push(input);
      return this.#page(input);
    }
    this.opened.push(url.search);
    return this.#stream(url.searchParams, signal ?? undefined);
  }

  #start(after: string): number | undefined {
    if (after === "now") return this.events.length;
    if (after === "start") return 0;
    const position = positionOf(after);
    return position <= this.events.length ? position : undefined;
  }

  #page(input: Record<string, string | string[] | undefined> & { limit?: number }): Response {
    const start = this.#start(String(input.after ?? "start"));
    if (start === undefined) return problem(410, "cursor_unknown");
    const query = new URLSearchParams();
    for (const name of ["type", "request", "category"]) {
      for (const value of [input[name] ?? []].flat()) query.append(name, value);
    }
    const items: ServiceFlowEvent[] = [];
    let end = start;
    while (end < this.events.length && items.length < (input.limit ?? 20)) {
      const event = this.events[end] as (typeof this.events)[number];
      end += 1;
      if (passes(event, query)) items.push(event);
    }
    const data = { items, nextCursor: cursorOf(end), hasMore: end < this.events.length };
    return Response.json({ result: { data } });
  }

  #stream(query: URLSearchParams, signal: AbortSignal | undefined): Response {
    const sent = this.#start(query.get("after") ?? "now");
    if (sent === undefined) return problem(410, "cursor_unknown");
    let stream: OpenStream | undefined;
    const leave = () => stream && this.streams.delete(stream);
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = { query, sent, controller, isHeld: false };
          this.streams.add(stream);
          controller.enqueue(encoder.encode(`retry: 1\nid: ${cursorOf(sent)}\n\n`));
          signal?.addEventListener("abort", () => {
            if (leave()) controller.error(signal.reason);
          });
        },
        pull: () => stream && this.#flush(stream),
        cancel: () => void leave(),
      },
      { highWaterMark: 4 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  /** As the server, writes several events at a time. */
  #flush(stream: OpenStream): void {
    if (stream.isHeld || (stream.controller.desiredSize ?? 0) <= 0) return;
    const end = Math.min(this.events.length, stream.sent + MAX_EVENTS);
    const passing = this.events.slice(stream.sent, end).filter((one) => passes(one, stream.query));
    stream.sent = end;
    const texts = passing.map((one) => `id: ${one.cursor}\ndata: ${JSON.stringify(one)}\n\n`);
    if (texts.length > 0) stream.controller.enqueue(encoder.encode(texts.join("")));
    else if (end < this.events.length) this.#flush(stream);
  }
}

function passes(event: ServiceFlowEvent & { category: string }, query: URLSearchParams): boolean {
  const types = query.getAll("type");
  const request = query.get("request");
  const categories = query.getAll("category");
  return (
    (types.length === 0 || types.includes(event.type)) &&
    (request === null || request.toUpperCase() === event.serviceRequestId) &&
    (categories.length === 0 || categories.includes(event.category))
  );
}

export function problem(status: number, code: string): Response {
  const body = { code, detail: "No.", status, retryable: false, errors: [], requestId: "req-1" };
  return Response.json(body, { status });
}
