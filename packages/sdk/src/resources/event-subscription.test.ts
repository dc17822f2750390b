import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ServiceFlow } from "../client.ts";
import type { EventSubscription } from "./event-subscription.ts";

const encoder = new TextEncoder();

/** A client whose server sends these events on one stream and then keeps it open. */
function clientOf(
  events: { id: string; type: string; cursor: string; [field: string]: unknown }[],
) {
  const urls: string[] = [];
  let cancelled = 0;
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: (url, { signal }) => {
      urls.push(url);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(encoder.encode("retry: 1\nid: c0\n\n"));
          for (const event of events) {
            const message = `id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`;
            controller.enqueue(encoder.encode(message));
          }
          signal?.addEventListener("abort", () => controller.error(signal.reason));
        },
        cancel() {
          cancelled += 1;
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  return { sf, urls, cancelled: () => cancelled };
}

const created = (n: number) => ({
  id: `evt_${n}`,
  type: "request.created",
  cursor: `c${n}`,
  request: { id: `SF-${n}`, title: `Number ${n}` },
});

describe("a subscription", () => {
  it("handles events one at a time and tracks the cursor", async () => {
    const { sf, urls, cancelled } = clientOf([created(1), created(2), created(3)]);
    const steps: string[] = [];
    const subscription = sf.events.on(
      "request.created",
      async ({ request }) => {
        steps.push(`begin ${request?.id}`);
        await Promise.resolve();
        steps.push(`end ${request?.id}`);
        if (request?.id === "SF-2") subscription.close();
      },
      { after: "start" },
    );
    expect(subscription.cursor).toBe("start");
    await subscription.closed;
    expect(steps).toEqual(["begin SF-1", "end SF-1", "begin SF-2", "end SF-2"]);
    expect(subscription.cursor).toBe("c2");
    expect(urls).toEqual(["http://sf.test/api/v1/events/stream?after=start&type=request.created"]);
    expect(cancelled()).toBe(1);
  });

  it("rejects with the error of its handler and keeps the cursor of the event before", async () => {
    const { sf } = clientOf([created(1), created(2)]);
    const subscription = sf.events.on(["request.created", "comment.created"], (event) => {
      if (event.id === "evt_2") throw new Error("no disk");
    });
    await expect(subscription.closed).rejects.toThrow("no disk");
    expect(subscription.cursor).toBe("c1");
  });

  it.each(["before", "after"])("ends when its signal aborts %s it starts", async (when) => {
    const { sf } = clientOf([]);
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const { signal } = controller;
    const subscription = sf.events.on("request.created", () => {}, {}, { signal });
    if (when === "after") controller.abort();
    expect(await subscription.closed).toBeUndefined();
  });

  it("yields events of unknown types when no type is given", async () => {
    const unknown = { id: "evt_9", type: "request.teleported", cursor: "c9", to: "Mars" };
    const { sf } = clientOf([unknown as never, created(1)]);
    const types: string[] = [];
    for await (const event of sf.events.subscribe({ after: "start" })) {
      types.push(event.type);
      if (types.length === 2) break;
    }
    expect(types).toEqual(["request.teleported", "request.created"]);
  });

  it("narrows the event to its type", () => {
    const { sf } = clientOf([]);
    const compiled = () => {
      sf.events.on("comment.created", (event) => event.comment?.body);
      // @ts-expect-error request.created has no comment
      sf.events.on("request.created", (event) => event.comment?.body);
      // @ts-expect-error no such event type
      sf.events.on("request.teleported", () => {});
    };
    expect(compiled).toBeTypeOf("function");
  });
});

describe("a subscription that nobody awaits", () => {
  const failing = () => {
    throw new Error("no disk");
  };
  /** Collects what would end the process. */
  function unhandled() {
    const errors: unknown[] = [];
    const collect = (error: unknown) => errors.push(error);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    return errors;
  }
  const settled = () => new Promise(setImmediate);

  it("passes its error to onError, also if that throws", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const errors: unknown[] = [];
    const { sf } = clientOf([created(1)]);
    const onError = (error: unknown) => {
      errors.push(error);
      throw new Error("no log");
    };
    const ends = unhandled();
    const { closed } = sf.events.on("request.created", failing, {}, { onError });
    await expect(closed).rejects.toThrow("no disk");
    await settled();
    expect([errors, ends]).toEqual([[new Error("no disk")], []]);
    expect(print).toHaveBeenCalledExactlyOnceWith(expect.any(String), new Error("no log"));
    print.mockRestore();
  });

  it("prints its error by default", async () => {
    const { promise: printed, resolve } = Promise.withResolvers<unknown>();
    const print = vi.spyOn(console, "error").mockImplementation((_, error) => resolve(error));
    const ends = unhandled();
    const { sf } = clientOf([created(1)]);
    sf.events.on("request.created", failing);
    expect(await printed).toEqual(new Error("no disk"));
    await settled();
    expect(ends).toEqual([]);
    print.mockRestore();
  });

  it("prints nothing for a program that awaits it, now or later", async () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    const ends = unhandled();
    const { sf } = clientOf([created(1)]);
    const subscription = sf.events.on("request.created", failing);
    const { closed } = subscription;
    await settled();
    await settled();
    await expect(closed).rejects.toThrow("no disk");
    await expect(subscription.closed).rejects.toThrow("no disk");
    expect([ends, print.mock.calls]).toEqual([[], []]);
    print.mockRestore();
  });

  it("reports nothing when it is closed or aborted", async () => {
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const { sf, cancelled } = clientOf([created(1)]);
    const controller = new AbortController();
    const { signal } = controller;
    const closing: EventSubscription = sf.events.on(
      "request.created",
      () => closing.close(),
      {},
      { onError },
    );
    const aborting = sf.events.on(
      "request.created",
      () => controller.abort(),
      {},
      { onError, signal },
    );
    await Promise.all([closing.closed, aborting.closed]);
    expect([errors, cancelled()]).toEqual([[], 1]);
  });
});
