import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  compareState,
  type RunningServer,
  StateReport,
  sealBatch,
  sealStatus,
  verifyLog,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { type Late, lateComment, lateRequest } from "./harness/late-subjects.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { serveWith } from "./harness/serve-with.ts";
import { caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

// Where tables are on several machines, the log's machine commits before the others: the entry can be read, and not yet
// what it is about. Two transactions do the same here.

const WRITES = LONG ? 300 : 12;
const STEP_MS = 5_000;
const GIVE_UP_MS = 5 * 60_000;

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: RunningServer;
let call: TestApp["call"];
let admin: Person;
let agent: Person;
let template: string;
/** How often the server has looked for entries to seal. */
let looked = 0;

const file = async (title: string): Promise<string> =>
  (await call("POST", "/requests", { as: agent, body: { title } })).body.id;

beforeAll(async () => {
  database = await freshPostgres(6);
  const settings = { WEBHOOK_ALLOW_HTTP: "true", WEBHOOK_ALLOWED_NETWORKS: "127.0.0.0/8" };
  const after = (statement: string) => {
    if (statement === "audit_any_unsealed") looked += 1;
  };
  const metrics = { METRICS_TOKEN: "a-token-for-the-metrics-of-this-test" };
  server = await serveWith(database, { ...settings, ...metrics }, {}, { after });
  call = caller(fetch, `${server.url}/api/v1`);
  const people = await addPeople(server.url);
  ({ admin } = people);
  [agent] = people.agents;
  const id = await file("Broken lamp");
  const body = { body: "It flickers", visibility: "PUBLIC" };
  await call("POST", `/requests/${id}/comments`, { as: agent, body });
  const rows = await runSql<{ id: string }>(database.db, "select id from requests");
  template = rows[0]?.id ?? "";
});
let isServing = true;
async function stopServing(): Promise<void> {
  if (isServing) await server.close();
  isServing = false;
}
afterAll(async () => {
  await stopServing();
  await database.drop();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
const eventsAfter = async (cursor: string, query = ""): Promise<any> =>
  (await call("GET", `/events?limit=100&after=${cursor}${query}`, { as: admin })).body;
const idOf = (event: { subject: { id: string } }) => event.subject.id;

async function isWholeAndTrue(): Promise<void> {
  await allSealed(database.db);
  expect(await verifyLog(database.db)).toMatchObject({ valid: true, fault: null, unsealed: 0 });
  const report = new StateReport(false);
  await compareState(database.db, report);
  expect(report.result()).toMatchObject({ matches: true });
}

/** An earlier build looks up each number: what it would seal and verify is the same. */
async function hasHashesOfBefore(): Promise<void> {
  const { db } = database;
  await runSql(db, "alter table audit_logs disable trigger all");
  await runSql(db, "update audit_logs set request_number = null");
  await runSql(db, "alter table audit_logs enable always trigger audit_logs_append_only");
  expect(await verifyLog(db)).toMatchObject({ valid: true, fault: null });
  const { items } = (await call("GET", "/audit-logs?action=request.created", { as: admin })).body;
  expect(items.length).toBeGreaterThan(2);
  for (const { subject, serviceRequestId } of items) expect(serviceRequestId).toBe(subject.id);
}

describe.each<[string, () => Promise<Late>]>([
  ["a request", () => lateRequest(database.db, { template, secondsAgo: 90 })],
  [
    "a request of an earlier build, which logs no number",
    () => lateRequest(database.db, { template, carriesNumber: false }),
  ],
  ["a comment", () => lateComment(database.db, { template })],
])("%s that becomes visible after its entry", (_, log) => {
  it("is waited for by seals, pages, filters, streams and webhooks, which then go on in order", async () => {
    await allSealed(database.db);
    const receiver = await Receiver.open();
    const hook = { url: receiver.url, eventTypes: ["request.created", "comment.created"] };
    const { id: hookId } = (await call("POST", "/webhooks", { as: admin, body: hook })).body;
    await allSealed(database.db);
    const start = (await eventsAfter("now")).nextCursor;
    const stream = await EventReader.open(server.url, admin, `?after=${start}`);
    const before = await file("Before");
    await waitUntil("the one before", () => receiver.messages.length === 1);

    const late = await log();
    const after = await file("After");
    const lookedBefore = looked;
    await waitUntil("the sealer to look several times", () => looked >= lookedBefore + 3);
    expect(await sealStatus(database.db)).toMatchObject({ unsealed: 2 });
    for (const query of ["", "&category=general"]) {
      const page = await eventsAfter(start, query);
      expect(page.items.map(idOf)).toEqual([before]);
      expect(page.hasMore).toBe(false);
    }
    expect(receiver.messages.map(({ body }) => idOf(body.data))).toEqual([before]);
    expect(await verifyLog(database.db)).toMatchObject({ valid: true, unsealed: 2 });
    const metrics = await fetch(`${server.url}/metrics`, {
      headers: { authorization: "Bearer a-token-for-the-metrics-of-this-test" },
    });
    const text = await metrics.text();
    expect(Number(/^serviceflow_audit_awaited_seconds (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(0);

    await late.appear();
    await waitUntil("the others", () => receiver.messages.length === 3);
    const due = [before, late.id, after];
    for (const query of ["", "&category=general"]) {
      const { items } = await eventsAfter(start, query);
      expect(items.map(idOf)).toEqual(due);
      for (const event of items) expect(event.request).not.toBeNull();
      for (const event of items) expect(event.comment).not.toBeNull();
    }
    expect(receiver.messages.map(({ body }) => idOf(body.data))).toEqual(due);
    const streamed: string[] = [];
    while (streamed.length < 3) {
      const block = await waitFor("an event of the stream", stream.block());
      if (block?.data) streamed.push(idOf(JSON.parse(block.data)));
    }
    expect(streamed).toEqual(due);
    await isWholeAndTrue();
    await hasHashesOfBefore();
    await call("DELETE", `/webhooks/${hookId}`, { as: admin });
    await stream.close();
    await receiver.close();
  });
});

it("each event comes once, in the order of the log, with its request, whichever is committed first", async () => {
  const { db } = database;
  await allSealed(db);
  const start = (await eventsAfter("now")).nextCursor;
  const [last] = await runSql<{ seq: string }>(db, "select max(seq)::text as seq from audit_logs");
  const write = async () => {
    const appearing: Promise<void>[] = [];
    for (let i = 0; i < WRITES; i += 1) {
      const late = await lateRequest(db, { template });
      appearing.push(pause(randomInt(60)).then(() => late.appear()));
      if (i % 3 === 0) await file(`Filed meanwhile ${i}`);
    }
    await Promise.all(appearing);
  };
  await Promise.all([write(), write(), write()]);
  await allSealed(db);
  const due = await runSql<{ subject: string }>(
    db,
    "select subject_id as subject from audit_logs where seq > $1 order by xid, seq",
    [last?.seq],
  );
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
  const events: any[] = [];
  for (let [cursor, more] = [start, true]; more; ) {
    const page = await eventsAfter(cursor);
    events.push(...page.items);
    [cursor, more] = [page.nextCursor, page.hasMore];
  }
  expect(events.map(idOf)).toEqual(due.map(({ subject }) => subject));
  expect(events.filter(({ request }) => request === null)).toEqual([]);
  await isWholeAndTrue();
});

describe("what never becomes visible", () => {
  /** Seals at moments so far apart, until it has sealed something or so long has passed. */
  async function sealFor(ms: number, from: number): Promise<{ sealed: number; at: number }> {
    const { db } = database;
    for (let at = from; at <= from + ms; at += STEP_MS) {
      const sealed = await sealBatch(db, new Date(at));
      if (sealed > 0) return { sealed, at: at - from };
    }
    return { sealed: 0, at: ms };
  }

  beforeAll(async () => {
    // Nobody else seals.
    await stopServing();
    await allSealed(database.db);
  });

  it("holds the log up for five minutes; then the rest goes on, and the verification says what is missing", async () => {
    const { db } = database;
    const now = Date.now();
    const late = await lateRequest(db, { template });
    const other = await lateRequest(db, { template });
    expect(await sealFor(GIVE_UP_MS - STEP_MS, now)).toEqual({
      sealed: 0,
      at: GIVE_UP_MS - STEP_MS,
    });
    expect(await sealFor(STEP_MS, now + GIVE_UP_MS)).toMatchObject({ sealed: 2 });
    const { fault } = await verifyLog(db);
    expect(fault).toMatchObject({ problem: "entry_changed" });
    expect(fault?.detail).toContain(`its request is ${late.id}, but there is no such request`);
    await late.appear();
    expect((await verifyLog(db)).fault?.detail).toContain(other.id);
    await other.appear();
    await isWholeAndTrue();
  });

  it("was hashed as null by builds whose entries carry no number: a false alarm once it appears", async () => {
    const { db } = database;
    const now = Date.now();
    const late = await lateRequest(db, { template, carriesNumber: false });
    expect(await sealFor(GIVE_UP_MS, now)).toMatchObject({ sealed: 1, at: GIVE_UP_MS });
    expect(await verifyLog(db)).toMatchObject({ valid: true });
    await late.appear();
    expect(await verifyLog(db)).toMatchObject({
      valid: false,
      fault: { problem: "entry_changed" },
    });
  });
});
