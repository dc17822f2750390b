import type { ServiceFlowEvent } from "@serviceflow/domain";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ServiceFlow } from "../client.ts";
import type { SubscribeInput } from "../resources/events.ts";
import { cursorOf, FakeLog, problem } from "./fake-log.fixture.ts";
import type { FeedState } from "./feed-state.ts";

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 60_000, interval: 5 });

const turns = async (count = 30) => {
  for (let i = 0; i < count; i += 1) await new Promise(setImmediate);
};

const clientOf = ({ fetch }: FakeLog) =>
  new ServiceFlow({ baseUrl: "http://sf.test", apiKey: "sf_key", fetch });

/** Reads until it is stopped, as fast as `pace` resolves. */
function collect(
  sf: ServiceFlow,
  input: SubscribeInput = {},
  pace: () => Promise<unknown> | undefined = () => undefined,
) {
  const ids: string[] = [];
  const states: FeedState[] = [];
  const events = sf.events.subscribe(input, { onState: (state) => states.push(state) });
  const reading = (async () => {
    for await (const { id } of events as AsyncGenerator<ServiceFlowEvent>) {
      ids.push(id);
      await pace();
    }
  })();
  reading.catch(() => {});
  return { ids, states, reading, stop: () => events.return() };
}

const numbers = (...all: number[]) => all.map((number) => `evt_${number}`);
const range = (from: number, to: number) =>
  numbers(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

describe("a feed", () => {
  it("has one stream for all listeners, of what any of them asks for", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const created = collect(sf, { type: "request.created" });
    const claimed = collect(sf, { type: ["request.claimed", "request.created"], request: "sf-2" });
    await turns();
    log.append();
    log.append("request.claimed", { id: "SF-2" });
    log.append("request.claimed");
    await turns();
    expect([created.ids, claimed.ids]).toEqual([numbers(1), numbers(2)]);
    expect(log.opened).toEqual(["?after=now&type=request.created&type=request.claimed"]);
    expect(log.listed).toEqual([]);
    await created.stop();
    expect(log.streams.size).toBe(1);
    await claimed.stop();
    expect(log.streams.size).toBe(0);
  });

  it("opens at the position of its only listener, with its filters", async () => {
    const log = new FakeLog();
    for (let i = 0; i < 4; i += 1) log.append("request.created", { category: i % 2 ? "it" : "hr" });
    const { ids, stop } = collect(clientOf(log), { after: cursorOf(1), category: "it" });
    await turns();
    expect(ids).toEqual(numbers(2, 4));
    expect([log.opened, log.listed]).toEqual([[`?after=${cursorOf(1)}&category=it`], []]);
    await stop();
  });

  it("has a stream of its own for a subscription with options of its own", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const shared = collect(sf);
    const own = sf.events.subscribe({}, { headers: { "x-team": "a" } });
    const next = own.next();
    await turns();
    expect(log.streams.size).toBe(2);
    log.append();
    expect((await next).value).toMatchObject({ id: "evt_1" });
    await own.return();
    expect(log.streams.size).toBe(1);
    await shared.stop();
  });

  it("lets a listener that joins later catch up by pages, and starts one without a cursor now", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    for (let i = 0; i < 250; i += 1) log.append();
    const first = collect(sf);
    await turns();
    log.append();
    await turns();
    const older = collect(sf, { after: cursorOf(7) });
    const all = collect(sf, { after: "start" });
    const now = collect(sf);
    await turns();
    log.append();
    await turns();
    expect(first.ids).toEqual(range(251, 252));
    expect(older.ids).toEqual(range(8, 252));
    expect(all.ids).toEqual(range(1, 252));
    expect(now.ids).toEqual(numbers(252));
    expect(log.opened).toHaveLength(1);
    for (const { stop } of [first, older, all, now]) await stop();
  });

  it("misses nothing for a listener that joins while what it asks for is not in the stream", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const first = collect(sf, { type: "a.a" as never });
    const joined: ReturnType<typeof collect>[] = [];
    const join = sf.events.on("a.a" as never, ({ cursor }: ServiceFlowEvent) => {
      joined.push(collect(sf, { type: "b.b" as never, after: cursor }));
    });
    await turns();
    const [stream] = log.streams;
    if (stream) stream.isHeld = true;
    for (let i = 0; i < 5; i += 1) log.append(i % 2 ? "b.b" : "a.a");
    await turns();
    if (stream) stream.isHeld = false;
    log.append("b.b");
    await until(() => joined.length === 3 && joined[0]?.ids.length === 3);
    await turns();
    expect(joined.map(({ ids }) => ids)).toEqual([numbers(2, 4, 6), numbers(4, 6), numbers(6)]);
    expect(first.ids).toEqual(numbers(1, 3, 5));
    join.close();
    for (const { stop } of [first, ...joined]) await stop();
  });

  it("asks the server what only the server can decide, when streams differ", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const all = collect(sf);
    await turns();
    const mine = collect(sf, { category: "it" });
    await turns();
    const before = log.listed.length;
    for (let i = 0; i < 40; i += 1)
      log.append("request.created", { category: i % 2 ? "it" : "hr" });
    await until(() => mine.ids.length === 20);
    expect(mine.ids).toEqual(range(1, 40).filter((_, i) => i % 2));
    expect(all.ids).toEqual(range(1, 40));
    expect(log.listed.length - before).toBeLessThan(4);
    expect(log.streams.size).toBe(1);
    for (const { stop } of [all, mine]) await stop();
  });

  it("does not wait for a slow listener, which later reads what it missed from its own position", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const slow = collect(sf, {}, () => gate);
    const fast = collect(sf);
    await turns();
    for (let i = 0; i < 2_000; i += 1) log.append();
    await until(() => fast.ids.length === 2_000);
    expect([slow.ids, log.listed]).toEqual([numbers(1), []]);
    open();
    await until(() => slow.ids.length === 2_000);
    expect(slow.ids).toEqual(range(1, 2_000));
    for (const { stop } of [slow, fast]) await stop();
  });

  it("reads no further than its slowest listener if that is the only one", async () => {
    const log = new FakeLog();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    for (let i = 0; i < 2_000; i += 1) log.append();
    const slow = collect(clientOf(log), { after: "start" }, () => gate);
    await turns(400);
    const [stream] = log.streams;
    expect(stream?.sent).toBeLessThan(300);
    open();
    await until(() => slow.ids.length === 2_000);
    expect([slow.ids, log.listed]).toEqual([range(1, 2_000), []]);
    await slow.stop();
  });

  it("moves on from the past when a new listener waits for the present", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    for (let i = 0; i < 3_000; i += 1) log.append();
    const past = collect(sf, { after: "start" }, () => new Promise(setImmediate));
    await turns();
    const [stream] = log.streams;
    if (stream) stream.isHeld = true;
    const present = collect(sf);
    await turns();
    log.append();
    await until(() => present.ids.length === 1);
    expect(present.ids).toEqual(numbers(3_001));
    await until(() => past.ids.length === 3_001);
    expect(past.ids).toEqual(range(1, 3_001));
    for (const { stop } of [past, present]) await stop();
  });

  it("refuses a cursor or a filter to that listener alone", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    const bad = collect(sf, { after: cursorOf(99) });
    const good = collect(sf, { after: cursorOf(0) });
    await expect(bad.reading).rejects.toMatchObject({ code: "cursor_unknown" });
    expect(bad.states.at(-1)).toMatchObject({ status: "ended", error: { code: "cursor_unknown" } });
    log.append();
    await turns();
    expect(good.ids).toEqual(numbers(1));
    await good.stop();
  });

  it("says when it is live, stale and live again, and why it has ended", async () => {
    const log = new FakeLog();
    const sf = clientOf(log);
    let down = true;
    log.refuse = () => (down ? new Response("down", { status: 503 }) : undefined);
    const one = collect(sf);
    const other = collect(sf);
    await until(() => one.states.length > 0);
    down = false;
    await until(() => log.streams.size === 1);
    await turns();
    down = true;
    log.cut();
    await until(() => one.states.at(-1)?.error?.status === 503);
    log.append();
    down = false;
    await until(() => one.ids.length === 1);
    log.refuse = () => problem(401, "unauthenticated");
    log.cut();
    for (const { reading } of [one, other]) {
      await expect(reading).rejects.toMatchObject({ code: "unauthenticated" });
    }
    for (const { states } of [one, other]) {
      const steps = states.map(({ status, error }) => `${status} ${error?.code}`);
      expect(steps.filter((step, i) => step !== steps[i - 1])).toEqual([
        "connecting invalid_response",
        "live undefined",
        "stale network_error",
        "stale invalid_response",
        "live undefined",
        "stale network_error",
        "ended unauthenticated",
      ]);
    }
    log.refuse = undefined;
    const next = collect(sf);
    await turns();
    log.append();
    await turns();
    expect(next.ids).toEqual(numbers(2));
    await next.stop();
  });

  it("notices a dead connection within 20 s, and none that has heartbeats every 8 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
    const log = new FakeLog();
    const { ids, states, stop } = collect(clientOf(log));
    await turns();
    for (let i = 0; i < 10; i += 1) {
      await vi.advanceTimersByTimeAsync(8_000);
      log.heartbeat();
      await turns();
    }
    expect(states.map(({ status }) => status)).toEqual(["live"]);
    for (const stream of log.streams) stream.isHeld = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(states[1]).toMatchObject({ status: "stale", error: { code: "timeout" } });
    await vi.advanceTimersByTimeAsync(8_000);
    await turns();
    log.append();
    await turns();
    expect(ids).toEqual(numbers(1));
    await stop();
  });

  it("gives each listener what its position and filter say, once and in order", async () => {
    const listener = fc.record({
      after: fc.constantFrom("start", "now", 0, 3, 20, 60),
      type: fc.constantFrom(undefined, "a.a", ["a.a", "b.b"], "c.c"),
      category: fc.constantFrom(undefined, undefined, "it"),
      request: fc.constantFrom(undefined, undefined, "SF-1"),
      isSlow: fc.boolean(),
    });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 4, arbitrary: fc.record({ listen: listener }) },
      { weight: 1, arbitrary: fc.constant({ cut: true }) },
      { weight: 1, arbitrary: fc.constant({ leave: true }) },
      { weight: 3, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 20 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const log = new FakeLog();
        const sf = clientOf(log);
        let made = 0;
        const append = () => {
          const type = ["a.a", "b.b", "c.c"][made % 3];
          log.append(type, { category: made % 4 ? "it" : "hr", id: `SF-${made % 2}` });
          made += 1;
        };
        const listeners: { found: ReturnType<typeof collect>; expected: () => string[] }[] = [];
        for (const one of steps) {
          if ("append" in one) for (let i = 0; i < one.append; i += 1) append();
          else if ("cut" in one) log.cut();
          else if ("turns" in one) await turns(one.turns);
          else if ("leave" in one) await listeners.pop()?.found.stop();
          else {
            const { after, isSlow, ...filter } = one.listen;
            const start = typeof after === "number" ? Math.min(after, made) : after;
            // Where "now" is, it must be clear: nothing happens until it listens.
            const from = start === "start" ? 0 : start === "now" ? made : Number(start);
            const input = { ...filter, after: typeof start === "number" ? cursorOf(start) : start };
            const pace = isSlow ? () => new Promise(setImmediate) : undefined;
            const found = collect(sf, input as never, pace);
            const types = [filter.type ?? []].flat();
            listeners.push({
              found,
              expected: () =>
                log.events
                  .slice(from)
                  .filter(
                    (event) =>
                      (types.length === 0 || types.includes(event.type)) &&
                      (!filter.category || event.category === filter.category) &&
                      (!filter.request || event.serviceRequestId === filter.request),
                  )
                  .map(({ id }) => id),
            });
            if (start === "now") await until(() => found.states.at(-1)?.status === "live");
          }
        }
        append();
        const isComplete = ({ found, expected }: (typeof listeners)[number]) =>
          found.ids.length >= expected().length;
        await until(() => listeners.every(isComplete));
        await turns(5);
        for (const { found, expected } of listeners) expect(found.ids).toEqual(expected());
        expect(log.streams.size).toBeLessThan(2);
        for (const { found } of listeners) await found.stop();
      }),
      { numRuns: 15 },
    );
  });

  afterEach(() => {
    vi.useRealTimers();
  });
});
