import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { BOOTSTRAP_KEY, caller, type House, type Person } from "./harness/house.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { killServerProcesses, ServerProcess, within } from "./harness/server-process.ts";

const LIMIT_MS = 1_000;
/** More than the sockets between two processes can hold, so that an export of it stays open. */
const ENTRIES = 40_000;

describe("a key that ends on one server process", () => {
  let database: TestDatabase & { url: string };
  let first: ServerProcess;
  let second: ServerProcess;
  let here: House["call"];
  let there: House["call"];
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
  });
  afterAll(async () => {
    await killServerProcesses();
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
    ["revoked", ({ keyId }) => here("DELETE", `/api-keys/${keyId}`, { as: admin })],
    [
      "rotated without an overlap",
      ({ keyId }) =>
        here("POST", `/api-keys/${keyId}/rotate`, { as: admin, body: { overlapSeconds: 0 } }),
    ],
    [
      "deactivated with its user",
      ({ id }) => here("PATCH", `/users/${id}`, { as: admin, body: { active: false } }),
    ],
    ["erased with its user", ({ id }) => here("POST", `/users/${id}/erase`, { as: admin })],
  ];

  it.each(ENDINGS)("by being %s is refused by the other from the next call on", async (_, end) => {
    const person = await somebody();
    expect((await there("GET", "/users/me", { as: person })).status).toBe(200);
    expect((await end(person)).status).toBeLessThan(300);
    expectProblem(await there("GET", "/users/me", { as: person }), "unauthenticated");
  });

  it.each(ENDINGS)(
    `by being %s cuts the other's open streams within ${LIMIT_MS} ms`,
    async (_, end) => {
      const person = await somebody();
      await fillLog(database);
      await sealed();
      const stream = await open(`${second.url}/api/v1/audit-logs/export`, person);
      expect(stream.statusCode).toBe(200);
      const cut = second.writes(new RegExp(`${person.keyId}.*stream cut`));
      await end(person);
      await within(LIMIT_MS, "the stream to be cut", cut);
      // What was on its way still arrives, but not the end.
      const text = await drained(stream);
      expect(text.error).toBe("aborted");
      expect(text.received).toContain('"type":"header"');
      expect(text.received).not.toContain('"type":"end"');
    },
  );

  it("does not touch the streams of other keys", async () => {
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
       from generate_series(1, ${ENTRIES} - (select count(*)::int from audit_logs))`,
    );
  }

  async function sealed(): Promise<void> {
    const isSealed = async () => {
      const rows = await runSql<{ left: string }>(
        database.db,
        "select (select max(seq) from audit_logs) - (select max(entry_seq) from audit_seals) as left",
      );
      return Number(rows[0]?.left) < 100;
    };
    const deadline = performance.now() + 30_000;
    while (!(await isSealed())) {
      if (performance.now() > deadline) throw new Error("The log was not sealed in 30 s");
    }
  }
});

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
