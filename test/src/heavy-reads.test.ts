import { ServiceFlow } from "@serviceflow/sdk";
import {
  connectPostgres,
  type Database,
  type RunningServer,
  readConfig,
  serveOn,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshDatabase, freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { HeldLock } from "./harness/held-lock.ts";
import { addPeople } from "./harness/people.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";
import { WireTap } from "./harness/wire-tap.ts";

const POOL_SIZE = 4;
const HEAVY_CONNECTIONS = 2;
/** More than there are connections. */
const CALLS = 12;
/** The statement of statistics as it is bound for each call, however often its text was sent. */
const STATISTICS = "\0stats_counted_sums\0";
const LONG_MS = 600_000;

describe("heavy reads", () => {
  let database: TestDatabase & { url: string };
  let tap: WireTap;
  const servers: RunningServer[] = [];
  let admin: Person;
  let agent: Person;

  beforeAll(async () => {
    database = await freshPostgres();
    tap = await WireTap.open(database.url);
    const { call, url } = await serve({});
    const people = await addPeople(url);
    admin = people.admin;
    agent = people.agents[0] as Person;
    await call("POST", "/requests", { as: agent, body: { title: "A printer" } });
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await tap.close();
    await database.drop();
  });

  interface Server {
    url: string;
    db: Database;
    call: TestApp["call"];
  }

  type Limits = NonNullable<Parameters<typeof connectPostgres>[0]["limits"]>;

  /** A server over few connections, which the tap listens to. */
  async function serve(limits: Limits, name = "served"): Promise<Server> {
    const db = connectPostgres({
      url: `${tap.url}?application_name=${name}`,
      poolSize: POOL_SIZE,
      heavyConnections: HEAVY_CONNECTIONS,
      preparedStatements: true,
      log: testLog,
      // The locks of these tests last as long as they take.
      limits: { lock: 0, ...limits },
    });
    const config = readConfig({ PORT: "0", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY }, false);
    const server = await serveOn(db, config, testLog);
    server.becomeReady();
    servers.push(server);
    return { url: server.url, db, call: caller(fetch, `${server.url}/api/v1`) };
  }

  async function advisoryLock(): Promise<HeldLock> {
    const lock = await HeldLock.advisory(database.url, 1);
    onTestFinished(() => lock.release().catch(() => {}));
    return lock;
  }

  async function lockRequests(): Promise<HeldLock> {
    await allSealed(database.db);
    const lock = await HeldLock.table(database.url, "requests");
    onTestFinished(() => lock.release().catch(() => {}));
    return lock;
  }

  /** The heavy reads that wait: unlike those of the server's jobs, they follow a `begin`. */
  async function waitingReads(lock: HeldLock): Promise<unknown[]> {
    return runSql(
      database.db,
      "select pid from pg_stat_activity where pid = any($1) and query_start > xact_start",
      [await lock.waiting()],
    );
  }

  const areWaiting = (lock: HeldLock, count: number) =>
    waitUntil(`${count} reads to wait`, async () => (await waitingReads(lock)).length === count);

  it("leave connections for authentication, readiness, writes and sealing", async () => {
    const { url, db, call } = await serve({ heavy: LONG_MS, heavyWait: LONG_MS }, "counted");
    const lock = await advisoryLock();
    const reads = Array.from({ length: CALLS }, () =>
      runSql(db.heavy, "select pg_advisory_xact_lock_shared(1)"),
    );
    await areWaiting(lock, HEAVY_CONNECTIONS);

    const answers = await Promise.all(
      Array.from({ length: CALLS }, (_, index) => [
        call("GET", "/users/me", { as: agent }),
        call("POST", "/requests", { as: agent, body: { title: `Filed meanwhile ${index}` } }),
        fetch(`${url}/health/ready`),
      ]).flat(),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
    // By the server's own sealer.
    const unsealed =
      "select from audit_logs a where not exists (select from audit_seals where entry_seq = a.seq)";
    await waitUntil(
      "the writes to be sealed",
      async () => (await runSql(database.db, unsealed)).length === 0,
    );
    expect(await waitingReads(lock)).toHaveLength(HEAVY_CONNECTIONS);
    const [connections] = await runSql<{ count: number }>(
      database.db,
      "select count(*)::int as count from pg_stat_activity where application_name = 'counted'",
    );
    expect(connections?.count).toBeLessThanOrEqual(POOL_SIZE);

    await lock.release();
    expect(await Promise.all(reads)).toHaveLength(CALLS);
  });

  it("are statistics, counts and searches", async () => {
    const { call } = await serve({ heavy: LONG_MS, heavyWait: LONG_MS });
    const lock = await lockRequests();
    const paths = ["/requests/stats", "/requests?q=printer", "/requests/counts?all"];
    const reads = Array.from({ length: CALLS }, (_, index) =>
      call("GET", paths[index % paths.length] as string, { as: agent }),
    );
    await areWaiting(lock, HEAVY_CONNECTIONS);
    for (const path of ["/users/me", "/categories", "/users"]) {
      expect((await call("GET", path, { as: admin })).status).toBe(200);
    }
    expect(await waitingReads(lock)).toHaveLength(HEAVY_CONNECTIONS);
    await lock.release();
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual(reads.map(() => 200));
  });

  it("are refused when they would wait for too long, but for work in batches, which waits", async () => {
    const { db, call, url } = await serve({ heavy: LONG_MS, heavyWait: 100 });
    await allSealed(database.db);
    const lock = await advisoryLock();
    const held = Array.from({ length: HEAVY_CONNECTIONS }, () =>
      runSql(db.heavy, "select pg_advisory_xact_lock_shared(1)"),
    );
    await areWaiting(lock, HEAVY_CONNECTIONS);
    const verified = call("GET", "/audit-logs/verify", { as: admin });
    const trpc = await fetch(`${url}/trpc/requests.stats?input=%7B%7D`, {
      headers: { "x-api-key": agent.key },
    });
    expect(trpc.status).toBe(503);
    expect(trpc.headers.get("retry-after")).toBe("5");
    for (const path of ["/requests/stats", "/audit-logs?action=request.created"]) {
      const refused = await call("GET", path, { as: admin });
      expectProblem(refused, "overloaded");
      expect(refused.headers.get("retry-after")).toBe("5");
      expect(refused.body.detail).toContain("statistics");
    }
    await lock.release();
    await Promise.all(held);
    expect((await verified).body).toMatchObject({ valid: true });
    expect((await call("GET", "/requests/stats", { as: agent })).status).toBe(200);
  });

  it.each<[string, string, Limits, (sf: ServiceFlow) => Promise<unknown>]>([
    ["statistics", STATISTICS, { heavy: 500 }, (sf) => sf.requests.stats()],
    [
      "a read of one row",
      `where "requests"."number" = `,
      { statement: 2_000 },
      (sf) => sf.requests.get("SF-1001"),
    ],
  ])(
    "run %s that time out once, and the SDK does not send them again",
    async (_, text, limits, read) => {
      const { url } = await serve(limits);
      let calls = 0;
      const sf = new ServiceFlow({
        baseUrl: url,
        apiKey: agent.key,
        fetch(input, init) {
          calls += 1;
          return fetch(input, init);
        },
      });
      const lock = await lockRequests();
      const before = tap.count(text);
      await expect(read(sf)).rejects.toMatchObject({
        code: "query_timeout",
        status: 503,
        retryable: false,
        retryAfterMs: 60_000,
      });
      expect(calls).toBe(1);
      expect(tap.count(text) - before).toBe(1);
      await lock.release();
      await read(sf);
    },
  );

  it("run once when the database does not answer at all", async () => {
    const { call } = await serve({ heavy: 1_000, grace: 500 });
    const lock = await lockRequests();
    onTestFinished(() => {
      tap.isMute = false;
    });
    const before = tap.count(STATISTICS);
    const read = call("GET", "/requests/stats", { as: agent });
    await areWaiting(lock, 1);
    tap.isMute = true;
    expectProblem(await read, "unavailable");
    tap.isMute = false;
    expect(tap.count(STATISTICS) - before).toBe(1);
  });

  it("run once when an administrator of the database cancels them or ends their connection", async () => {
    const { call } = await serve({ heavy: LONG_MS });
    const lock = await lockRequests();
    for (const how of ["pg_cancel_backend", "pg_terminate_backend"] as const) {
      const before = tap.count(STATISTICS);
      const read = call("GET", "/requests/stats", { as: agent });
      await areWaiting(lock, 1);
      await lock.interrupt(how);
      expectProblem(await waitFor(`the end after ${how}`, read), "unavailable");
      expect(tap.count(STATISTICS) - before).toBe(1);
    }
  });

  it("can write nothing", async () => {
    const { db } = await serve({});
    for (const reads of [db.heavy, db.batches]) {
      await expect(runSql(reads, "delete from idempotency_keys")).rejects.toMatchObject({
        code: "25006",
      });
    }
  });

  it("are not compiled, which would take longer than to run them", async () => {
    const { db } = await serve({});
    expect(await runSql(db.heavy, "show jit")).toEqual([{ jit: "off" }]);
  });

  it("have a limit of their own, and leave the connection without it", async () => {
    const { db } = await serve({ heavy: 7_000, statement: 9_000 });
    const shown = (reads: Pick<Database, "query">) => runSql(reads, "show statement_timeout");
    for (let i = 0; i < POOL_SIZE; i += 1) {
      expect(await shown(db.heavy)).toEqual([{ statement_timeout: "7s" }]);
      expect(await shown(db)).toEqual([{ statement_timeout: "9s" }]);
    }
  });
});

describe("a read that is not heavy", () => {
  it("runs again when its connection is lost", async () => {
    const database = await freshPostgres();
    onTestFinished(() => database.drop());
    const lock = await HeldLock.table(database.url, "requests");
    const read = runSql(database.db, "select count(*)::int as count from requests");
    await waitUntil("the read to wait", async () => (await lock.waiting()).length === 1);
    const [first] = await lock.waiting();
    await lock.interrupt("pg_terminate_backend");
    await waitUntil("it to run again", async () => {
      const pids = await lock.waiting();
      return pids.length === 1 && pids[0] !== first;
    });
    await lock.release();
    expect(await read).toEqual([{ count: 0 }]);
  });
});

describe("reads of few rows that are asked for at the same time", () => {
  let database: TestDatabase & { url: string };
  let db: Database;
  beforeAll(async () => {
    database = await freshPostgres();
    const settings = { poolSize: 10, preparedStatements: true, log: testLog };
    // A lock lasts as long as its test takes.
    db = connectPostgres({ url: database.url, ...settings, limits: { lock: 0 } });
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  const numbered = (text: string) => (index: number) =>
    runSql<{ pid: number; index: number }>(db.points, text, [index]);

  it("share connections, and each has its own answer", async () => {
    const read = numbered("select pg_backend_pid() as pid, $1::int as index");
    const answers = (await Promise.all(Array.from({ length: 40 }, (_, i) => read(i)))).flat();
    expect(answers.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    // The first finds no other under way.
    expect(new Set(answers.map(({ pid }) => pid)).size).toBeLessThanOrEqual(4);
  });

  it("fail alone", async () => {
    const read = numbered("select pg_backend_pid() as pid, 6 / $1::int as index");
    const ends = await Promise.allSettled([3, 0, 2, 0, 1].map(read));
    expect(
      ends.map((end) => (end.status === "rejected" ? end.reason.code : end.value[0]?.index)),
    ).toEqual([2, "22012", 3, "22012", 6]);
    expect(await read(6)).toMatchObject([{ index: 1 }]);
  });

  it("are each counted when they fail", async () => {
    const read = numbered("select nothing from nowhere where $1 > 0");
    await Promise.allSettled([1, 2, 3, 4, 5].map(read));
    expect(db.failures()).toEqual(new Map([["wrong_database", 5]]));
  });

  it("all run again when their connection is lost", async () => {
    const lock = await HeldLock.table(database.url, "requests");
    const read = numbered(
      "select pg_backend_pid() as pid, $1 + count(*)::int as index from requests",
    );
    const reads = Promise.all([1, 2, 3].map(read));
    await waitUntil("both connections to wait", async () => (await lock.waiting()).length === 2);
    await lock.interrupt("pg_terminate_backend");
    await waitUntil("each to run again", async () => (await lock.waiting()).length === 3);
    await lock.release();
    expect((await reads).flat().map(({ index }) => index)).toEqual([1, 2, 3]);
  });

  it("all fail when there is no database", async () => {
    const url = "postgres://127.0.0.1:1/none";
    const nowhere = { poolSize: 1, preparedStatements: true, log: testLog };
    const db = connectPostgres({ url, ...nowhere, limits: { connect: 200 } });
    onTestFinished(() => db.close());
    const ends = await Promise.allSettled([1, 2].map((i) => runSql(db.points, "select $1", [i])));
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});

describe("work in batches on the embedded database", () => {
  it("lets what arrives meanwhile come in between", async () => {
    const { db, drop } = await freshDatabase("embedded");
    onTestFinished(drop);
    const order: string[] = [];
    const work = (async () => {
      for (let batch = 1; batch <= 10; batch += 1) {
        await runSql(db.batches, "select count(*) from generate_series(1, 10000)");
        order.push(`batch ${batch}`);
      }
    })();
    setImmediate(async () => {
      await runSql(db, "select 1");
      order.push("call");
    });
    await work;
    expect(order.indexOf("call")).toBeGreaterThanOrEqual(0);
    expect(order.indexOf("call")).toBeLessThanOrEqual(2);
  });
});
