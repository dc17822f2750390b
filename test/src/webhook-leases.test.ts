import type { ServerResponse } from "node:http";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres } from "./harness/databases.ts";
import { addPeople } from "./harness/people.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

/** How long a lease lasts without a renewal. */
const LEASE_MS = 6_000;
/** How many messages are sent to an endpoint at a time. */
const IN_FLIGHT = 8;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let admin: Person;
let agent: Person;
let first: ServerProcess;
const receivers: Receiver[] = [];

const start = () =>
  ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    LOG_LEVEL: "warn",
    WEBHOOK_ALLOW_HTTP: "true",
    WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
    WEBHOOK_TIMEOUT_SECONDS: "60",
  });

beforeAll(async () => {
  database = await freshPostgres();
  first = await start();
  const people = await addPeople(first.url);
  admin = people.admin;
  agent = people.agents[0];
});
afterAll(async () => {
  if (first.isRunning) process.kill(first.pid, "SIGCONT");
  await killProcesses();
  for (const receiver of receivers) await receiver.close();
  await database.drop();
});

const callOn = (server: ServerProcess) => caller(fetch, `${server.url}/api/v1`);

async function hook(): Promise<Receiver> {
  const receiver = await Receiver.open();
  receivers.push(receiver);
  const body = { url: receiver.url, eventTypes: ["request.created"] };
  expect((await callOn(first)("POST", "/webhooks", { as: admin, body })).status).toBe(201);
  return receiver;
}

const file = async (server: ServerProcess, count: number) => {
  for (let i = 1; i <= count; i += 1) {
    const body = { title: `Number ${i}` };
    expect((await callOn(server)("POST", "/requests", { as: agent, body })).status).toBe(201);
  }
};

/** Holds each answer back until it is released. */
function hold(receiver: Receiver): { release(): void } {
  const held: ServerResponse[] = [];
  receiver.answer = (response) => held.push(response);
  return {
    release() {
      for (const response of held.splice(0)) response.writeHead(204).end();
    },
  };
}

async function leaseOf(receiver: Receiver): Promise<{ lease: string | null; until: number }> {
  const [row] = await runSql<{ lease: string | null; until: number }>(
    database.db,
    `select lease, coalesce(extract(epoch from leased_until) * 1000, 0)::float8 as until
     from webhooks where url = $1`,
    [receiver.url],
  );
  if (!row) throw new Error("There is no such webhook");
  return row;
}

it("a lease is renewed while a receiver is slow, so that no other process sends", async () => {
  const receiver = await hook();
  const locked = await hook();
  const slow = [hold(receiver), hold(locked)];
  await file(first, 2);
  for (const each of [receiver, locked]) {
    await waitFor(
      "both messages",
      each.until(({ length }) => length === 2),
    );
  }
  const second = await start();
  const before = await leaseOf(receiver);
  // A row that a statement holds for so long delays the renewal of no other.
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query("begin");
  await client.query("select 1 from webhooks where url = $1 for update", [locked.url]);
  await waitUntil("two leases to have passed", async () => {
    const now = await leaseOf(receiver);
    expect(now.lease).toBe(before.lease);
    return now.until > before.until + 2 * LEASE_MS;
  });
  await client.query("rollback");
  await client.end();
  receiver.answer = (response) => response.writeHead(204).end();
  locked.answer = receiver.answer;
  for (const { release } of slow) release();
  await file(second, 1);
  await waitFor(
    "the next message",
    receiver.until(({ length }) => length >= 3),
  );
  const ids = receiver.messages.map(({ id }) => id);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(3);
  await second.end("SIGTERM");
});

it("a process that was stopped for longer than its lease sends no further message", async () => {
  const receiver = await hook();
  const { release } = hold(receiver);
  await file(first, 3 * IN_FLIGHT);
  await waitUntil("all to be queued", async () => {
    const [row] = await runSql<{ count: number }>(
      database.db,
      `select count(*)::int as count from webhook_deliveries d join webhooks w on w.id = d.webhook_id
       where w.url = $1 and d.status = 'PENDING'`,
      [receiver.url],
    );
    return row?.count === 3 * IN_FLIGHT;
  });
  const came = (what: string, count: number) =>
    waitFor(
      what,
      receiver.until(({ length }) => length === count),
    );
  // Some of what was loaded, not all of it.
  await came("messages", IN_FLIGHT);
  release();
  await came("more messages", 2 * IN_FLIGHT);
  const second = await start();
  process.kill(first.pid, "SIGSTOP");
  // The other process sends the messages again, whose answers the stopped one has not read.
  await came("the other process", 3 * IN_FLIGHT);
  release();
  await came("the next messages", 4 * IN_FLIGHT);
  process.kill(first.pid, "SIGCONT");
  // It has read the answers that waited for it before it answers calls.
  await file(first, 1);
  expect(receiver.messages).toHaveLength(4 * IN_FLIGHT);
  receiver.answer = (response) => response.writeHead(204).end();
  release();
  await file(second, 1);
  await waitFor(
    "all",
    receiver.until(({ length }) => length >= 4 * IN_FLIGHT + 2),
  );
  const ids = receiver.messages.map(({ id }) => id);
  const [, before, again] = [0, 1, 2].map((n) => ids.slice(n * IN_FLIGHT, (n + 1) * IN_FLIGHT));
  expect(again?.toSorted()).toEqual(before?.toSorted());
  expect(ids).toHaveLength(4 * IN_FLIGHT + 2);
  expect(new Set(ids).size).toBe(3 * IN_FLIGHT + 2);
  await second.end("SIGTERM");
});
