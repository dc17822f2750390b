import { toUuid } from "@serviceflow/domain";
import {
  connectPostgres,
  createLogger,
  formatApiKey,
  type RunningServer,
  readConfig,
  serveOn,
} from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { LocalRedis, redisServer } from "./harness/redis.ts";
import { serveWith } from "./harness/serve-with.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

/** Has the shape of a key and the right checksum, and belongs to nobody. */
const UNKNOWN = formatApiKey(new Uint8Array(32));

let database: TestDatabase & { url: string };
const servers: RunningServer[] = [];

async function serve(settings: Record<string, string>): Promise<TestApp["call"] & { url: string }> {
  const server = await serveWith(database, settings);
  servers.push(server);
  return Object.assign(caller(fetch, `${server.url}/api/v1`), { url: server.url });
}

let admin: Person;
beforeAll(async () => {
  database = await freshPostgres();
  const call = await serve({});
  const body = { fullName: "Ada Admin", email: "ada@example.com" };
  const headers = { "x-bootstrap-key": BOOTSTRAP_KEY };
  const made = await call("POST", "/users", { body, headers });
  admin = { ...made.body, key: made.body.apiKey };
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(async () => {
  await killProcesses();
  await database.drop();
});

const statuses = async (calls: Promise<{ status: number }>[]) =>
  (await Promise.all(calls)).map(({ status }) => status).sort();
const count = (list: number[], status: number) => list.filter((one) => one === status).length;

describe("calls with one API key", () => {
  it("are limited, and the answer has the remaining quota", async () => {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "3" });
    for (const left of [2, 1, 0]) {
      const { status, headers } = await call("GET", "/users/me", { as: admin });
      expect(status).toBe(200);
      expect(headers.get("ratelimit-policy")).toBe('"key";q=3;w=60, "user";q=15;w=60');
      const time = "t=([1-9]|[1-5]\\d|60)";
      expect(headers.get("ratelimit")).toMatch(
        new RegExp(`^"key";r=${left};${time}, "user";r=${left + 12};${time}$`),
      );
    }
    const refused = await call("GET", "/users/me", { as: admin });
    expectProblem(refused, "rate_limited");
    expect(refused.body.retryable).toBe(true);
    expect(refused.headers.get("ratelimit")).toMatch(/^"key";r=0;t=\d+, "user";r=\d+;t=\d+$/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  });

  it("are limited for each key", async () => {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "2" });
    const other = await call("POST", "/users/me/api-keys", { as: admin, body: { name: "Other" } });
    await call("GET", "/users/me", { as: admin });
    expectProblem(await call("GET", "/users/me", { as: admin }), "rate_limited");
    const as = { ...admin, key: other.body.apiKey };
    expect((await call("GET", "/users/me", { as })).status).toBe(200);
  });

  it("do not show the holder of a revoked key how much its owner calls", async () => {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "2" });
    const made = await call("POST", "/users", {
      as: admin,
      body: { fullName: "Una", role: "AGENT", email: "una@example.com" },
    });
    const una = { ...made.body, key: made.body.apiKey };
    const asked = ["/requests", "/requests", "/requests"].map((path) =>
      call("GET", path, { as: una }),
    );
    expect(await statuses(asked)).toEqual([200, 200, 429]);
    await runSql(database.db, "update api_keys set revoked_at = now() where user_id = $1", [
      toUuid("user", una.id),
    ]);
    for (const [method, path, body] of [
      ["GET", "/requests"],
      ["POST", "/requests", { title: "A desk" }],
    ] as const) {
      const refused = await call(method, path, { as: una, body });
      expectProblem(refused, "unauthenticated");
      expect(refused.headers.get("ratelimit")).toBeNull();
    }
  });

  it("are counted by procedure: a batch of four counts as four", async () => {
    const { url } = await serve({ RATE_LIMIT_PER_MINUTE: "5" });
    const batch = () =>
      fetch(`${url}/trpc/users.me,users.me,users.me,users.me?batch=1&input={}`, {
        headers: { "x-api-key": admin.key },
      });
    const first = await batch();
    expect(first.status).toBe(200);
    expect(first.headers.get("ratelimit")).toMatch(/^"key";r=1;/);
    const second = await batch();
    const results = (await second.json()) as { error?: { data: { problem: { code: string } } } }[];
    const codes = results.map(({ error }) => error?.data.problem.code ?? "ok");
    expect(codes.sort()).toEqual(["ok", "rate_limited", "rate_limited", "rate_limited"]);
    expect(second.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  it("have no limit and no header when the limit is 0", async () => {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "0" });
    const { headers } = await call("GET", "/users/me", { as: admin });
    expect(headers.get("ratelimit")).toBeNull();
  });

  it("that fail for another reason count too", async () => {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "2" });
    expectProblem(await call("GET", "/requests/SF-1", { as: admin }), "not_found");
    expectProblem(await call("GET", "/requests?limit=0", { as: admin }), "validation_failed");
    expectProblem(await call("GET", "/requests/SF-1", { as: admin }), "rate_limited");
  });
});

describe("calls of one user", () => {
  async function moreKeys(count: number): Promise<Person[]> {
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "0" });
    const issue = () => call("POST", "/users/me/api-keys", { as: admin, body: { name: "More" } });
    const issued = await Promise.all(Array.from({ length: count }, issue));
    return issued.map(({ body }) => ({ ...admin, key: body.apiKey }));
  }

  it("are limited with all their keys together", async () => {
    const people = await moreKeys(6);
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "3", USER_RATE_LIMIT_PER_MINUTE: "7" });
    const calls = people.flatMap((as) => [1, 2, 3].map(() => call("GET", "/users/me", { as })));
    const answered = await Promise.all(calls);
    expect(answered.filter(({ status }) => status === 200)).toHaveLength(7);
    const refused = answered.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(11);
    for (const { body, headers } of refused) {
      expect(body.detail).toContain("by this user");
      expect(headers.get("ratelimit")).toMatch(/"user";r=0;t=\d+$/);
      expect(headers.get("retry-after")).toMatch(/^\d+$/);
    }
    const other = await serve({ RATE_LIMIT_PER_MINUTE: "3" });
    expect((await other("GET", "/users/me", { as: admin })).status).toBe(200);
  });

  it("are not used up by a key that is over its own limit", async () => {
    const [greedy, modest] = (await moreKeys(2)) as [Person, Person];
    const call = await serve({ RATE_LIMIT_PER_MINUTE: "2", USER_RATE_LIMIT_PER_MINUTE: "4" });
    for (let i = 0; i < 12; i += 1) await call("GET", "/users/me", { as: greedy });
    expect((await call("GET", "/users/me", { as: modest })).status).toBe(200);
    expect((await call("GET", "/users/me", { as: modest })).status).toBe(200);
  });

  it("have no limit when it is 0, and have one without a limit for each key", async () => {
    const [one, other] = (await moreKeys(2)) as [Person, Person];
    const keysAlone = await serve({ RATE_LIMIT_PER_MINUTE: "1", USER_RATE_LIMIT_PER_MINUTE: "0" });
    const { headers } = await keysAlone("GET", "/users/me", { as: one });
    expect(headers.get("ratelimit-policy")).toBe('"key";q=1;w=60');
    const usersAlone = await serve({ RATE_LIMIT_PER_MINUTE: "0", USER_RATE_LIMIT_PER_MINUTE: "1" });
    const first = await usersAlone("GET", "/users/me", { as: one });
    expect(first.headers.get("ratelimit-policy")).toBe('"user";q=1;w=60');
    expectProblem(await usersAlone("GET", "/users/me", { as: other }), "rate_limited");
  });
});

describe("calls without a valid API key", () => {
  const nobody = { ...({} as Person), key: UNKNOWN };

  it("are limited for each address, before the database is queried", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "3" });
    for (let i = 0; i < 3; i += 1) {
      expectProblem(await call("GET", "/users/me", { as: nobody }), "unauthenticated");
    }
    const refused = await call("GET", "/users/me", { as: nobody });
    expectProblem(refused, "rate_limited");
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    // Nonsense, a wrong bootstrap key, and a key that would be good but has not been seen here: all the same.
    const wrong = { headers: { "x-bootstrap-key": "wrong" }, body: {} };
    expectProblem(await call("GET", "/users/me", { as: { ...nobody, key: "x" } }), "rate_limited");
    expectProblem(await call("POST", "/users", wrong), "rate_limited");
    expectProblem(await call("GET", "/users/me", { as: admin }), "rate_limited");
  });

  it("do not lock out a valid key that was used from the same address", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2" });
    const issued = await call("POST", "/users/me/api-keys", { as: admin, body: { name: "Later" } });
    const as = { ...admin, key: issued.body.apiKey };
    expect((await call("GET", "/users/me", { as })).status).toBe(200);
    for (let i = 0; i < 5; i += 1) await call("GET", "/users/me", { as: nobody });
    expectProblem(await call("GET", "/users/me", { as: nobody }), "rate_limited");
    expect((await call("GET", "/users/me", { as })).status).toBe(200);
    await call("DELETE", `/api-keys/${issued.body.id}`, { as: admin });
    expectProblem(await call("GET", "/users/me", { as }), "unauthenticated");
  });

  it("count wrong bootstrap keys", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2" });
    const wrong = () => call("POST", "/users", { headers: { "x-bootstrap-key": "no" }, body: {} });
    expectProblem(await wrong(), "unauthenticated");
    expectProblem(await wrong(), "unauthenticated");
    expectProblem(await wrong(), "rate_limited");
  });

  it("are counted for the same address with a forged X-Forwarded-For", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2" });
    const from = (address: string) =>
      call("GET", "/users/me", { as: nobody, headers: { "x-forwarded-for": address } });
    await from("198.51.100.1");
    await from("198.51.100.2");
    expectProblem(await from("198.51.100.3"), "rate_limited");
  });

  it("are counted for each client behind a trusted proxy, and for each IPv6 network", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2", TRUST_PROXY: "loopback" });
    const from = (address: string) =>
      call("GET", "/users/me", { as: nobody, headers: { "x-forwarded-for": address } });
    await from("2001:db8::1");
    await from("2001:db8::2");
    expectProblem(await from("2001:db8::3"), "rate_limited");
    expectProblem(await from("2001:db8:0:1::3"), "unauthenticated");
    expectProblem(await from("198.51.100.1"), "unauthenticated");
  });

  it("are recorded as one entry for each address and key", async () => {
    const since = new Date().toISOString();
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "0", TRUST_PROXY: "loopback" });
    const issued = await call("POST", "/users/me/api-keys", { as: admin, body: { name: "Ended" } });
    await call("DELETE", `/api-keys/${issued.body.id}`, { as: admin });
    const ended = { ...admin, key: issued.body.apiKey };
    const from = (n: number, as: Person) =>
      call("GET", "/users/me", { as, headers: { "x-forwarded-for": `198.51.100.${n}` } });
    await Promise.all(Array.from({ length: 40 }, () => from(1, nobody)));
    await Promise.all(Array.from({ length: 7 }, () => from(1, ended)));
    for (let n = 2; n < 200; n += 1) await from(n, nobody);
    for (const server of servers.splice(0)) await server.close();

    const { url } = await serve({});
    const log = await caller(fetch, `${url}/api/v1`)(
      "GET",
      `/audit-logs?action=sign_in.failed&limit=100&occurredFrom=${since}`,
      { as: admin },
    );
    const entries = log.body.items as {
      subject: { id: string };
      apiKeyId: string | null;
      clientAddress: string | null;
      changes: { attempts: { to: number } };
    }[];
    expect(entries.length).toBeLessThanOrEqual(51);
    const attempts = (address: string | null, subject: string) =>
      entries
        .filter((entry) => entry.clientAddress === address && entry.subject.id === subject)
        .map((entry) => entry.changes.attempts.to);
    expect(attempts("198.51.100.1", "unknown")).toEqual([40]);
    expect(attempts("198.51.100.1", issued.body.id)).toEqual([7]);
    const all = entries.reduce((sum, entry) => sum + entry.changes.attempts.to, 0);
    expect(all).toBe(40 + 7 + 198);
    const raw = JSON.stringify(await runSql(database.db, "select * from audit_logs"));
    expect(raw).not.toContain("198.51.100");
  });
});

describe("calls without an API key", () => {
  const nobody = { ...({} as Person), key: UNKNOWN };

  it.each(["/users/me", "/requests", "/audit-logs/export", "/events/stream"])(
    "of %s are limited for each address like failed ones",
    async (path) => {
      const call = await serve({ AUTH_FAILURES_PER_MINUTE: "3" });
      for (let i = 0; i < 3; i += 1) expectProblem(await call("GET", path), "unauthenticated");
      const refused = await call("GET", path);
      expectProblem(refused, "rate_limited");
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    },
  );

  it("are counted over both transports, and each procedure of a batch", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "5" });
    const batch = await fetch(
      `${call.url}/trpc/users.me,users.me,users.me,users.me?batch=1&input={}`,
    );
    expect(batch.status).toBe(401);
    expectProblem(await call("POST", "/requests", { body: {} }), "unauthenticated");
    expectProblem(await call("GET", "/users/me"), "rate_limited");
    const rpc = await fetch(`${call.url}/trpc/users.me`);
    expect(rpc.status).toBe(429);
  });

  it("lock out nobody who has a key, even one that has not been seen here", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2" });
    for (let i = 0; i < 5; i += 1) await call("GET", "/users/me");
    expectProblem(await call("GET", "/users/me"), "rate_limited");
    expect((await call("GET", "/users/me", { as: admin })).status).toBe(200);
    expectProblem(await call("GET", "/users/me", { as: nobody }), "unauthenticated");
    const wrong = { headers: { "x-bootstrap-key": "wrong" }, body: {} };
    expectProblem(await call("POST", "/users", wrong), "unauthenticated");
  });

  it("are not held up by wrong keys from the same address either", async () => {
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "2" });
    for (let i = 0; i < 5; i += 1) await call("GET", "/users/me", { as: nobody });
    expectProblem(await call("GET", "/users/me", { as: nobody }), "rate_limited");
    expectProblem(await call("GET", "/users/me"), "unauthenticated");
  });

  it("are recorded in few entries, however many addresses they come from", async () => {
    const since = new Date().toISOString();
    const call = await serve({ AUTH_FAILURES_PER_MINUTE: "20", TRUST_PROXY: "loopback" });
    const from = (n: number) =>
      call("GET", "/users/me", { headers: { "x-forwarded-for": `203.0.113.${n}` } });
    await Promise.all(Array.from({ length: 60 }, () => from(1)));
    for (let n = 2; n < 120; n += 1) await from(n);
    for (const server of servers.splice(0)) await server.close();

    const { url } = await serve({});
    const path = `/audit-logs?action=sign_in.failed&limit=100&occurredFrom=${since}`;
    const { body } = await caller(fetch, `${url}/api/v1`)("GET", path, { as: admin });
    const entries: { clientAddress: string | null; changes: { attempts: { to: number } } }[] =
      body.items;
    expect(entries.length).toBeLessThanOrEqual(51);
    const first = entries.filter(({ clientAddress }) => clientAddress === "203.0.113.1");
    expect(first.map(({ changes }) => changes.attempts.to)).toEqual([20]);
    const all = entries.reduce((sum, { changes }) => sum + changes.attempts.to, 0);
    expect(all).toBe(20 + 118);
  });
});

describe("a client behind a proxy", () => {
  const nobody = { ...({} as Person), key: UNKNOWN };

  it.each([
    ["X-Forwarded-For with ports", "x-forwarded-for", (n: number) => `198.51.100.${n}:${n + 4000}`],
    ["brackets and ports", "x-forwarded-for", (n: number) => `[2001:db8:0:${n}::1]:443`],
    ["quotes", "x-forwarded-for", (n: number) => `"198.51.100.${n}:443"`],
    ["Forwarded", "forwarded", (n: number) => `for="[2001:db8:0:${n}::1]:443";proto=https`],
  ])("is counted by its own address: %s", async (_, header, value) => {
    const call = await serve({
      AUTH_FAILURES_PER_MINUTE: "2",
      TRUST_PROXY: "loopback",
      FORWARDING_HEADER: header,
    });
    const from = (n: number, as = nobody) =>
      call("GET", "/users/me", { as, headers: { [header]: value(n) } });
    for (let i = 0; i < 2; i += 1) expectProblem(await from(1), "unauthenticated");
    expectProblem(await from(1), "rate_limited");
    expectProblem(await from(1, admin), "rate_limited");
    expect((await from(2, admin)).status).toBe(200);
    expectProblem(await from(3), "unauthenticated");
  });

  it("cannot choose its address in the header that the proxy does not write", async () => {
    for (const [written, forged] of [
      ["x-forwarded-for", "forwarded"],
      ["forwarded", "x-forwarded-for"],
    ] as const) {
      const call = await serve({
        AUTH_FAILURES_PER_MINUTE: "2",
        TRUST_PROXY: "loopback",
        FORWARDING_HEADER: written,
      });
      const value = (header: string, address: string) =>
        header === "forwarded" ? `for=${address}` : address;
      const from = (n: number) =>
        call("GET", "/users/me", {
          as: nobody,
          headers: {
            [written]: value(written, "198.51.100.1"),
            [forged]: value(forged, `203.0.113.${n}`),
          },
        });
      for (let n = 1; n < 3; n += 1) expectProblem(await from(n), "unauthenticated");
      expectProblem(await from(3), "rate_limited");
    }
  });

  it("whose address cannot be read is reported once", async () => {
    const lines: { msg: string }[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line));
    const db = connectPostgres({
      url: database.url,
      poolSize: 2,
      preparedStatements: true,
      log: testLog,
    });
    const config = readConfig({ PORT: "0", TRUST_PROXY: "loopback" }, false);
    const server = await serveOn(db, config, createLogger("warn", false, { write }));
    servers.push(server);
    const call = caller(fetch, `${server.url}/api/v1`);
    for (const headers of [
      { "x-forwarded-for": "<script>" },
      { "x-forwarded-for": "unknown" },
      { forwarded: "for=198.51.100.1" },
      { forwarded: "for=198.51.100.2" },
    ]) {
      await call("GET", "/users/me", { as: admin, headers });
    }
    expect(lines.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^a trusted proxy sent an address that cannot be read/),
      expect.stringMatching(/^a trusted proxy sent another forwarding header/),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/script|198\.51/);
  });
});

describe("limits of several replicas", () => {
  it("are shared, are kept by each replica while Redis is down, and are shared again", async ({
    skip,
  }) => {
    skip(redisServer === null, "neither redis-server nor valkey-server is on the PATH");
    const redis = await LocalRedis.start();
    const limit = 6;
    const settings = { REDIS_URL: redis.url, RATE_LIMIT_PER_MINUTE: String(limit) };
    const [one, other] = [await serve(settings), await serve(settings)];
    const unlimited = await serve({ RATE_LIMIT_PER_MINUTE: "0", MAX_KEYS_PER_USER: "1000" });

    /** How many of ten calls with a new key are let through, five at each replica. */
    const letThrough = async (first: TestApp["call"], second: TestApp["call"]) => {
      const body = { name: "Counted" };
      const issued = await unlimited("POST", "/users/me/api-keys", { as: admin, body });
      const as = { ...admin, key: issued.body.apiKey };
      const calls = Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? first : second)("GET", "/users/me", { as }),
      );
      const answered = await statuses(calls);
      expect(count(answered, 200) + count(answered, 429)).toBe(10);
      return count(answered, 200);
    };
    // Each alone would let its five through. A slow Redis counts as down, so this can take more than one try.
    const isShared = async () => (await letThrough(one, other)) === limit;

    await waitUntil("the limit to be shared", isShared);
    await redis.kill();
    expect(await letThrough(one, other)).toBe(10);
    expect(await letThrough(one, one)).toBe(limit);
    await redis.resume();
    await waitUntil("the limit to be shared again", isShared);
  });
});
