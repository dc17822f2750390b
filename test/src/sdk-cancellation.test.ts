import { ReadableStream as StreamFrom } from "node:stream/web";
import { ServiceFlow, type ServiceFlowEvent } from "@serviceflow/sdk";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { FaultyProxy } from "./harness/faulty-proxy.ts";
import { addPeople } from "./harness/people.ts";
import { serveWith } from "./harness/serve-with.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

/** More than the 20 streams that a key can have open. */
const ROUNDS = 22;

type Events = AsyncGenerator<ServiceFlowEvent, void, undefined>;

/** How a program leaves a stream that has delivered an event and is asked for the next, which does not come. */
const WAYS: [string, (events: Events, abort: () => void) => Promise<unknown>][] = [
  [
    "cancelling a ReadableStream of it",
    async (events) => {
      const reader = StreamFrom.from(events).getReader();
      await reader.read();
      await reader.cancel();
    },
  ],
  [
    "cancelling a ReadableStream that reads ahead, as that of Node 20 does",
    async (events) => {
      const ahead = new ReadableStream<ServiceFlowEvent>({
        async pull(controller) {
          const { done, value } = await events.next();
          if (!done) controller.enqueue(value);
        },
        cancel: async () => void (await events.return()),
      });
      const reader = ahead.getReader();
      await reader.read();
      await reader.cancel();
    },
  ],
  [
    "return() while next() is pending",
    async (events) => {
      await events.next();
      const next = events.next();
      expect(await Promise.race([next, events.return()])).toMatchObject({ done: true });
      expect(await next).toMatchObject({ done: true });
    },
  ],
  [
    "throw() while next() is pending",
    async (events) => {
      await events.next();
      const next = events.next();
      await expect(events.throw(new Error("enough"))).rejects.toThrow("enough");
      expect(await next).toMatchObject({ done: true });
    },
  ],
  [
    "an abort while next() is pending",
    async (events, abort) => {
      await events.next();
      const next = events.next();
      abort();
      await expect(next).rejects.toMatchObject({ code: "aborted" });
    },
  ],
  [
    "an abort, and no next()",
    async (events, abort) => {
      await events.next();
      abort();
    },
  ],
  [
    "return() while it connects",
    async (events) => {
      const next = events.next();
      await events.return();
      expect(await next).toMatchObject({ done: true });
    },
  ],
  [
    "break",
    async (events) => {
      for await (const { id } of events) {
        expect(id).toMatch(/^evt_/);
        break;
      }
    },
  ],
];

describe("a stream that is left", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let proxy: FaultyProxy;
  let sf: ServiceFlow;
  let admin: ServiceFlow;
  const refused: (number | undefined)[] = [];

  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, { RATE_LIMIT_PER_MINUTE: "0", STREAMS_PER_KEY: "20" });
    proxy = await FaultyProxy.open(server.url, 11);
    const people = await addPeople(server.url);
    const options = {
      baseUrl: proxy.url,
      onResponse: ({ status }: { status: number | undefined }) => {
        if (status !== undefined && status !== 200) refused.push(status);
      },
    };
    sf = new ServiceFlow({ ...options, apiKey: people.agents[0].key });
    admin = new ServiceFlow({ ...options, apiKey: people.admin.key });
    await sf.requests.create({ title: "The only one" });
    await allSealed(database.db);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
    await database.drop();
  });

  it.each(WAYS)(`by %s is closed, ${ROUNDS} times`, async (_how, leave) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const controller = new AbortController();
      const { signal } = controller;
      const events = sf.events.subscribe({ after: "start", type: "request.created" }, { signal });
      await waitFor(
        "the stream to be left",
        leave(events, () => controller.abort()),
      );
    }
    await waitUntil("every stream to close", () => proxy.openStreams === 0);
    expect(refused).toEqual([]);
  });

  it(`as an export is closed, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const reader = StreamFrom.from(admin.audit.export()).getReader();
      expect((await reader.read()).value).toContain('"header"');
      await waitFor("the export to be left", reader.cancel());
    }
    expect(refused).toEqual([]);
  });
});
