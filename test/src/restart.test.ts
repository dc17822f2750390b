import {
  connectPostgres,
  type Database,
  type RunningServer,
  readConfig,
  sealBatch,
  sealStatus,
  serveOn,
  snapshotHolders,
} from "@serviceflow/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { testLog } from "./harness/databases.ts";
import { discrepancies } from "./harness/discrepancies.ts";
import { Load, type People } from "./harness/load.ts";
import { type LocalPostgres, onServer, startLocalPostgres } from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { RetryingClient } from "./harness/retrying-client.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const WORKERS = 8;
const CONFIRMED_BETWEEN = 40;
const CONSECUTIVE_SUCCESSES = 16;
/** Each worker sends at most two calls at a time. */
const MAX_AT_ONCE = 2 * WORKERS;
const MODES = ["fast", "immediate"] as const;

let postgres: LocalPostgres;
let db: Database;
let server: ServerProcess;
let people: People;

beforeAll(async () => {
  postgres = await startLocalPostgres({ max_prepared_transactions: 1 });
  const url = databaseUrl(postgres.url, "app");
  await onServer(postgres.url, (client) => client.query("create database app"));
  // The cluster's setting lets a crash take the last commits with it; here they are what is tested.
  await onServer(postgres.url, (client) =>
    client.query("alter database app set synchronous_commit = on"),
  );
  db = connectPostgres({ url, poolSize: 2, preparedStatements: false, log: testLog });
  server = await ServerProcess.start({
    DATABASE_URL: `${url}?application_name=restarted`,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "error",
  });
  people = await addPeople(server.url);
});

afterAll(async () => {
  await killProcesses();
  await db?.close();
  await postgres?.stop();
});

it.for(LONG ? [...MODES, ...MODES, ...MODES] : MODES)(
  "answers 503 while PostgreSQL is down, and recovers by itself (%s)",
  async (mode, { annotate }) => {
    const client = new RetryingClient(server.url);
    const load = new Load(client, people);
    await load.start(WORKERS);
    await waitFor("writes", load.confirms(CONFIRMED_BETWEEN));
    await postgres.halt(mode);

    await expectUnavailable();
    await waitUntil("the load to be refused", () => client.count(503) > 0);

    await postgres.start();
    const up = performance.now();
    const unavailableWhileDown = client.count(503);
    await waitFor("the server to recover", client.succeeds(CONSECUTIVE_SUCCESSES));
    const recoveryMs = Math.round(performance.now() - up);
    const unavailableAfter = client.count(503) - unavailableWhileDown;
    await waitFor("writes", load.confirms(CONFIRMED_BETWEEN));
    await load.stop();

    await annotate(
      JSON.stringify({
        mode,
        recoveryMs,
        unavailableWhileDown,
        unavailableAfter,
        ...client.figures,
      }),
    );
    expect.soft(load.faults).toEqual([]);
    expect(server.isRunning, server.stderr).toBe(true);
    expect([...client.tally.keys()].sort()).toEqual([200, 201, 409, 503]);
    expect(unavailableAfter).toBeLessThanOrEqual(MAX_AT_ONCE);
    // An answer of the check holds for a second.
    await waitUntil("the database to answer", async () => {
      return (await fetch(`${server.url}/health`)).ok;
    });
    expect(await discrepancies(db, load.acknowledged)).toEqual([]);
  },
);

it("answers every call while its connections are frozen", async ({ skip }) => {
  skip(!LONG, ONLY_LONG);
  const client = new RetryingClient(server.url);
  const load = new Load(client, people);
  await load.start(WORKERS);
  await waitFor("writes", load.confirms(CONFIRMED_BETWEEN));
  const frozen = await runSql<{ pid: number }>(
    db,
    "select pid from pg_stat_activity where application_name = 'restarted'",
  );
  for (const { pid } of frozen) process.kill(pid, "SIGSTOP");
  try {
    // Nothing thaws the connections until all of this has been answered.
    const calls = Array.from({ length: 16 }, () => statusOf("/api/v1/requests"));
    // 503 if no more connections may be opened, and 200 by one that is.
    expect([200, 503]).toContain(await waitFor("the check of health", statusOf("/health")));
    await waitFor("an answer to every call", Promise.all(calls));
    await waitFor("the server to recover", client.succeeds(CONSECUTIVE_SUCCESSES));
  } finally {
    for (const { pid } of frozen) process.kill(pid, "SIGCONT");
  }
  await load.stop();
  expect(await discrepancies(db, load.acknowledged)).toEqual([]);
});

it("names the orphaned prepared transaction and the session that hold the seals back", async () => {
  await waitUntil("the seals before", async () => (await sealStatus(db)).unsealed === 0);
  const url = databaseUrl(postgres.url, "app");
  const session = new pg.Client(url);
  await session.connect();
  // Each writes, and neither ends.
  await session.query("begin; select pg_current_xact_id(); prepare transaction 'orphan'; begin");
  const { rows } = await session.query(
    "select pg_current_xact_id() as xid, pg_backend_pid() as pid",
  );
  const call = caller(fetch, `${server.url}/api/v1`);
  await call("POST", "/requests", { as: people.admin, body: { title: "Filed while it is held" } });
  expect(await sealBatch(db, new Date())).toBe(0);
  expect(await snapshotHolders(db)).toEqual([
    expect.objectContaining({ kind: "prepared", label: "orphan", pid: null, database: "app" }),
    expect.objectContaining({
      kind: "session",
      pid: rows[0].pid,
      transaction: rows[0].xid,
      state: "idle in transaction",
      seconds: expect.any(Number),
    }),
  ]);
  await session.query("rollback");
  await session.query("rollback prepared 'orphan'");
  await session.end();
  await waitUntil("the seals", async () => (await sealStatus(db)).unsealed === 0);
  expect(await snapshotHolders(db)).toEqual([]);
});

describe("while all of PostgreSQL is stopped", () => {
  /** The defaults take 22 s. */
  const limits = LONG
    ? {}
    : { connect: 3_000, statement: 400, heavy: 300, heavyWait: 300, grace: 300 };
  const promisedMs = LONG ? 22_000 : 3_700;
  /** What a busy machine adds. */
  const SLACK_MS = 1_500;
  let stopped: RunningServer;

  beforeAll(async () => {
    const url = databaseUrl(postgres.url, "app");
    // Fewer connections than calls, so that some wait for one.
    const options = { url, poolSize: 3, preparedStatements: true, log: testLog, limits };
    stopped = await serveOn(connectPostgres(options), readConfig({ PORT: "0" }, false), testLog);
  });
  afterAll(() => stopped?.close());

  it("ends every call with 503 within the documented time, and recovers", async ({ annotate }) => {
    const send = caller(fetch, `${stopped.url}/api/v1`);
    const as = people.admin;
    expect((await send("GET", "/requests", { as })).status).toBe(200);
    const calls = ["/requests", "/users/me", "/requests?q=load", "/requests/stats"].flatMap(
      (path) => [
        () => send("GET", path, { as }),
        () => send("GET", path, { as }),
        () => send("POST", "/requests", { as, body: { title: "Filed while it hangs" } }),
      ],
    );
    await postgres.freeze();
    const took: number[] = [];
    try {
      for (let round = 0; round < 2; round += 1) {
        await Promise.all(
          calls.map(async (call) => {
            const began = performance.now();
            const answer = await call();
            took.push(Math.round(performance.now() - began));
            expectProblem(answer, answer.body.code === "overloaded" ? "overloaded" : "unavailable");
          }),
        );
      }
    } finally {
      await postgres.thaw();
    }
    await annotate(`${took.length} calls took ${Math.min(...took)} to ${Math.max(...took)} ms`);
    expect(Math.max(...took)).toBeLessThan(promisedMs + SLACK_MS);
    await waitUntil("it to recover", async () => {
      return (await send("GET", "/requests", { as })).status === 200;
    });
  });
});

it("drains and exits cleanly afterwards", async () => {
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(server.stdout).not.toMatch(/internal_error|unhandled/);
});

async function statusOf(path: string): Promise<number> {
  const headers = { "x-api-key": people.admin.key };
  return (await fetch(`${server.url}${path}`, { headers })).status;
}

/** What callers and a load balancer see while there is no database. */
async function expectUnavailable(): Promise<void> {
  const headers = { "x-api-key": people.admin.key, "content-type": "application/json" };
  const body = JSON.stringify({ title: "Filed while it is down" });
  const read = await fetch(`${server.url}/api/v1/requests`, { headers });
  const write = await fetch(`${server.url}/api/v1/requests`, { method: "POST", headers, body });
  // An answer of the check holds for a second.
  let health = await fetch(`${server.url}/health`);
  await waitUntil("the check to fail", async () => {
    if (!health.ok) return true;
    health = await fetch(`${server.url}/health`);
    return false;
  });
  for (const response of [read, write, health]) {
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      code: "unavailable",
      status: 503,
      retryable: true,
    });
  }
  const trpc = await fetch(`${server.url}/trpc/requests.list?input={}`, { headers });
  expect(trpc.status).toBe(503);
  expect(trpc.headers.get("retry-after")).toBe("5");
  expect(await trpc.json()).toMatchObject({
    error: { data: { problem: { code: "unavailable" } } },
  });
  // A proxy that took it out of rotation would have no other server either.
  for (const path of ["ready", "live"]) {
    expect((await fetch(`${server.url}/health/${path}`)).status).toBe(200);
  }
}
