import { type RunningServer, sealStatus } from "@serviceflow/server";
import { afterEach, beforeEach, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { serveWith } from "./harness/serve-with.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const REPLICAS = 4;
const ROUNDS = 10;
const AT_ONCE = 8;
const SLOW_MS = 200;
const PER_SECOND = 100;
const SLOW_EVENTS = PER_SECOND * (LONG ? 60 : 1);

let database: TestDatabase & { url: string };
let servers: RunningServer[] = [];
let calls: TestApp["call"][];
let admin: Person;
let agent: Person;
let receiver: Receiver;

beforeEach(async () => {
  database = await freshPostgres();
  receiver = await Receiver.open();
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await receiver.close();
  await database.drop();
});

/** Starts replicas, with a webhook for events of the given types. */
async function serve(settings: Record<string, string>, eventTypes: readonly string[]) {
  servers = await Promise.all(
    Array.from({ length: REPLICAS }, () =>
      serveWith(database, {
        RATE_LIMIT_PER_MINUTE: "0",
        WEBHOOK_ALLOW_HTTP: "true",
        WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8",
        ...settings,
      }),
    ),
  );
  calls = servers.map(({ url }) => caller(fetch, `${url}/api/v1`));
  const people = await addPeople(servers[0]?.url as string);
  admin = people.admin;
  [agent] = people.agents;
  const body = { url: receiver.url, eventTypes };
  expect((await on(0)("POST", "/webhooks", { as: admin, body })).status).toBe(201);
}

const on = (index: number) => calls[index % REPLICAS] as TestApp["call"];
const came = (count: number) =>
  waitFor(
    `${count} messages`,
    receiver.until(({ length }) => length >= count),
  );

async function file(index: number): Promise<string> {
  const body = { title: `Number ${index}` };
  return (await on(index)("POST", "/requests", { as: agent, body })).body.id;
}

/** The cursors of what came, in a form that sorts. */
function cursors(ofRequest?: string): string[] {
  return receiver.messages
    .filter(({ body }) => [undefined, body.data.subject.id].includes(ofRequest))
    .map(({ body }) => Buffer.from(body.data.cursor, "base64url").toString("hex"));
}

it(`${REPLICAS} replicas deliver each event once, and those of a request one at a time and in the order of the log`, async () => {
  await serve({}, ["request.created", "request.updated"]);
  const open = new Set<string>();
  const overlaps: string[] = [];
  receiver.answer = (response, { body }) => {
    const { id } = body.data.subject;
    if (open.has(id)) overlaps.push(id);
    open.add(id);
    setImmediate(() => {
      open.delete(id);
      response.writeHead(204).end();
    });
  };
  const requests: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const indices = Array.from({ length: AT_ONCE }, (_, index) => index);
    const filed = await Promise.all(indices.map(file));
    requests.push(...filed);
    await Promise.all(
      filed.map((id, index) => {
        const body = { title: `Changed on ${index}` };
        return on(index + 1)("PATCH", `/requests/${id}`, { as: agent, body });
      }),
    );
    await came(2 * AT_ONCE * (round + 1));
  }
  expect(new Set(cursors()).size).toBe(cursors().length);
  expect(cursors()).toHaveLength(2 * requests.length);
  for (const id of requests) expect(cursors(id)).toEqual(cursors(id).toSorted());
  expect(overlaps).toEqual([]);
  expect(receiver.mostAtOnce).toBeLessThanOrEqual(8);
});

it("one message at a time keeps the order of the whole log", async () => {
  await serve({ WEBHOOK_MAX_IN_FLIGHT: "1" }, ["request.created"]);
  receiver.answer = (response) => void setImmediate(() => response.writeHead(204).end());
  await Promise.all(Array.from({ length: 40 }, (_, index) => file(index)));
  await came(40);
  expect(cursors()).toEqual([...new Set(cursors())].toSorted());
  expect(receiver.mostAtOnce).toBe(1);
});

it(`a receiver that takes ${SLOW_MS} ms keeps up with ${PER_SECOND} events a second`, async ({
  annotate,
}) => {
  await serve({ WEBHOOK_MAX_IN_FLIGHT: "32" }, ["request.created"]);
  receiver.answer = (response) =>
    void setTimeout(() => response.writeHead(204).end(), SLOW_MS).unref();
  const filedAt = new Map<string, number>();
  const began = performance.now();
  const filing: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    const clock = setInterval(() => {
      const due = Math.floor(((performance.now() - began) * PER_SECOND) / 1_000);
      while (filing.length < Math.min(due, SLOW_EVENTS)) {
        filing.push(file(filing.length).then((id) => void filedAt.set(id, Date.now())));
      }
      if (filing.length < SLOW_EVENTS) return;
      clearInterval(clock);
      resolve();
    }, 10);
  });
  await Promise.all(filing);
  const filedMs = performance.now() - began;
  await came(SLOW_EVENTS);
  const restMs = performance.now() - began - filedMs;
  // What one at a time would still have to send by now.
  expect(restMs).toBeLessThan(Math.max(2_000, (SLOW_EVENTS * SLOW_MS - filedMs) / 4));
  expect(new Set(cursors()).size).toBe(SLOW_EVENTS);
  expect(receiver.mostAtOnce).toBeLessThanOrEqual(32);
  const delays = receiver.messages
    .map(({ at, body }) => at - (filedAt.get(body.data.subject.id) as number))
    .toSorted((one, other) => one - other);
  // What falls behind at this rate waits longer with each second.
  if (LONG) expect(delays[SLOW_EVENTS / 2]).toBeLessThan(1_000);
  await annotate(
    `filed in ${Math.round(filedMs)} ms, the last came ${Math.round(restMs)} ms later: median ${delays[SLOW_EVENTS / 2]} ms, longest ${delays.at(-1)} ms, ${receiver.mostAtOnce} at once at most`,
  );
});

const sealed = () =>
  waitUntil("everything to be sealed", async () => (await sealStatus(database.db)).unsealed === 0);

it("a copy of the database sends nothing until the operator says so, and WEBHOOK_SENDING=false keeps a server from sending", async () => {
  const settings = { WEBHOOK_ALLOW_HTTP: "true", WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" };
  receiver.answer = (response) => response.writeHead(503).end();
  await serve({}, ["request.created"]);
  await file(1);
  await came(1);
  for (const server of servers) await server.close();
  servers = [];
  const { postgresUrl } = workerPostgres();
  const original = new URL(database.url).pathname.slice(1);
  const copy = `${original}_copy`;
  await onServer(postgresUrl, async (client) => {
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
      [original],
    );
    await client.query(`create database ${copy} template ${original}`);
  });
  try {
    receiver.messages.length = 0;
    receiver.answer = (response) => response.writeHead(204).end();
    const due = "update webhook_deliveries set next_attempt_at = now()";
    await onServer(databaseUrl(postgresUrl, copy), (client) => client.query(due));
    const env = { ...settings, DATABASE_URL: databaseUrl(postgresUrl, copy) };
    const restored = await ServerProcess.start(env);
    await restored.writes(/"level":"warn".*"msg":"webhooks are held back: this database is a copy/);
    calls = [caller(fetch, `${restored.url}/api/v1`)];
    await file(0);
    const doctor = await ServerProcess.run(env, "doctor");
    expect(doctor.stdout).toContain("this database is a copy of another one");
    expect(receiver.messages).toHaveLength(0);
    const resumed = await ServerProcess.run(env, "webhooks", "resume", "--json");
    expect(resumed).toMatchObject({ code: 0, stdout: '{"resumed":true}\n' });
    await came(2);
    await restored.end("SIGTERM");

    // The original is not a copy and goes on, unless its setting forbids it.
    receiver.messages.length = 0;
    await runSql(database.db, due);
    servers = [await serveWith(database, { ...settings, WEBHOOK_SENDING: "false" })];
    calls = [caller(fetch, `${servers[0]?.url}/api/v1`)];
    await file(0);
    await sealed();
    expect(receiver.messages).toHaveLength(0);
    await servers.pop()?.close();
    servers = [await serveWith(database, settings)];
    await came(2);
  } finally {
    await killProcesses();
    await onServer(postgresUrl, (client) => client.query(`drop database ${copy} with (force)`));
  }
});
