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
  await waitFor(
    "a message",
    receiver.until(({ length }) => length > 0),
  );
  await waitFor(
    "another",
    locked.until(({ length }) => length > 0),
  );
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
  expect(receiver.messages).toHaveLength(1);
  receiver.answer = (response) => response.writeHead(204).end();
  locked.answer = receiver.answer;
  for (const { release } of slow) release();
  await waitFor(
    "the rest",
    receiver.until(({ length }) => length >= 2),
  );
  expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(2);
  expect(receiver.mostAtOnce).toBe(1);
  await second.end("SIGTERM");
});

it("a process that was stopped for longer than its lease sends no further message", async () => {
  const receiver = await hook();
  const { release } = hold(receiver);
  await file(first, 8);
  await waitUntil("all to be queued", async () => {
    const [row] = await runSql<{ count: number }>(
      database.db,
      `select count(*)::int as count from webhook_deliveries d join webhooks w on w.id = d.webhook_id
       where w.url = $1 and d.status = 'PENDING'`,
      [receiver.url],
    );
    return row?.count === 8;
  });
  // Of a batch, not of a single message.
  await waitFor(
    "a message",
    receiver.until(({ length }) => length === 1),
  );
  release();
  await waitFor(
    "the second message",
    receiver.until(({ length }) => length === 2),
  );
  const second = await start();
  process.kill(first.pid, "SIGSTOP");
  // The other process sends the message again, whose answer the stopped one has not read.
  await waitFor(
    "the other process",
    receiver.until(({ length }) => length === 3),
  );
  release();
  await waitFor(
    "the next message",
    receiver.until(({ length }) => length === 4),
  );
  process.kill(first.pid, "SIGCONT");
  // It has read the answer that waited for it before it answers calls.
  await file(first, 1);
  expect(receiver.messages).toHaveLength(4);
  receiver.answer = (response) => response.writeHead(204).end();
  release();
  await file(second, 1);
  await waitFor(
    "all",
    receiver.until(({ length }) => length >= 11),
  );
  const ids = receiver.messages.map(({ id }) => id);
  expect(ids[2]).toBe(ids[1]);
  expect(ids).toHaveLength(11);
  expect(new Set(ids).size).toBe(10);
  await second.end("SIGTERM");
});
