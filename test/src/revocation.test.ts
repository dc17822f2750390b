import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import {
  BOOTSTRAP_KEY,
  caller,
  openTestApp,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";
import { waitFor } from "./harness/waiting.ts";

/** More than the sockets between two processes can hold, so that an export of it stays open. */
const ENTRIES = 40_000;

describe("at one of two replicas", () => {
  let database: TestDatabase & { url: string };
  let first: ServerProcess;
  let second: ServerProcess;
  let here: TestApp["call"];
  let there: TestApp["call"];
  let admin: Person;

  beforeAll(async () => {
    database = await freshPostgres();
    const start = () =>
      ServerProcess.start({
        DATABASE_URL: database.url,
        ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
        LOG_LEVEL: "info",
      });
    [first, second] = await Promise.all([start(), start()]);
    here = caller(fetch, `${first.url}/api/v1`);
    there = caller(fetch, `${second.url}/api/v1`);
    const made = await here("POST", "/users", {
      body: { fullName: "Ada Admin", email: "ada@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
    admin = { ...made.body, key: made.body.apiKey };
    await fillLog(database);
    await allSealed(database.db);
  });
  afterAll(async () => {
    await killProcesses();
    await database.drop();
  });

  let count = 0;
  async function somebody(): Promise<Person & { keyId: string }> {
    count += 1;
    const body = { fullName: "Abe Admin", email: `abe${count}@example.com`, role: "ADMIN" };
    const made = await here("POST", "/users", { as: admin, body });
    const person = { ...made.body, key: made.body.apiKey };
    const keys = await there("GET", "/users/me/api-keys", { as: person });
    return { ...person, keyId: keys.body.items[0].id };
  }

  const ENDINGS: [string, (person: Person & { keyId: string }) => Promise<{ status: number }>][] = [
    ["the revocation of a key", ({ keyId }) => here("DELETE", `/api-keys/${keyId}`, { as: admin })],
    [
      "a rotation without overlap",
      ({ keyId }) =>
        here("POST", `/api-keys/${keyId}/rotate`, { as: admin, body: { overlapSeconds: 0 } }),
    ],
    [
      "the deactivation of a user",
      ({ id }) => here("PATCH", `/users/${id}`, { as: admin, body: { active: false } }),
    ],
    ["the erasure of a user", ({ id }) => here("POST", `/users/${id}/erase`, { as: admin })],
  ];

  it.each(ENDINGS)("%s takes effect at the other from the next call", async (_, end) => {
    const person = await somebody();
    expect((await there("GET", "/users/me", { as: person })).status).toBe(200);
    expect((await end(person)).status).toBeLessThan(300);
    expectProblem(await there("GET", "/users/me", { as: person }), "unauthenticated");
  });

  it.each(ENDINGS)("%s cuts open streams at the other", async (_, end) => {
    const person = await somebody();
    const stream = await open(`${second.url}/api/v1/audit-logs/export`, person);
    expect(stream.statusCode).toBe(200);
    // What the client has not read when its connection is reset is lost: so this is read first.
    expect(await firstChunk(stream)).toContain('"type":"header"');
    const cut = second.writes(new RegExp(`${person.keyId}.*stream cut`));
    await end(person);
    await cut;
    const rest = await drained(stream);
    expect(rest.error).toBe("aborted");
    expect(rest.received).not.toContain('"type":"end"');
  });

  it("a revocation does not cut the streams of other keys", async () => {
    const [one, other] = [await somebody(), await somebody()];
    const stream = await open(`${second.url}/api/v1/audit-logs/export`, other);
    const own = await open(`${second.url}/api/v1/audit-logs/export`, one);
    const cut = second.writes(new RegExp(`${one.keyId}.*stream cut`));
    await here("DELETE", `/api-keys/${one.keyId}`, { as: admin });
    await cut;
    expect((await drained(own)).error).toBe("aborted");
    const text = await drained(stream);
    expect(text.error).toBeNull();
    expect(text.received).toContain('"type":"end"');
  });

  async function fillLog({ db }: TestDatabase): Promise<void> {
    await runSql(
      db,
      `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
       select gen_random_uuid(), 'request.updated', 'request', 'SF-1', '{}', false, repeat('x', 300), now()
       from generate_series(1, ${ENTRIES})`,
    );
  }
});

it("a server checks the keys of its open streams at least once a second", async () => {
  const app = await openTestApp("embedded");
  onTestFinished(() => app.close());
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const headers = { "x-api-key": app.agent.key };
  const stream = await app.fetch("http://test/api/v1/events/stream", { headers });
  const ended = stream.text();
  const body = { active: false };
  await app.call("PATCH", `/users/${app.agent.id}`, { as: app.admin, body });
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  await waitFor("the stream to end", ended);
});

async function firstChunk(stream: IncomingMessage): Promise<string> {
  await once(stream, "readable");
  return String(stream.read());
}

/** An answer whose body is not read yet. */
function open(url: string, person: Person): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers: { "x-api-key": person.key }, agent: false }, resolve);
    call.on("error", reject).end();
  });
}

async function drained(
  stream: IncomingMessage,
): Promise<{ received: string; error: string | null }> {
  let received = "";
  try {
    for await (const chunk of stream.setEncoding("utf8")) received += chunk;
    return { received, error: null };
  } catch (error) {
    return { received, error: (error as Error).message };
  }
}
