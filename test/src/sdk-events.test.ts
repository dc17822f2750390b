import {
  type EventFilters,
  type EventOf,
  ServiceFlow,
  type ServiceFlowEvent,
} from "@serviceflow/sdk";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import type { Person } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

/** Statuses of pages that a proxy or a captive portal answers, by attempt. */
const PAGES: Record<number, number> = { 5: 200, 7: 403, 9: 404 };

function htmlPage(status: number): Response {
  return new Response("<h1>Sign in</h1>", { status, headers: { "content-type": "text/html" } });
}

describe("events through the SDK", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let admin: ServiceFlow;
  let agent: ServiceFlow;
  let person: Person;
  let port: string;

  const serve = async () => {
    server = await serveWith(database, {
      RATE_LIMIT_PER_MINUTE: "0",
      AUTH_FAILURES_PER_MINUTE: "0",
      STREAMS_PER_KEY: "5",
      ...(port ? { PORT: port } : {}),
    });
    port = new URL(server.url).port;
  };

  beforeAll(async () => {
    database = await freshPostgres();
    await serve();
    const people = await addPeople(server.url);
    person = people.agents[0] as Person;
    admin = new ServiceFlow({ baseUrl: server.url, apiKey: people.admin.key });
    agent = new ServiceFlow({ baseUrl: server.url, apiKey: person.key });
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  const file = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) {
      ids.push((await agent.requests.create({ title: `Request ${i}` })).id);
    }
    await allSealed(database.db);
    return ids;
  };
  const now = async () => {
    await allSealed(database.db);
    return (await agent.events.list({ after: "now" })).nextCursor;
  };

  /** Reads this many events. */
  async function take(events: AsyncIterable<ServiceFlowEvent>, count: number): Promise<string[]> {
    const found: string[] = [];
    const reading = (async () => {
      for await (const { subject } of events) {
        found.push(subject.id);
        if (found.length === count) return;
      }
    })();
    await waitFor(`${count} events`, reading);
    return found;
  }

  it("are filtered in lists, loops and handlers", async () => {
    const after = await now();
    const [first = "", second = "", third = ""] = await file(3);
    await agent.requests.claim(second);
    const subjects = async (filters: EventFilters) =>
      (await Array.fromAsync(agent.events.list({ after, limit: 1, ...filters }))).map(
        ({ subject }) => subject.id,
      );
    expect(await subjects({ request: first })).toEqual([first]);
    expect(await subjects({ assignee: "me" })).toEqual([second]);
    expect(await subjects({ assignee: ["me", "none"], category: ["general"] })).toEqual([
      ...[first, second, third, second],
    ]);
    expect(await subjects({ concerning: "me", category: "nothing" })).toEqual([]);
    const mine = agent.events.subscribe({ after, assignee: "me" });
    expect(await take(mine, 1)).toEqual([second]);
    const { promise, resolve } = Promise.withResolvers<string>();
    const subscription = agent.events.on("request.created", ({ subject }) => resolve(subject.id), {
      after,
      request: third,
      concerning: "me",
      assignee: ["none", "me"],
    });
    expect(await waitFor("the third", promise)).toBe(third);
    subscription.close();
    await subscription.closed;
  });

  it("are listed page by page to the end, and resume there later", async () => {
    const after = await now();
    const ids = await file(7);
    const events = await Array.fromAsync(agent.events.list({ after, limit: 3 }));
    expect(events.map(({ subject }) => subject.id)).toEqual(ids);
    const pages = await Array.fromAsync(agent.events.list({ after, limit: 3 }).pages());
    expect(pages.map(({ items, hasMore }) => [items.length, hasMore])).toEqual([
      [3, true],
      [3, true],
      [1, false],
    ]);
    const { nextCursor } = pages.at(-1) as (typeof pages)[number];
    expect(await agent.events.list({ after: nextCursor })).toEqual({
      items: [],
      nextCursor,
      hasMore: false,
    });
  });

  it("are narrowed by their type", async () => {
    const after = await now();
    const { id } = await agent.requests.create({ title: "Typed" });
    await agent.comments.create(id, { body: "Hello" });
    await allSealed(database.db);
    const texts: string[] = [];
    for await (const event of agent.events.list({ after })) {
      if (event.type === "comment.created") texts.push(event.comment?.body ?? "");
      if (event.type === "request.created") texts.push(event.request?.title ?? "");
      // @ts-expect-error not every event has a user
      void event.user;
    }
    expect(texts).toEqual(["Typed", "Hello"]);
    const title = (event: EventOf<"request.created">) => event.request?.title;
    expect(title).toBeTypeOf("function");
  });

  it("are streamed until the loop ends, which closes the stream", async () => {
    const ids = file(0).then(async () => {
      const events = agent.events.subscribe({ after: await now() });
      return [await file(3), await take(events, 3)];
    });
    const [made, found] = await ids;
    expect(found).toEqual(made);
    // More than STREAMS_PER_KEY: each stream was closed when its loop ended.
    for (let i = 0; i < 6; i += 1) {
      expect(await take(agent.events.subscribe({ after: "start" }), 1)).toHaveLength(1);
    }
  });

  it("are streamed through broken connections without duplicates or gaps", async () => {
    let opened = 0;
    const broken = new ServiceFlow({
      baseUrl: server.url,
      apiKey: person.key,
      fetch: async (input, init) => {
        opened += 1;
        if (opened % 4 === 0) throw new TypeError("fetch failed");
        if (opened % 4 === 2) return new Response("busy", { status: 503 });
        const page = PAGES[opened];
        if (page !== undefined) return htmlPage(page);
        const response = await fetch(input, init);
        let left = 700 + opened * 97;
        const cut = new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            controller.enqueue(chunk.subarray(0, left));
            left -= chunk.length;
            if (left <= 0) controller.error(new Error("connection reset"));
          },
        });
        return new Response(response.body?.pipeThrough(cut), response);
      },
    });
    const after = await now();
    const ids = await file(9);
    expect(await take(broken.events.subscribe({ after }), 9)).toEqual(ids);
    expect(opened).toBeGreaterThan(9);
  });

  it("are not streamed from what never was a ServiceFlow", async () => {
    const fetch = () => htmlPage(200);
    const elsewhere = new ServiceFlow({ baseUrl: server.url, apiKey: person.key, fetch });
    await expect(elsewhere.events.subscribe().next()).rejects.toMatchObject({
      code: "invalid_response",
    });
  });

  it("are streamed through a restart of the server", async () => {
    const after = await now();
    const first = await file(2);
    const events = agent.events.subscribe({ after });
    expect((await events.next()).value?.subject.id).toBe(first[0]);
    await server.close();
    await serve();
    const later = await file(2);
    expect(await take(events, 3)).toEqual([first[1], ...later]);
  });

  it("can be filtered by type, and only include what the caller may see", async () => {
    const after = await now();
    const [id] = (await file(1)) as [string];
    await agent.requests.claim(id);
    const claimed = agent.events.subscribe({ after, type: ["request.claimed", "user.created"] });
    for await (const event of claimed) {
      expect(event.type).toBe("request.claimed");
      break;
    }
    for await (const { type } of admin.events.list({ type: "user.created", limit: 1 })) {
      expect(type).toBe("user.created");
    }
    expect(await Array.fromAsync(agent.events.list({ type: "user.created" }))).toEqual([]);
  });

  it("end immediately when aborted", async () => {
    const controller = new AbortController();
    const events = agent.events.subscribe({}, { signal: controller.signal });
    const next = events.next();
    setImmediate(() => controller.abort());
    await expect(waitFor("the end", next)).rejects.toMatchObject({ code: "aborted" });
  });

  it.each([
    [
      "a cursor of another log",
      () => agent.events.subscribe({ after: "AAAAAAAAABBKfhtCBiE" }),
      "cursor_unknown",
    ],
    [
      "an invalid key",
      () => new ServiceFlow({ baseUrl: server.url, apiKey: "sf_no" }).events.subscribe(),
      "unauthenticated",
    ],
    [
      "an invalid cursor",
      () => agent.events.subscribe({ after: "yesterday" }),
      "validation_failed",
    ],
  ])("are not streamed with %s", async (_, subscribe, code) => {
    await expect(subscribe().next()).rejects.toMatchObject({ code });
  });
});
