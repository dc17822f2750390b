import { DomainError } from "@serviceflow/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EventBatch } from "../context.ts";
import type { Connection } from "../http/guarded-body.ts";
import { eventBody } from "./event-stream.ts";

const client = (connection?: Connection) => ({ connection, maxStalledMs: 30_000 });

/** A stream that tells one event after another, as fast as they are taken. */
function endless() {
  const controller = new AbortController();
  const state = { sent: 0, ended: 0 };
  async function* batches(): AsyncGenerator<EventBatch> {
    while (!controller.signal.aborted) {
      state.sent += 1;
      yield { events: [], presence: [], cursor: `c${state.sent}` };
    }
  }
  const stream = {
    batches: batches(),
    signal: controller.signal,
    end: () => {
      state.ended += 1;
    },
  };
  return { stream, state, abort: () => controller.abort(new Error("cut")) };
}

const decode = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

describe("a body of server-sent events", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("begins with when to come again and with where it stands", async () => {
    const reader = eventBody(endless().stream, client()).getReader();
    expect(decode((await reader.read()).value)).toMatch(/^retry: [123]\d{3}\nid: c1\n\n$/);
    expect(decode((await reader.read()).value)).toBe(": alive\nid: c2\n\n");
  });

  it("reads no further than one chunk ahead of its client", async () => {
    const { stream, state } = endless();
    const reader = eventBody(stream, client()).getReader();
    for (let i = 0; i < 3; i += 1) await reader.read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.sent).toBe(4);
  });

  it("cuts a client that takes nothing for too long", async () => {
    const { stream, state } = endless();
    const reader = eventBody(stream, client()).getReader();
    await reader.read();
    await vi.advanceTimersByTimeAsync(30_000);
    await expect(reader.closed).rejects.toThrow("reads nothing");
    expect(state.ended).toBe(1);
  });

  it("closes the connection of such a client, also when the stream is ended before", async () => {
    for (const endIt of [() => vi.advanceTimersByTimeAsync(30_000), undefined]) {
      const { stream, abort } = endless();
      let destroyed = 0;
      const connection = {
        destroy: () => {
          destroyed += 1;
        },
      };
      const reader = eventBody(stream, client(connection)).getReader();
      await reader.read();
      await new Promise((resolve) => setImmediate(resolve));
      if (endIt) await endIt();
      else abort();
      expect(destroyed).toBe(1);
    }
  });

  it("closes the connection of one that does not take what is on its way when the stream is ended", async () => {
    for (const writableLength of [1, 0]) {
      const { stream, abort } = endless();
      const quiet = (async function* (): AsyncGenerator<EventBatch> {
        yield { events: [], presence: [], cursor: "c1" };
        await new Promise(() => {});
      })();
      let destroyed = 0;
      const connection = {
        writableLength,
        destroy: () => {
          destroyed += 1;
        },
      };
      const reader = eventBody({ ...stream, batches: quiet }, client(connection)).getReader();
      await reader.read();
      abort();
      expect(await reader.read()).toEqual({ done: true, value: undefined });
      await vi.advanceTimersByTimeAsync(5_000);
      expect(destroyed).toBe(writableLength);
    }
  });

  it("hands over a piece at a time of what is large", async () => {
    const { stream } = endless();
    const large = { cursor: "c", description: "x".repeat(40_000) };
    async function* many(): AsyncGenerator<EventBatch> {
      yield { events: [], presence: [], cursor: "c0" };
      yield {
        events: Array.from({ length: 5 }, () => ({ ...large })) as never,
        presence: [],
        cursor: "c",
      };
    }
    const reader = eventBody({ ...stream, batches: many() }, client()).getReader();
    const sizes: number[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      sizes.push(value.length);
    }
    expect(sizes).toHaveLength(6);
    expect(Math.max(...sizes)).toBeLessThan(64 * 1024);
  });

  it("does not cut a client for having nothing to tell it", async () => {
    const { stream, abort } = endless();
    let wake: () => void = () => {};
    async function* quiet(): AsyncGenerator<EventBatch> {
      yield { events: [], presence: [], cursor: "c1" };
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      yield { events: [], presence: [], cursor: "c2" };
    }
    const reader = eventBody({ ...stream, batches: quiet() }, client()).getReader();
    await reader.read();
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(600_000);
    wake();
    expect(decode((await next).value)).toContain("c2");
    abort();
  });

  it("ends when it is ended, so that the client comes again", async () => {
    const { stream, state, abort } = endless();
    const quiet = (async function* (): AsyncGenerator<EventBatch> {
      yield { events: [], presence: [], cursor: "c1" };
      await new Promise<void>((resolve) =>
        stream.signal.addEventListener("abort", () => resolve()),
      );
    })();
    const reader = eventBody({ ...stream, batches: quiet }, client()).getReader();
    await reader.read();
    const next = reader.read();
    abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(state.ended).toBe(1);
  });

  it("ends with a problem when it cannot go on, and breaks off when the server fails", async () => {
    const { stream, state } = endless();
    async function* lost(error: Error): AsyncGenerator<EventBatch> {
      yield { events: [], presence: [], cursor: "c1" };
      throw error;
    }
    const refused = lost(new DomainError("cursor_unknown", "Start over."));
    const call = { path: "/api/v1/events/stream", requestId: "r1" };
    const reader = eventBody({ ...stream, batches: refused }, client(), call).getReader();
    await reader.read();
    const [event, data = ""] = decode((await reader.read()).value).split("\ndata: ");
    expect(event).toBe("event: problem");
    expect(JSON.parse(data)).toMatchObject({
      code: "cursor_unknown",
      status: 410,
      requestId: "r1",
    });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(state.ended).toBe(1);

    const failing = eventBody(
      { ...stream, batches: lost(new Error("down")) },
      client(),
    ).getReader();
    await failing.read();
    await expect(failing.read()).rejects.toThrow("down");
  });

  it("is empty when it was ended before it began", async () => {
    const { stream, state, abort } = endless();
    abort();
    const reader = eventBody(stream, client()).getReader();
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(state.ended).toBe(1);
  });

  it("gives everything back when the client goes", async () => {
    const { stream, state } = endless();
    const reader = eventBody(stream, client()).getReader();
    await reader.read();
    await reader.cancel();
    expect(state.ended).toBe(1);
    expect(await stream.batches.next()).toEqual({ done: true, value: undefined });
  });
});
