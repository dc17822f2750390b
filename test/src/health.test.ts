import { createServices, type Database } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { send } from "./harness/raw-http.ts";
import { fetchOf } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

describe("readiness", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase("postgres");
  });
  afterAll(() => database.drop());

  /** A server on a database whose queries pass through a function. */
  function serveThrough(
    pass: (query: () => Promise<unknown>) => Promise<unknown>,
    readyGraceMs = 0,
  ) {
    const { db } = database;
    const query = ((...args: Parameters<Database["query"]>) =>
      pass(() => db.query(...args))) as Database["query"];
    const through: Database = { ...db, query };
    return fetchOf({ ...createServices(through, testLog).services, readyGraceMs });
  }
  const all = (fetchApp: typeof fetch, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        send(fetchApp, i % 2 === 0 ? "/health" : "/health/ready"),
      ),
    );

  it("asks the database once, however many ask for it", async () => {
    let queries = 0;
    const fetchApp = serveThrough((query) => {
      queries += 1;
      return query();
    });
    const begun = performance.now();
    for (let round = 0; round < 10; round += 1) {
      for (const { status } of await all(fetchApp, 200)) expect(status).toBe(200);
    }
    const seconds = (performance.now() - begun) / 1000;
    expect(queries).toBeGreaterThanOrEqual(1);
    expect(queries).toBeLessThanOrEqual(1 + Math.floor(seconds));
  });

  it("fails for all while the database fails, and asks it no more often", async () => {
    let queries = 0;
    const fetchApp = serveThrough(async () => {
      queries += 1;
      throw new Error("away");
    });
    const begun = performance.now();
    for (const answer of await all(fetchApp, 300)) expectProblem(answer, "unavailable");
    const seconds = (performance.now() - begun) / 1000;
    expect(queries).toBeLessThanOrEqual(1 + Math.floor(seconds));
  });

  it("outlasts a failover: it fails only when the database has been away for long", async () => {
    let isAway = true;
    const query = (asked: () => Promise<unknown>) =>
      isAway ? Promise.reject(new Error("away")) : asked();
    const graceMs = 1_500;
    const fetchApp = serveThrough(query, graceMs);
    const began = performance.now();
    expect((await send(fetchApp, "/health/ready")).status).toBe(200);
    expectProblem(await send(fetchApp, "/health"), "unavailable");
    const isReady = async () => (await send(fetchApp, "/health/ready")).status === 200;
    await waitUntil("it not to be ready", async () => !(await isReady()));
    expect(performance.now() - began).toBeGreaterThanOrEqual(graceMs);
    isAway = false;
    await waitUntil("it to be ready", isReady);
    expect((await send(fetchApp, "/health")).status).toBe(200);
  });

  it("does not keep a probe waiting for a database that hangs", async () => {
    const fetchApp = serveThrough(() => new Promise(() => {}), 60_000);
    const began = performance.now();
    expect((await send(fetchApp, "/health/ready")).status).toBe(200);
    // As long as the check waits by itself.
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it("fails in time while the database hangs, with one query that waits", async () => {
    let queries = 0;
    const fetchApp = serveThrough(() => {
      queries += 1;
      return new Promise(() => {});
    });
    const database = () =>
      Promise.all(Array.from({ length: 100 }, () => send(fetchApp, "/health")));
    for (const answer of await database()) expectProblem(answer, "unavailable");
    for (const answer of await all(fetchApp, 100)) expectProblem(answer, "unavailable");
    expect(queries).toBe(1);
  });
});
