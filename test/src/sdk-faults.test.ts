import { setTimeout as pause } from "node:timers/promises";
import { ServiceFlow, ServiceFlowError } from "@serviceflow/sdk";
import type { RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { FAULTS, FaultyProxy, sometimes } from "./harness/faulty-proxy.ts";
import { HandlerServer } from "./harness/handler-server.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { runSql } from "./harness/raw-sql.ts";
import { serveWith } from "./harness/serve-with.ts";
import { waitUntil } from "./harness/waiting.ts";

const MUTATIONS = LONG ? 2_000 : 160;
const WORKERS = 16;
const FAULTY_PERCENT = 40;
/** How much later than a plain fetch with the same timeout a call may end. */
const PROMPT_MS = 250;
/** How many turns of the event loop an abort may take. */
const MAX_TURNS = 50;
const SETTINGS = { RATE_LIMIT_PER_MINUTE: "0", AUTH_FAILURES_PER_MINUTE: "0" };

describe("the SDK through a faulty proxy", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let proxy: FaultyProxy;
  let sf: ServiceFlow;

  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, SETTINGS);
    const people = await addPeople(server.url);
    proxy = await FaultyProxy.open(server.url, 20_260_302);
    sf = new ServiceFlow({
      baseUrl: proxy.url,
      apiKey: people.agents[0].key,
      attemptTimeoutMs: 800,
      timeoutMs: 120_000,
      maxRetries: 40,
    });
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
    await database.drop();
  });

  it(`executes each of ${MUTATIONS} mutations once`, async () => {
    proxy.choose = sometimes(FAULTY_PERCENT);
    const filed: string[] = [];
    const said: string[] = [];
    let next = 0;
    await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        while (next < MUTATIONS || proxy.counts.size < FAULTS.length) {
          const number = next;
          next += 1;
          const target = filed.at(-1);
          if (number % 2 === 0 || target === undefined) {
            filed.push((await sf.requests.create({ title: `Mutation ${number}` })).id);
          } else {
            said.push((await sf.comments.create(target, { body: `Mutation ${number}` })).id);
          }
        }
      }),
    );
    proxy.choose = () => null;
    expect(filed.length + said.length).toBe(next);
    const [found] = await runSql<{ requests: number; comments: number; entries: number }>(
      database.db,
      `select (select count(*)::int from requests where title like 'Mutation %') as requests,
        (select count(*)::int from comments where body like 'Mutation %') as comments,
        (select count(*)::int from audit_logs
          where action in ('request.created', 'comment.created')) as entries`,
    );
    expect(found).toEqual({
      requests: filed.length,
      comments: said.length,
      entries: next,
    });
    expect(new Set([...filed, ...said]).size).toBe(next);
  });

  it("executes a mutation once that failed and is repeated by its error", async () => {
    const impatient = sf.withOptions({ maxRetries: 0 });
    proxy.choose = () => "drop after";
    const failed = impatient.requests.create({ title: "Repeated by its error" });
    const error = await failed.catch((thrown: unknown) => thrown);
    proxy.choose = () => null;
    const { data, response } = await impatient.retry<{ id: string }>(error).withResponse();
    expect(response.replayed).toBe(true);
    const { items } = await impatient.requests.list({ q: '"repeated by its error"' });
    expect(items.map(({ id }) => id)).toEqual([data.id]);
    expect(error).toMatchObject({ idempotencyKey: expect.any(String), retryable: true });
  });

  it.each(["hang before", "hang in the body", "503", "drop after"] as const)(
    "enforces timeouts under the fault %s",
    async (fault) => {
      proxy.choose = () => fault;
      const timeouts = Array.from({ length: 40 }, (_, i) => 100 + i * 20);
      const plain = await HandlerServer.open();
      plain.handle = () => new Promise<Response>(() => {});
      // The same timeouts on calls that nobody answers: a busy machine makes both late.
      const controls = timeouts.map(async (timeoutMs) => {
        const started = performance.now();
        await fetch(plain.url, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {});
        return performance.now() - started - timeoutMs;
      });
      const calls = timeouts.map(async (timeoutMs) => {
        const started = performance.now();
        const error = await sf.requests
          .create({ title: "In vain" }, { timeoutMs, attemptTimeoutMs: 150 })
          .catch((thrown: unknown) => thrown);
        expect(ServiceFlowError.is(error) && error.retryable).toBe(true);
        return performance.now() - started - timeoutMs;
      });
      const late = Math.max(...(await Promise.all(calls)));
      const lateAnyway = Math.max(...(await Promise.all(controls)));
      proxy.choose = () => null;
      await plain.close();
      expect(late).toBeLessThan(PROMPT_MS + 2 * lateAnyway);
    },
  );

  it("ends aborted calls immediately, at any stage", async () => {
    proxy.choose = sometimes(95);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const controller = new AbortController();
        let outcome = "pending";
        sf.requests.create({ title: "Given up" }, { signal: controller.signal }).then(
          () => {
            outcome = "answered";
          },
          (error: ServiceFlowError) => {
            outcome = error.code;
          },
        );
        await pause(i * 10);
        controller.abort();
        for (let turns = 0; outcome === "pending" && turns < MAX_TURNS; turns += 1) {
          await new Promise(setImmediate);
        }
        return outcome;
      }),
    );
    proxy.choose = () => null;
    expect(outcomes.filter((outcome) => outcome === "aborted").length).toBeGreaterThan(20);
    expect(outcomes.filter((outcome) => !["aborted", "answered"].includes(outcome))).toEqual([]);
  });
});

const CUTS = LONG ? 50 : 12;
const RESTARTS = LONG ? 6 : 2;

it(`receives events once and in order through ${CUTS} disconnects, 503 responses and ${RESTARTS} restarts`, async () => {
  const database = await freshPostgres();
  let server = await serveWith(database, SETTINGS);
  const people = await addPeople(server.url);
  const proxy = await FaultyProxy.open(server.url, 7);
  const apiKey = people.agents[0].key;
  const writer = new ServiceFlow({ baseUrl: proxy.url, apiKey, maxRetries: 50, timeoutMs: 60_000 });
  const reader = new ServiceFlow({ baseUrl: proxy.url, apiKey, timeoutMs: 5_000 });

  const received: string[] = [];
  let wake = () => {};
  const subscription = reader.events.on(
    "request.created",
    ({ subject }) => {
      received.push(subject.id);
      wake();
    },
    { after: "start" },
  );

  const filed: string[] = [];
  const file = async () =>
    filed.push((await writer.requests.create({ title: "Received once" })).id);
  let cuts = 0;
  let restarts = 0;
  while (cuts < CUTS || restarts < RESTARTS) {
    for (let i = 0; i < 3; i += 1) await file();
    if (restarts < RESTARTS && cuts >= (restarts * CUTS) / RESTARTS) {
      restarts += 1;
      await server.close();
      server = await serveWith(database, SETTINGS);
      proxy.target = server.url;
    }
    // A period in which every request gets a 503.
    if (cuts % 3 === 0) {
      const end = performance.now() + 150 * proxy.random();
      proxy.choose = () => (performance.now() < end ? "503" : null);
    }
    const waited = filed.length - 3 * proxy.random();
    while (received.length < waited || proxy.openStreams === 0) {
      const opened = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([opened, pause(20)]);
    }
    cuts += proxy.cutStreams();
  }
  await allSealed(database.db);
  await waitUntil("every event", () => received.length >= filed.length);
  subscription.close();
  await subscription.closed;
  await proxy.close();
  await server.close();
  await database.drop();
  expect(received).toEqual(filed);
});
