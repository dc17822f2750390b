import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connectPostgres, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { HeldLock } from "./harness/held-lock.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { BOOTSTRAP_KEY, type CallOptions, caller, type Person } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";
import { WireTap } from "./harness/wire-tap.ts";

/** More than the buffers of a connection hold when they are exported, and many batches. */
const ENTRIES = 20_000;
/** The statement of a batch of verification or export: its name comes with each run. */
const BATCH = "audit_links_after";
/** A statement's name is sent to prepare it and to run it. */
const NAMES_PER_RUN = 2;

describe("reads of the whole log", () => {
  let database: TestDatabase & { url: string };
  let tap: WireTap;
  const servers: RunningServer[] = [];
  let admin: Person;
  let otherAdmin: Person;
  let adminUuid: string;

  beforeAll(async () => {
    database = await freshPostgres();
    tap = await WireTap.open(database.url);
    const server = await serve();
    const call = caller(fetch, `${server.url}/api/v1`);
    const add = async (name: string, headers: Record<string, string>) => {
      const body = { fullName: name, email: `${name}@example.com`, role: "ADMIN" };
      const made = (await call("POST", "/users", { body, headers })).body;
      return { id: made.id, fullName: name, key: made.apiKey } as Person;
    };
    admin = await add("ada", { "x-bootstrap-key": BOOTSTRAP_KEY });
    otherAdmin = await add("olga", { "x-api-key": admin.key });
    const [row] = await runSql<{ id: string }>(
      database.db,
      "select id from users where email = 'ada@example.com'",
    );
    adminUuid = row?.id ?? "";
    await runSql(
      database.db,
      `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
       select gen_random_uuid(), 'request.updated', 'request', 'SF-1', '{}', false, repeat('x', 300), now()
       from generate_series(1, ${ENTRIES})`,
    );
    await allSealed(database.db);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await tap.close();
    await database.drop();
  });

  /** A server on which each user can run one read of the log at a time. */
  async function serve(maxStalledMs?: number): Promise<RunningServer> {
    const db = connectPostgres({
      url: tap.url,
      poolSize: 6,
      heavyConnections: 4,
      preparedStatements: true,
      log: testLog,
      // The locks of these tests last as long as they take.
      limits: { heavy: 600_000, statement: 600_000, lock: 0 },
    });
    const settings = { PORT: "0", ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY, LOG_READS_PER_USER: "1" };
    const server = await serveOn(
      db,
      readConfig(settings, false),
      testLog,
      maxStalledMs === undefined ? {} : { maxStalledMs },
    );
    servers.push(server);
    return server;
  }

  async function stop(server: RunningServer): Promise<void> {
    servers.splice(servers.indexOf(server), 1);
    await server.close();
  }

  /** Sends a call, and reads nothing until it is asked for. */
  async function begin(server: RunningServer, path: string, as = admin): Promise<Socket> {
    const { hostname, port } = new URL(server.url);
    const socket = connect({ host: hostname, port: Number(port) }).pause();
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\nX-API-Key: ${as.key}\r\n\r\n`);
    return socket;
  }

  const verify = (server: RunningServer, as = admin) =>
    caller(fetch, `${server.url}/api/v1`)("GET", "/audit-logs/verify", { as } as CallOptions);

  async function isFree({ services }: RunningServer): Promise<boolean> {
    try {
      const release = await services.logReads.take(adminUuid, {});
      release();
      return true;
    } catch {
      return false;
    }
  }

  async function lockValues(): Promise<HeldLock> {
    const lock = await HeldLock.table(database.url, "audit_private_values");
    onTestFinished(() => lock.release().catch(() => {}));
    return lock;
  }

  const areWaiting = (lock: HeldLock, count: number) =>
    waitUntil(`${count} statements to wait`, async () => (await lock.waiting()).length === count);

  const EXPORT = "/api/v1/audit-logs/export";
  const READS = [EXPORT, "/api/v1/audit-logs/verify", "/trpc/audit.verify?input=%7B%7D"];

  it.each(READS)("%s is one of so many at a time of its user, and of no other", async (path) => {
    const server = await serve();
    const lock = await lockValues();
    const running = await begin(server, path);
    await areWaiting(lock, 1);
    const issued = await caller(fetch, `${server.url}/api/v1`)("GET", "/users/me", { as: admin });
    expect(issued.status).toBe(200);
    for (const again of [verify(server), caller(fetch, server.url)("GET", EXPORT, { as: admin })]) {
      const refused = await again;
      expectProblem(refused, "rate_limited");
      expect(refused.headers.get("retry-after")).toBe("10");
      expect(refused.body.detail).toMatch(/1 exports and verifications at a time/);
    }
    const other = verify(server, otherAdmin);
    await areWaiting(lock, 2);
    running.destroy();
    await lock.release();
    expect((await other).body).toMatchObject({ valid: true, unsealed: expect.any(Number) });
    await waitUntil("the slot to be free", () => isFree(server));
    expect((await verify(server)).status).toBe(200);
  });

  it.each(READS)("%s stops after its batch when its client disconnects", async (path) => {
    const server = await serve();
    const lock = await lockValues();
    const before = tap.count(BATCH);
    const client = await begin(server, path);
    await areWaiting(lock, 1);
    expect(await isFree(server)).toBe(false);
    client.destroy();
    // An export is left at once, a verification after the statement that it waits for.
    await lock.release();
    await waitUntil("the slot to be free", () => isFree(server));
    await stop(server);
    expect(tap.count(BATCH) - before).toBeLessThanOrEqual(NAMES_PER_RUN);
  });

  it("an export whose client reads nothing is cut, and holds no connection meanwhile", async () => {
    const server = await serve(1_000);
    const client = await begin(server, EXPORT);
    const closed = once(client, "close");
    await waitUntil("the export to begin", async () => !(await isFree(server)));
    await waitUntil("the slot to be free", () => isFree(server));
    expect(await runSql(database.db, activeBatches)).toEqual([]);
    let text = "";
    client.on("data", (bytes) => {
      text += bytes.toString("latin1");
    });
    client.resume();
    await waitFor("the connection to be closed", closed);
    expect(text).not.toContain('"type":"end"');
  });

  const activeBatches = `select query from pg_stat_activity
    where datname = current_database() and state <> 'idle' and query like '%audit_seals%' and pid <> pg_backend_pid()`;

  it("an export stops reading when its client disconnects in the middle", async () => {
    const server = await serve();
    const before = tap.count(BATCH);
    const client = await begin(server, EXPORT);
    await waitUntil("the first batch", () => tap.count(BATCH) > before);
    client.destroy();
    await waitUntil("the slot to be free", () => isFree(server));
    await stop(server);
    const runs = (tap.count(BATCH) - before) / NAMES_PER_RUN;
    expect(runs).toBeLessThan(ENTRIES / 1_000);
  });

  it("an export that is read slowly is complete", async () => {
    const server = await serve(5_000);
    const response = await fetch(`${server.url}${EXPORT}`, { headers: { "x-api-key": admin.key } });
    const lines = (await response.text()).trimEnd().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      type: "end",
      position: lines.length - 2,
    });
    expect(await isFree(server)).toBe(true);
  });

  it("streams of one user catch up two at a time, and do not hold up another's", async () => {
    const server = await serve();
    const lock = await lockValues();
    const readers: EventReader[] = [];
    const follow = async (as: Person) => {
      readers.push(await EventReader.open(server.url, as, "?after=start"));
    };
    for (let i = 0; i < 3; i += 1) await follow(admin);
    await areWaiting(lock, 2);
    await follow(otherAdmin);
    await areWaiting(lock, 3);
    await lock.release();
    for (const reader of readers) {
      expect(await waitFor("an event", reader.event())).toHaveProperty("cursor");
      await reader.close();
    }
  });
});
