import { getEventListeners } from "node:events";
import { ReadableStream as StreamFrom } from "node:stream/web";
import { describe, expect, it } from "vitest";
import { ServiceFlow } from "../client.ts";
import type { CallOptions } from "../transport/call-options.ts";
import type { Fetch } from "../transport/sender.ts";

const encoder = new TextEncoder();
const ENDED = { done: true, value: undefined };

type Read = (sf: ServiceFlow, options: CallOptions) => AsyncIterator<unknown>;

/** Everything that the SDK reads over time. */
const READS: [string, Read][] = [
  ["an event stream", (sf, options) => sf.events.subscribe({}, options)],
  ["an export", (sf, options) => sf.audit.export({}, options)[Symbol.asyncIterator]()],
  ["a list", (sf, options) => sf.requests.list({}, options)[Symbol.asyncIterator]()],
  ["pages", (sf, options) => sf.users.list({}, options).pages()[Symbol.asyncIterator]()],
  ["a history", (sf, options) => sf.requests.history("SF-1", {}, options)[Symbol.asyncIterator]()],
  ["the feed", (sf, options) => sf.events.list({}, options)[Symbol.asyncIterator]()],
];

function clientOf(fetch: Fetch): ServiceFlow {
  return new ServiceFlow({ baseUrl: "http://sf.test", apiKey: "sf_key", fetch });
}

/** A response that never ends, and whether its reader has left. */
function endless() {
  const state = { isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    cancel() {
      state.isCancelled = true;
    },
  });
  return { state, body };
}

describe.each(READS)("%s that is left", (what, read) => {
  it("while it connects aborts the call, also if fetch ignores its signal", async () => {
    let signal: AbortSignal | null | undefined;
    const sf = clientOf((_, init) => {
      signal = init.signal;
      return new Promise(() => {});
    });
    const iterator = read(sf, {});
    const next = iterator.next();
    expect(await iterator.return?.()).toEqual(ENDED);
    expect(await next).toEqual(ENDED);
    expect(signal?.aborted).toBe(true);
  });

  it("while it waits for a retry sends nothing more", async () => {
    let calls = 0;
    const { promise: waits, resolve: answered } = Promise.withResolvers<void>();
    const sf = clientOf(() => {
      calls += 1;
      setImmediate(answered);
      return new Response("busy", { status: 503, headers: { "retry-after": "60" } });
    });
    const iterator = read(sf, {});
    const next = iterator.next();
    await waits;
    expect(await iterator.return?.()).toEqual(ENDED);
    expect(await next).toEqual(ENDED);
    expect(calls).toBe(1);
  });

  it("before a late response discards it", async () => {
    const { state, body } = endless();
    const { promise: response, resolve: respond } = Promise.withResolvers<Response>();
    const iterator = read(
      clientOf(() => response),
      {},
    );
    const next = iterator.next();
    await iterator.return?.();
    expect(await next).toEqual(ENDED);
    respond(new Response(body));
    await new Promise(setImmediate);
    expect(state.isCancelled).toBe(true);
  });

  it("by an abort fails, and leaves no listener on the signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const sf = clientOf(() => new Promise(() => {}));
    const iterator = read(sf, { signal });
    const next = iterator.next();
    controller.abort("enough");
    await expect(next).rejects.toMatchObject({ code: "aborted", cause: "enough" });
    expect(await iterator.next()).toEqual(ENDED);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(what).not.toBe("");
  });
});

describe("an open stream", () => {
  function streamOf(first: string, type: string) {
    const { state, body } = endless();
    const started = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(first)),
      cancel: (reason) => body.cancel(reason),
    });
    const sf = clientOf(() => new Response(started, { headers: { "content-type": type } }));
    return { state, sf };
  }
  const event = JSON.stringify({ id: "evt_1", type: "request.created", cursor: "c1" });
  const openEvents = () => streamOf(`id: c1\ndata: ${event}\n\n`, "text/event-stream");

  it("ends with the stream that reads from it", async () => {
    const { state, sf } = openEvents();
    const reader = StreamFrom.from(sf.events.subscribe()).getReader();
    expect((await reader.read()).value).toMatchObject({ id: "evt_1" });
    await reader.cancel();
    expect(state.isCancelled).toBe(true);
  });

  it("ends with an export", async () => {
    const { state, sf } = streamOf('{"type":"header"}\n', "application/x-ndjson");
    const reader = StreamFrom.from(sf.audit.export()).getReader();
    expect((await reader.read()).value).toBe('{"type":"header"}');
    await reader.cancel();
    expect(state.isCancelled).toBe(true);
  });

  it("ends when a race is lost", async () => {
    const { state, sf } = openEvents();
    const events = sf.events.subscribe();
    await events.next();
    const next = events.next();
    expect(await Promise.race([next, events.return()])).toEqual(ENDED);
    expect(await next).toEqual(ENDED);
    expect(state.isCancelled).toBe(true);
  });

  it("does not reconnect after an error that is thrown into it and that a retry could repair", async () => {
    const { state, sf } = openEvents();
    const events = sf.events.subscribe();
    await events.next();
    const error = Object.assign(new Error("busy"), { retryable: true });
    await expect(events.throw(error)).rejects.toBe(error);
    expect(await events.next()).toEqual(ENDED);
    expect(state.isCancelled).toBe(true);
  });

  it("ends at once when its signal aborts and nobody asks for more", async () => {
    const controller = new AbortController();
    const { state, sf } = openEvents();
    const events = sf.events.subscribe({}, { signal: controller.signal });
    await events.next();
    controller.abort();
    await new Promise(setImmediate);
    expect(state.isCancelled).toBe(true);
  });

  it("whose lines never end fails and is closed", async () => {
    const line = encoder.encode("x".repeat(100_000));
    let sent = 0;
    let isCancelled = false;
    let connections = 0;
    const sf = clientOf(() => {
      connections += 1;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += line.length;
          controller.enqueue(line);
          if (sent > 3_000_000) controller.error(new Error("read to the end"));
        },
        cancel() {
          isCancelled = true;
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    await expect(
      sf.events.subscribe({}, { signal: AbortSignal.timeout(60_000) }).next(),
    ).rejects.toMatchObject({ code: "invalid_response" });
    expect([connections, isCancelled]).toEqual([1, true]);
    expect(sent).toBeLessThan(1_500_000);
  });
});
