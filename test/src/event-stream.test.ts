import http from "node:http";
import { connect, type Socket } from "node:net";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { addPeople } from "./harness/people.ts";
import { expectProblem } from "./harness/problem.ts";
import { serveWith } from "./harness/serve-with.ts";
import { serverSideOf } from "./harness/server-side.ts";
import { caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const STREAMS_PER_KEY = 3;
const STREAMS_PER_USER = 4;

describe("event streams from two replicas", () => {
  let database: TestDatabase & { url: string };
  let first: RunningServer;
  let second: RunningServer;
  let call: TestApp["call"];
  let admin: Person;
  let agent: Person;
  const open: EventReader[] = [];

  beforeAll(async () => {
    database = await freshPostgres();
    const settings = {
      STREAMS_PER_KEY: String(STREAMS_PER_KEY),
      STREAMS_PER_USER: String(STREAMS_PER_USER),
      RATE_LIMIT_PER_MINUTE: "0",
      AUTH_FAILURES_PER_MINUTE: "0",
    };
    first = await serveWith(database, settings);
    second = await serveWith(database, settings);
    call = caller(fetch, `${first.url}/api/v1`);
    const people = await addPeople(first.url);
    admin = people.admin;
    agent = people.agents[0] as Person;
  });
  afterAll(async () => {
    for (const reader of open) await reader.close();
    await first.close();
    await second.close();
    await database.drop();
  });

  let count = 0;
  async function somebody(role: string): Promise<Person> {
    count += 1;
    const body = { fullName: "Some Body", email: `somebody${count}@example.com`, role };
    const made = await call("POST", "/users", { as: admin, body });
    return { ...made.body, key: made.body.apiKey };
  }

  async function follow(
    url: string,
    as: Person,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<EventReader> {
    const reader = await EventReader.open(url, as, query, headers);
    open.push(reader);
    return reader;
  }

  const file = async (title: string, as = agent) =>
    (await call("POST", "/requests", { as, body: { title } })).body;
  const next = (reader: EventReader) => waitFor("an event", reader.event());
  const end = async (reader: EventReader) => {
    while ((await reader.block()) !== null);
  };

  it("deliver the events of every replica immediately, each with its cursor", async () => {
    const as = await somebody("AGENT");
    const [here, there] = [await follow(first.url, as), await follow(second.url, as)];
    const made = await file("Heard everywhere");
    const events = await Promise.all([next(here), next(there)]);
    for (const event of events) {
      expect(event).toMatchObject({
        type: "request.created",
        subject: { id: made.id },
        request: { title: "Heard everywhere" },
      });
      expect(event.sseId).toBe(event.cursor);
    }
    await Promise.all([here.close(), there.close()]);
  });

  it("are server-sent events with a retry time and a first cursor", async () => {
    const as = await somebody("AGENT");
    await allSealed(database.db);
    const reader = await follow(first.url, as);
    const { headers } = reader.response;
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    const start = await reader.block();
    expect(Number(start?.retry)).toBeGreaterThanOrEqual(1_000);
    expect(Number(start?.retry)).toBeLessThanOrEqual(3_000);
    const now = await call("GET", "/events?after=now", { as: admin });
    expect(start).toMatchObject({ id: now.body.nextCursor, data: null });
    await reader.close();
  });

  it("resume after Last-Event-ID or, without one, after the cursor in the query", async () => {
    const as = await somebody("AGENT");
    await allSealed(database.db);
    const { nextCursor } = (await call("GET", "/events?after=now", { as })).body;
    const ids = [(await file("One")).id, (await file("Two")).id, (await file("Three")).id];
    await allSealed(database.db);
    const { items } = (await call("GET", `/events?after=${nextCursor}`, { as })).body;
    const subjects = async (reader: EventReader, expected: number) => {
      const found: string[] = [];
      while (found.length < expected) found.push((await next(reader)).subject.id);
      await reader.close();
      return found;
    };
    const resumed = await follow(second.url, as, "?after=start", {
      "last-event-id": items[0].cursor,
    });
    expect(await subjects(resumed, 2)).toEqual(ids.slice(1));
    const after = await follow(second.url, as, `?after=${nextCursor}&type=request.created`);
    expect(await subjects(after, 3)).toEqual(ids);
    const fromQuery = await follow(second.url, as, `?lastEventId=${items[1].cursor}&after=start`);
    expect(await subjects(fromQuery, 1)).toEqual(ids.slice(2));
  });

  it("deliver all past events from the start, and then new ones", async () => {
    const as = await somebody("ADMIN");
    await allSealed(database.db);
    const expected: string[] = [];
    for (let page = await call("GET", "/events?limit=100", { as }); ; ) {
      expected.push(...page.body.items.map(({ id }: { id: string }) => id));
      if (!page.body.hasMore) break;
      page = await call("GET", `/events?limit=100&after=${page.body.nextCursor}`, { as });
    }
    const reader = await follow(first.url, as, "?after=start");
    const found: string[] = [];
    while (found.length < expected.length) found.push((await next(reader)).id);
    expect(found).toEqual(expected);
    const { id } = await file("Comes later");
    expect((await next(reader)).subject.id).toBe(id);
    await reader.close();
  });

  it("deliver to an employee only their own events", async () => {
    const employee = await somebody("EMPLOYEE");
    const reader = await follow(first.url, employee);
    const other = await file("Not theirs");
    const mine = await file("Theirs", employee);
    const say = (visibility: string) =>
      call("POST", `/requests/${mine.id}/comments`, {
        as: agent,
        body: { body: "Noted", visibility },
      });
    await say("INTERNAL");
    await say("PUBLIC");
    const events = [await next(reader), await next(reader)];
    expect(events.map(({ type }) => type)).toEqual(["request.created", "comment.created"]);
    expect(JSON.stringify(events)).not.toContain(other.id);
    expect(events[1].comment.visibility).toBe("PUBLIC");
    await reader.close();
  });

  it.each(["/api/v1/events/stream", "/trpc/events.stream?input=%7B%7D"])(
    "%s answers errors with their status, before the stream starts",
    async (path) => {
      const get = async (headers: Record<string, string>, query = "") => {
        const response = await fetch(`${first.url}${path}${query}`, { headers });
        const body = (await response.json()) as { error?: { data: { problem: unknown } } };
        const problem = body.error ? body.error.data.problem : body;
        return { status: response.status, headers: response.headers, body: problem };
      };
      expectProblem(await get({}), "unauthenticated");
      expectProblem(await get({ "x-api-key": "sf_nonsense" }), "unauthenticated");
      const as = await somebody("AGENT");
      const last = { "x-api-key": as.key, "last-event-id": "nonsense" };
      expectProblem(await get(last), "validation_failed");
    },
  );

  it(`are limited to ${STREAMS_PER_KEY} for each key, over both transports together`, async () => {
    const as = await somebody("AGENT");
    const trpc = `${first.url}/trpc/events.stream?input=%7B%7D`;
    const readers = [await follow(first.url, as), await follow(first.url, as)];
    const third = await fetch(trpc, { headers: { "x-api-key": as.key } });
    expect(third.status).toBe(200);
    const refused = await call("GET", "/events/stream", { as });
    expectProblem(refused, "rate_limited");
    expect(refused.headers.get("retry-after")).toBe("10");
    const other = await follow(first.url, await somebody("AGENT"));
    await other.close();
    // One that tRPC opened is given back as soon as its client goes.
    await third.body?.cancel();
    await waitUntil("a stream to be given back", async () => {
      const again = await follow(first.url, as).catch(() => null);
      await again?.close();
      return again !== null;
    });
    for (const reader of readers) await reader.close();
  });

  it(`are limited to ${STREAMS_PER_USER} for each user, with all their keys`, async () => {
    const as = await somebody("AGENT");
    const keys: Person[] = [];
    for (let i = 0; i < STREAMS_PER_USER; i += 1) {
      const issued = await call("POST", "/users/me/api-keys", { as, body: { name: "More" } });
      keys.push({ ...as, key: issued.body.apiKey });
    }
    const readers = await Promise.all(keys.map((key) => follow(first.url, key)));
    const refused = await call("GET", "/events/stream", { as });
    expectProblem(refused, "rate_limited");
    expect(refused.body.detail).toContain("One user");
    const other = await follow(first.url, await somebody("AGENT"));
    await other.close();
    await readers.pop()?.close();
    await waitUntil("a stream to be given back", async () => {
      const again = await follow(first.url, as).catch(() => null);
      await again?.close();
      return again !== null;
    });
    for (const reader of readers) await reader.close();
  });

  it.each([
    [
      "its key is revoked",
      (_: Person, keyId: string) => call("DELETE", `/api-keys/${keyId}`, { as: admin }),
    ],
    [
      "its user is deactivated",
      ({ id }: Person) => call("PATCH", `/users/${id}`, { as: admin, body: { active: false } }),
    ],
    [
      "its user's role changes",
      ({ id }: Person) =>
        call("PATCH", `/users/${id}/role`, { as: admin, body: { role: "EMPLOYEE" } }),
    ],
  ])("are cut at the other replica when %s", async (_, cut) => {
    const as = await somebody("AGENT");
    const keys = await call("GET", "/users/me/api-keys", { as });
    const rest = await follow(second.url, as);
    const trpc = await fetch(`${second.url}/trpc/events.stream?input=%7B%7D`, {
      headers: { "x-api-key": as.key },
    });
    expect((await cut(as, keys.body.items[0].id)).status).toBe(200);
    await waitFor("the stream to be cut", Promise.all([end(rest), trpc.text()]));
  });

  it("work as tRPC subscriptions that resume after a cursor", async () => {
    const as = await somebody("AGENT");
    const made = [await file("First"), await file("Second")];
    await allSealed(database.db);
    const { items } = (await call("GET", "/events?type=request.created&limit=100", { as })).body;
    const before = items.find(
      ({ subject }: { subject: { id: string } }) => subject.id === made[0].id,
    );
    const input = encodeURIComponent(
      JSON.stringify({ after: "start", lastEventId: before.cursor }),
    );
    const response = await fetch(`${first.url}/trpc/events.stream?input=${input}`, {
      headers: { "x-api-key": as.key },
    });
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform, no-store");
    const reader = response.body?.getReader();
    let text = "";
    while (!text.includes(made[1].id)) {
      text += new TextDecoder().decode((await reader?.read())?.value);
    }
    await reader?.cancel();
    const [, data] = /^data: (\{"id".*)$/m.exec(text) ?? [];
    const event = JSON.parse(data ?? "");
    expect(event.subject.id).toBe(made[1].id);
    expect(text).toContain(`id: ${event.cursor}\n`);
    expect(text).not.toContain(`"id":"${before.id}"`);
  });

  it("over tRPC refuse what tRPC cannot read with a problem alone", async () => {
    const as = await somebody("AGENT");
    const response = await fetch(`${first.url}/trpc/events.stream?connectionParams=bad`, {
      headers: { "x-api-key": as.key },
    });
    const { error } = await response.json();
    expect(response.status).toBe(400);
    expect(Object.keys(error.data).toSorted()).toEqual(["code", "httpStatus", "problem"]);
    expect(error.data.problem.code).toBe("malformed_json");
    expect(JSON.stringify(error)).not.toMatch(/node_modules|\.ts\b|\.js\b/);
  });

  describe("by any path that tRPC reads as theirs", () => {
    let server: RunningServer;
    let as: Person;
    beforeAll(async () => {
      server = await serveWith(database, {
        STREAMS_PER_KEY: "1",
        RATE_LIMIT_PER_MINUTE: "0",
        AUTH_FAILURES_PER_MINUTE: "0",
      });
      as = await somebody("AGENT");
    });
    afterAll(() => server.close());

    const CANONICAL = "/trpc/events.stream";
    const FORMS = [
      CANONICAL,
      "/trpc/events.stream?input=%7B%7D",
      "/trpc/events.stream?batch=0",
      "/trpc/events.stream/",
      "/trpc/events.stream/?input=%7B%7D",
      "/trpc/events.stream//",
      "/trpc//events.stream",
      "/trpc//events.stream/",
      "//trpc/events.stream",
      "/trpc/./events.stream",
      "/trpc/x/../events.stream/",
      "/trpc/%2e/events.stream",
      "/trpc/events%2Estream",
      "/trpc/events%2estream/",
      "/trpc/%65vents.stream",
      "/trpc/%65vents.stream/",
      "/trpc/events.stream%2F",
      "/trpc%2Fevents.stream",
      "/trpc/events.stream%00",
      "/trpc/events.stream;x=1",
      "/trpc/Events.Stream",
      "/trpc/events/stream",
      "/TRPC/events.stream",
      "/trpc/events.stream?batch=1",
      "/trpc/events.stream/?batch=1&input=%7B%7D",
      "/trpc/events.stream?batch=1&batch=0",
      "/trpc/events.stream?batch=0&batch=1",
      "/trpc/events.stream,users.me?batch=1",
      "/trpc/users.me,events.stream?batch=1",
      "/trpc/events.stream,events.stream?batch=1",
      "/trpc/events.stream,",
    ];

    /** Sends the path exactly as it stands, and leaves as soon as a stream has begun. */
    const ask = (path: string, init: { method: string; headers?: object }) =>
      new Promise<{ status: number; headers: Headers; body: Problem | null }>((resolve, reject) => {
        const { hostname, port } = new URL(server.url);
        const headers = { "x-api-key": as.key, ...init.headers };
        const request = http.request({ hostname, port, path, method: init.method, headers });
        request.on("error", reject).on("response", (response) => {
          const answer = {
            status: response.statusCode ?? 0,
            headers: new Headers(response.headers as Record<string, string>),
          };
          if (response.headers["content-type"]?.startsWith("text/event-stream")) {
            request.destroy();
            response.on("error", () => {});
            return resolve({ ...answer, body: null });
          }
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("end", () => {
            const parsed = text === "" ? null : JSON.parse(text);
            resolve({ ...answer, body: parsed?.error?.data?.problem ?? parsed });
          });
        });
        request.end();
      });
    const allGivenBack = async () => {
      const isFree = async () => {
        const reader = await EventReader.open(server.url, as).catch(() => null);
        await reader?.close();
        return reader !== null;
      };
      await waitUntil("the slot to be given back", isFree);
      const none = async () =>
        /^serviceflow_event_streams 0$/m.test(await server.services.metrics.text());
      await waitUntil("the feed to have no reader", none);
    };

    const ACCEPTS = [undefined, "application/jsonl"];
    it.each(FORMS.flatMap((path) => ACCEPTS.map((accept) => ({ path, accept }))))(
      "are guarded or refused: $path, $accept",
      async ({ path, accept }) => {
        const headers = accept === undefined ? {} : { "trpc-accept": accept };
        for (const method of ["GET", "POST", "HEAD"]) {
          const type = method === "POST" ? { "content-type": "application/json" } : {};
          const answer = await ask(path, { method, headers: { ...headers, ...type } });
          const isStream = answer.headers.get("content-type") === "text/event-stream";
          if (isStream)
            expect({ method, status: answer.status }).toEqual({ method: "GET", status: 200 });
          else if (answer.body) {
            expect(answer.status).toBeGreaterThanOrEqual(400);
            expect(answer.status).toBeLessThan(500);
            const { code, requestId } = answer.body;
            expect(code).toMatch(/^\w+$/);
            expect(requestId).toBe(answer.headers.get("x-request-id"));
          }
          await allGivenBack();
        }
      },
    );

    it("are streams by their own path, so that the rest of this table proves something", async () => {
      const { headers } = await ask(CANONICAL, { method: "GET" });
      expect(headers.get("content-type")).toBe("text/event-stream");
      await allGivenBack();
    });
  });

  it.each(["/api/v1/events/stream", "/trpc/events.stream"])(
    "answer HEAD of %s without opening a stream",
    async (path) => {
      const as = await somebody("AGENT");
      for (let i = 0; i <= STREAMS_PER_KEY; i += 1) {
        const response = await fetch(`${first.url}${path}`, {
          method: "HEAD",
          headers: { "x-api-key": as.key },
        });
        expect(response.status).toBe(200);
      }
    },
  );

  it("over tRPC that nobody reads are disconnected when their key is revoked", async () => {
    const path = `/trpc/events.stream?input=${encodeURIComponent('{"after":"start"}')}`;
    const as = await somebody("AGENT");
    const server = await serveWith(database, { STREAMS_PER_KEY: "0" });
    onTestFinished(() => server.close());
    const { hostname, port } = new URL(server.url);
    // More than the buffers of a connection hold.
    const body = { title: "Large", description: "字".repeat(10_000) };
    for (let i = 0; i < 200; i += 1) await call("POST", "/requests", { as: agent, body });
    await allSealed(database.db);
    const accepted = serverSideOf(path);
    const socket = connect({ host: hostname, port: Number(port) }).pause();
    onTestFinished(() => void socket.destroy());
    socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\nX-API-Key: ${as.key}\r\n\r\n`);
    const { socket: connection } = await waitFor("the stream to open", accepted);
    await waitUntil("the buffers to be full", () => isStuck(connection));
    const [key] = (await call("GET", "/users/me/api-keys", { as })).body.items;
    await call("DELETE", `/api-keys/${key.id}`, { as: admin });
    await waitUntil("the connection to be cut", () => connection.destroyed);
  });

  it("end at shutdown, so that clients resume at another replica without gaps", async () => {
    const third = await serveWith(database, { STREAMS_PER_KEY: "0" });
    const as = await somebody("AGENT");
    const reader = await follow(third.url, as);
    const made = await file("Before the stop");
    const event = await next(reader);
    expect(event.subject.id).toBe(made.id);
    const closing = third.close();
    await waitFor("the stream to end", end(reader));
    await waitFor("the server to stop", closing);
    const later = await file("After the stop");
    const elsewhere = await follow(second.url, as, "", { "last-event-id": event.sseId });
    expect((await next(elsewhere)).subject.id).toBe(later.id);
    await elsewhere.close();
  });
});

interface Problem {
  code: string;
  requestId: string;
}

/** Whether there is something to write, and none of it can be written for some turns of the event loop. */
async function isStuck(connection: Socket): Promise<boolean> {
  const { bytesWritten } = connection;
  for (let turn = 0; turn < 20; turn += 1) {
    if (connection.writableLength === 0) return false;
    await new Promise(setImmediate);
  }
  return connection.bytesWritten === bytesWritten;
}
