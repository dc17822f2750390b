import type { RequestPresence, ServiceFlowEvent } from "@serviceflow/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServiceFlow, type ServiceFlowOptions } from "../client.ts";
import { cursorOf, FakeLog, problem } from "./fake-log.fixture.ts";
import type { FeedState } from "./feed-state.ts";
import { sharedName } from "./shared-feed.ts";

interface Tab {
  sf: ServiceFlow;
  ids: string[];
  states: FeedState[];
  presence: RequestPresence[];
  error: Promise<unknown>;
  close(): Promise<unknown>;
}

const open: Tab[] = [];
let page: EventTarget;

/** A client in a tab of its own, with one listener. Its feed is that of the log. */
function openTab(
  log: FakeLog,
  options: Partial<ServiceFlowOptions> = {},
  after: string | undefined = undefined,
): Tab {
  const sf = new ServiceFlow({
    baseUrl: "http://sf.test",
    apiKey: "sf_key",
    fetch: log.fetch,
    shareEventsAs: "me",
    ...options,
  });
  const ids: string[] = [];
  const states: FeedState[] = [];
  const presence: RequestPresence[] = [];
  const events = sf.events.subscribe(
    { after },
    {
      onState: (state) => states.push(state),
      onPresence: (told) => presence.push(told),
    },
  );
  const error = (async () => {
    for await (const { id } of events as AsyncGenerator<ServiceFlowEvent>) ids.push(id);
  })().catch((thrown: unknown) => thrown);
  const tab = { sf, ids, states, presence, error, close: () => events.return() };
  open.push(tab);
  return tab;
}

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 60_000, interval: 5 });
const isLive = ({ states }: Tab) => states.at(-1)?.status === "live";
const live = (...tabs: Tab[]) => until(() => tabs.every(isLive));
const received = (count: number, ...tabs: Tab[]) =>
  until(() => tabs.every(({ ids }) => ids.length >= count));

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `evt_${from + i}`);

describe("tabs", () => {
  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal("isSecureContext", true);
    vi.stubGlobal("document", page);
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const tab of open.splice(0)) await tab.close();
    vi.unstubAllGlobals();
  });

  it("share one stream, which the next takes over when the leader is closed", async () => {
    const log = new FakeLog();
    const tabs = [openTab(log), openTab(log), openTab(log)];
    await live(...tabs);
    for (let left = 3; left > 0; left -= 1) {
      expect(log.streams.size).toBe(1);
      log.append();
      await tabs[3 - left]?.close();
      log.append();
      await received(2 * (4 - left), ...tabs.slice(4 - left));
    }
    expect(tabs[2]?.ids.slice(0, 4)).toEqual(range(1, 4));
    expect(tabs.every(({ ids }) => new Set(ids).size === ids.length)).toBe(true);
    expect(log.opened.length).toBeLessThanOrEqual(3);
    expect(log.streams.size).toBe(0);
  });

  it("are all told of presence, which moves no cursor, and pass over what is of no known type", async () => {
    const log = new FakeLog();
    const tabs = [openTab(log), openTab(log)];
    await live(...tabs);
    log.append();
    const presence = { serviceRequestId: "SF-1", people: [] };
    log.tell("presence", presence);
    log.tell("weather", { id: "evt_9", cursor: cursorOf(9) });
    log.append();
    await received(2, ...tabs);
    expect(tabs.map((tab) => tab.presence)).toEqual([[presence], [presence]]);
    expect(tabs.map(({ ids }) => ids)).toEqual([range(1, 2), range(1, 2)]);
    log.cut();
    log.append();
    await received(3, ...tabs);
    expect(new URLSearchParams(log.opened.at(-1)).get("after")).toBe(cursorOf(2));
  });

  it("that join later catch up from their own cursor first", async () => {
    const log = new FakeLog();
    for (let i = 0; i < 230; i += 1) log.append();
    const first = openTab(log);
    await live(first);
    const older = openTab(log, {}, cursorOf(10));
    log.append();
    await received(221, older);
    log.append();
    await received(222, older);
    await received(2, first);
    expect(older.ids).toEqual(range(11, 232));
    expect(first.ids).toEqual(range(231, 232));
    expect(log.opened).toHaveLength(1);
  });

  it.each<[string, Partial<ServiceFlowOptions>, Partial<ServiceFlowOptions>]>([
    ["keys", { apiKey: "sf_a" }, { apiKey: "sf_b" }],
    ["identities", { shareEventsAs: "usr_1" }, { shareEventsAs: "usr_2" }],
    ["servers", { baseUrl: "http://a.test" }, { baseUrl: "http://b.test" }],
    ["headers", { headers: { authorization: "1" } }, { headers: { authorization: "2" } }],
    ["a fetch of their own", { shareEventsAs: undefined }, { shareEventsAs: undefined }],
    ["sharing switched off", { shareEventsAs: false }, { shareEventsAs: false }],
  ])("with different %s do not share", async (_what, one, other) => {
    const logs = [new FakeLog(), new FakeLog()] as const;
    const tabs = [openTab(logs[0], one), openTab(logs[1], other)];
    await live(...tabs);
    logs[0].append();
    await received(1, tabs[0] as Tab);
    expect(logs.map(({ streams }) => streams.size)).toEqual([1, 1]);
    expect(tabs[1]?.ids).toEqual([]);
  });

  it("are known by a name that tells nothing of the key", async () => {
    const names: string[] = [];
    const request = vi.spyOn(navigator.locks, "request");
    const log = new FakeLog();
    await live(openTab(log, { apiKey: "sf_secret" }));
    for (const [name] of request.mock.calls) names.push(String(name));
    request.mockRestore();
    expect(names).toEqual([expect.stringMatching(/^serviceflow-events-2-[0-9a-f]{64}$/)]);
  });

  it("all learn that the connection is lost, and why access has ended", async () => {
    const log = new FakeLog();
    const tabs = [openTab(log), openTab(log)];
    await live(...tabs);
    log.refuse = () => new Response("down", { status: 503 });
    log.cut();
    await until(() => tabs.every(({ states }) => states.at(-1)?.error?.status === 503));
    expect(tabs.map(({ states }) => states.at(-1)?.status)).toEqual(["stale", "stale"]);
    log.refuse = () => problem(401, "unauthenticated");
    for (const { error, states } of tabs) {
      expect(await error).toMatchObject({
        code: "unauthenticated",
        status: 401,
        requestId: "req-1",
      });
      expect(states.at(-1)).toMatchObject({ status: "ended", error: { code: "unauthenticated" } });
    }
  });

  it.each(["freeze", "pagehide"])(
    "give the stream up on %s, and read what they missed when they are back",
    async (event) => {
      const log = new FakeLog();
      const leader = openTab(log);
      await live(leader);
      // The others have a page of their own.
      const ofLeader = page;
      page = new EventTarget();
      vi.stubGlobal("document", page);
      vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
      const follower = openTab(log);
      await live(follower);
      const [before] = log.streams;
      ofLeader.dispatchEvent(new Event(event));
      await until(() => log.streams.size === 1 && !log.streams.has(before as never));
      for (let i = 0; i < 300; i += 1) log.append();
      await received(300, follower);
      expect(leader.ids).toEqual([]);
      ofLeader.dispatchEvent(new Event(event === "freeze" ? "resume" : "pageshow"));
      await received(300, leader);
      log.append();
      await received(301, leader, follower);
      expect([leader.ids, follower.ids]).toEqual([range(1, 301), range(1, 301)]);
      expect(log.streams.size).toBe(1);
    },
  );

  it("take the stream away from a leader that neither speaks nor answers", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const log = new FakeLog();
    const name = await sharedName(JSON.stringify(["http://sf.test", "sf_key", "me", []]));
    const { promise: frozen, resolve: end } = Promise.withResolvers<void>();
    const lost = navigator.locks.request(name, () => frozen).catch(({ name: what }) => what);
    const tabs = [openTab(log), openTab(log)];
    await until(() => log.listed.length === 2);
    expect(log.streams.size).toBe(0);
    await vi.advanceTimersByTimeAsync(11_000);
    await live(...tabs);
    log.append();
    await received(1, ...tabs);
    end();
    expect(await lost).toBe("AbortError");
    expect(log.streams.size).toBe(1);
    // A leader that answers stays, however long the server wants nobody to connect.
    let attempts = 0;
    log.refuse = () => {
      attempts += 1;
      return new Response("down", { status: 503, headers: { "retry-after": "60" } });
    };
    log.cut();
    await vi.advanceTimersByTimeAsync(1_000);
    await until(() => attempts === 1);
    for (let i = 0; i < 50; i += 1) await vi.advanceTimersByTimeAsync(1_000);
    expect([attempts, ...tabs.map(({ states }) => states.at(-1)?.status)]).toEqual([
      1,
      "stale",
      "stale",
    ]);
  });
});
