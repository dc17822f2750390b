import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServiceFlow } from "../client.ts";
import { problem } from "../feed/fake-log.fixture.ts";
import { enterRequest } from "./enter-request.ts";

const IVAN = {
  user: { id: "usr_1", fullName: "Ivan" },
  state: "WRITING",
  since: "2026-03-02T08:00:00Z",
};

/** A server of nothing but presence, and the states that it received. */
class FakeServer {
  readonly said: string[] = [];
  readonly keepalive: unknown[] = [];
  readonly streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  answer: () => Response = () => Response.json({ serviceRequestId: "SF-1", people: [] });
  readonly sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: (url, { body, keepalive, signal }) => {
      if (url.includes("/events/stream")) return this.#stream(signal);
      this.said.push(JSON.parse(String(body)).state);
      this.keepalive.push(keepalive);
      return this.answer();
    },
  });

  #stream(signal: AbortSignal | null | undefined): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.streams.push(controller);
        controller.enqueue(new TextEncoder().encode("retry: 1\nid: a\n\n"));
        signal?.addEventListener("abort", () => controller.error(signal.reason));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  tell(people: object[], event = "presence", id = "SF-1"): void {
    const data = JSON.stringify({ serviceRequestId: id, people });
    const block = new TextEncoder().encode(`event: ${event}\ndata: ${data}\n\n`);
    for (const stream of this.streams) stream.enqueue(block);
  }
}

const turn = () => vi.advanceTimersByTimeAsync(20);

describe("a presence", () => {
  let server: FakeServer;
  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
  });
  afterEach(() => void vi.useRealTimers());

  it("is said again in time, and each change at once", async () => {
    const presence = enterRequest(server.sf, "SF-1");
    await turn();
    expect(server.said).toEqual(["VIEWING"]);
    await vi.advanceTimersByTimeAsync(40_000);
    expect(server.said.length).toBeGreaterThanOrEqual(4);
    presence.update("WRITING");
    presence.update("WRITING");
    await turn();
    expect(server.said.filter((state) => state === "WRITING")).toEqual(["WRITING"]);
    await presence.leave();
    await presence.leave();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.said.slice(-2)).toEqual(["WRITING", "LEFT"]);
    expect(new Set(server.keepalive)).toEqual(new Set([true]));
  });

  it("leaves after what it is just saying, and when its signal aborts", async () => {
    const answers: (() => void)[] = [];
    const ordinary = server.answer;
    server.answer = () =>
      new Promise<void>((resolve) => answers.push(resolve)).then(ordinary) as never;
    const leaving = enterRequest(server.sf, "SF-1").leave();
    await turn();
    expect(server.said).toEqual(["VIEWING"]);
    server.answer = ordinary;
    for (const answer of answers) answer();
    await leaving;
    expect(server.said).toEqual(["VIEWING", "LEFT"]);
    const controller = new AbortController();
    enterRequest(server.sf, "SF-1", { signal: controller.signal });
    await turn();
    controller.abort();
    await turn();
    expect(server.said.slice(2)).toEqual(["VIEWING", "LEFT"]);
    enterRequest(server.sf, "SF-1", { signal: AbortSignal.abort() });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.said.length).toBe(4);
  });

  it("shows who else is there, by answers and by the one stream", async () => {
    const shown: unknown[] = [];
    const presence = enterRequest(server.sf, "sf-1", { onChange: (people) => shown.push(people) });
    const other = enterRequest(server.sf, "SF-2");
    await turn();
    server.tell([IVAN]);
    await turn();
    expect(presence.people).toEqual([IVAN]);
    expect(other.people).toEqual([]);
    server.tell([IVAN]);
    server.tell([], "presence", "SF-3");
    server.tell([], "weather");
    await turn();
    server.tell([]);
    await turn();
    expect(shown).toEqual([[IVAN], []]);
    expect(server.streams.length).toBe(1);
    await Promise.all([presence.leave(), other.leave()]);
  });

  it("ignores an answer when the stream has said more since the call", async () => {
    const presence = enterRequest(server.sf, "SF-1");
    await turn();
    server.answer = () => {
      server.tell([IVAN]);
      return vi
        .advanceTimersByTimeAsync(1)
        .then(() => Response.json({ serviceRequestId: "SF-1", people: [] })) as never;
    };
    presence.update("WRITING");
    await turn();
    expect(presence.people).toEqual([IVAN]);
    await presence.leave();
  });

  it("survives a server that is away, and ends with the right to see the request", async () => {
    const errors: string[] = [];
    server.answer = () => Response.json({ serviceRequestId: "SF-1", people: [IVAN] });
    const presence = enterRequest(server.sf, "SF-1", { onError: ({ code }) => errors.push(code) });
    await turn();
    expect(presence.people).toEqual([IVAN]);
    server.answer = () => new Response("<html>", { status: 502 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([presence.people, errors]).toEqual([[], []]);
    server.answer = () => Response.json({ serviceRequestId: "SF-1", people: [IVAN] });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(presence.people).toEqual([IVAN]);
    server.answer = () => problem(404, "not_found");
    await vi.advanceTimersByTimeAsync(15_000);
    expect([presence.people, errors]).toEqual([[], ["not_found"]]);
    const { length } = server.said;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.said.length).toBe(length);
  });

  it("ends with its block", async () => {
    {
      await using presence = enterRequest(server.sf, "SF-1");
      await turn();
      expect(presence.people).toEqual([]);
    }
    expect(server.said).toEqual(["VIEWING", "LEFT"]);
  });
});
