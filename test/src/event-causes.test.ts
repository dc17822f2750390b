import { ServiceFlow, type ServiceFlowEvent } from "@serviceflow/sdk";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import { caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

/** Who causes each event, in order: the employee's request, an agent's claim and comment, a category. */
const CAUSED = ["employee", "agent", "agent", "admin"] as const;

describe("the key that caused an event", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let call: TestApp["call"];
  let begin: string;
  const keys: Record<string, string> = {};
  const people: Record<string, Person> = {};

  /** For each reader, the causes whose keys they may know. */
  const SEES: Record<string, readonly string[]> = {
    admin: ["employee", "agent", "admin"],
    narrowAdmin: ["admin"],
    agent: ["agent"],
    otherAgent: [],
    employee: ["employee"],
  };
  const readers = Object.keys(SEES);
  const expected = (reader: string) =>
    CAUSED.map((by) => (SEES[reader]?.includes(by) ? keys[by] : null));

  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, { RATE_LIMIT_PER_MINUTE: "0" });
    call = caller(fetch, `${server.url}/api/v1`);
    const { admin, agents } = await addPeople(server.url);
    const body = { fullName: "Eve", email: "eve@example.com" };
    const made = (await call("POST", "/users", { as: admin, body })).body;
    const narrow = await call("POST", "/users/me/api-keys", {
      as: admin,
      body: { name: "Narrow", scopes: ["requests:read"] },
    });
    Object.assign(people, {
      admin,
      narrowAdmin: { ...admin, key: narrow.body.apiKey },
      agent: agents[0],
      otherAgent: agents[1],
      employee: { ...made, key: made.apiKey },
    });
    for (const name of ["admin", "agent", "employee"]) {
      const listed = (await call("GET", "/users/me/api-keys", { as: person(name) })).body.items;
      keys[name] = listed.at(-1).id;
    }
    await allSealed(database.db);
    begin = (await call("GET", "/events?after=now", { as: admin })).body.nextCursor;
    await change();
    await allSealed(database.db);
  });
  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  const person = (name: string) => people[name] as Person;
  const after = () => `after=${begin}`;
  const keysIn = (events: readonly ServiceFlowEvent[]) =>
    events.map(({ causedBy }) => causedBy.apiKeyId);

  let changes = 0;
  async function change(): Promise<void> {
    changes += 1;
    const filed = await call("POST", "/requests", {
      as: person("employee"),
      body: { title: "Broken screen" },
    });
    const path = `/requests/${filed.body.id}`;
    await call("POST", `${path}/claim`, { as: person("agent") });
    await call("POST", `${path}/comments`, { as: person("agent"), body: { body: "On my way" } });
    const category = { slug: `roof-${changes}`, name: "Roof" };
    await call("POST", "/categories", { as: person("admin"), body: category });
  }

  /** Reads as many events as one change causes. */
  async function take(next: () => Promise<Json>): Promise<ServiceFlowEvent[]> {
    const events: ServiceFlowEvent[] = [];
    while (events.length < CAUSED.length) events.push(await waitFor("an event", next()));
    return events;
  }

  it.each(readers)("is in a page for %s, or null", async (reader) => {
    const { body } = await call("GET", `/events?${after()}`, { as: person(reader) });
    expect(keysIn(body.items)).toEqual(expected(reader));
    expect(body.items.every((event: Json) => event.causedBy.requestId)).toBe(true);
  });

  it.each(readers)("is in a page over tRPC for %s, or null", async (reader) => {
    const input = encodeURIComponent(JSON.stringify({ after: begin }));
    const response = await fetch(`${server.url}/trpc/events.list?input=${input}`, {
      headers: { "x-api-key": person(reader).key },
    });
    const { result } = (await response.json()) as Json;
    expect(keysIn(result.data.items)).toEqual(expected(reader));
  });

  it.each(readers)("is in a stream for %s, or null", async (reader) => {
    const stream = await EventReader.open(server.url, person(reader), `?${after()}`);
    expect(keysIn(await take(() => stream.event()))).toEqual(expected(reader));
    await stream.close();
  });

  it("is in streams that are open at the same time for those alone who may know it", async () => {
    const now = (await call("GET", "/events?after=now", { as: person("admin") })).body.nextCursor;
    const streams = await Promise.all(
      readers.map((reader) => EventReader.open(server.url, person(reader), `?after=${now}`)),
    );
    // Streams share the events of the second round; those of the first each may have read for itself.
    for (const _ of ["first", "second"]) {
      await change();
      for (const [index, reader] of readers.entries()) {
        const stream = streams[index] as EventReader;
        expect([reader, keysIn(await take(() => stream.event()))]).toEqual([
          reader,
          expected(reader),
        ]);
      }
    }
    for (const stream of streams) await stream.close();
  });

  it.each(readers)("is in a subscription of the SDK for %s, or null", async (reader) => {
    const sf = new ServiceFlow({ baseUrl: server.url, apiKey: person(reader).key });
    const events = sf.events.subscribe({ after: begin })[Symbol.asyncIterator]();
    const read = await take(async () => (await events.next()).value);
    const ids: (string | null)[] = keysIn(read);
    expect(ids).toEqual(expected(reader));
    await events.return?.();
    const listed = await Array.fromAsync(sf.events.list({ after: begin }));
    expect(keysIn(listed).slice(0, CAUSED.length)).toEqual(expected(reader));
  });

  it.each(readers)("is in no answer about a request or a comment for %s", async (reader) => {
    const as = person(reader);
    const { items } = (await call("GET", "/requests", { as })).body;
    for (const { id } of items) {
      const texts = await Promise.all(
        ["", "/history", "/comments"].map(async (path) =>
          JSON.stringify((await call("GET", `/requests/${id}${path}`, { as })).body),
        ),
      );
      expect(texts.join()).toContain("Broken screen");
      expect(texts.join()).not.toMatch(/key_[0-9a-z]{26}|apiKeyId/);
    }
  });
});
