import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshDataDirectory, freshPostgres } from "./harness/databases.ts";
import { LoadedModules } from "./harness/loaded-modules.ts";
import { freePort } from "./harness/local-postgres.ts";
import { RawConnection } from "./harness/raw-connection.ts";
import { send } from "./harness/raw-http.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

let database: Awaited<ReturnType<typeof freshPostgres>>;
let occupant: Server;
let taken: string;

beforeAll(async () => {
  database = await freshPostgres();
  occupant = createServer().listen(0, "127.0.0.1");
  await once(occupant, "listening");
  taken = String((occupant.address() as AddressInfo).port);
});

afterAll(async () => {
  await killProcesses();
  occupant.close();
  await database.drop();
});

it("reports every fault of the environment at once, without its values", async () => {
  const secret = "hunter2-is-too-short";
  const { code, stdout, stderr } = await ServerProcess.run({
    PORT: "eighty",
    DATABASE_URL: `mysql://root:${secret}@db/app`,
    ADMIN_BOOTSTRAP_KEY: secret,
    LOG_LEVEL: "loud",
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  for (const name of ["PORT", "DATABASE_URL", "ADMIN_BOOTSTRAP_KEY", "LOG_LEVEL"]) {
    expect(stderr).toMatch(new RegExp(`^ {2}${name} must `, "m"));
  }
  expect(stderr).not.toContain(secret);
});

it.each(["serve", "migrate", "doctor"])(
  "refuses %s in production without a database, and names a variable that looks like one",
  async (command) => {
    const environment = { NODE_ENV: "production", DATABASE_URI: "postgres://root:hunter2@db/app" };
    const { code, stdout, stderr } = await ServerProcess.run(environment, command);
    expect(code).toBe(command === "doctor" ? 3 : 1);
    const text = stdout + stderr;
    expect(text).toContain("DATABASE_URL must be set when NODE_ENV is production, or DATA_DIR");
    expect(text).toContain("DATABASE_URI is set, but is not read");
    expect(text).not.toMatch(/hunter2|sf_/);
  },
);

it("warns of a variable that looks like DATABASE_URL when it uses the embedded database", async () => {
  const environment = {
    DATA_DIR: await freshDataDirectory(),
    DB_URL: "postgres://root:hunter2@db/app",
  };
  const server = await ServerProcess.start(environment);
  expect(server.stdout).toMatch(/"level":"warn".*"variables":\["DB_URL"\]/);
  await server.end("SIGTERM");
  const doctor = await ServerProcess.run(environment, "doctor");
  expect(doctor.stdout).toMatch(/^warn +configuration .*DB_URL/m);
  for (const text of [server.stdout, server.stderr, doctor.stdout]) {
    expect(text).not.toMatch(/hunter2|sf_/);
  }
});

it("reports that the port is in use, and exits", async () => {
  const began = performance.now();
  const server = new ServerProcess({
    DATABASE_URL: database.url,
    PORT: taken,
    SEED_DEMO: "true",
  });
  await server.writes(/\n/, "stderr");
  const starting = performance.now() - began;
  expect(await server.end()).toEqual({ code: 1, signal: null });
  expect(server.stdout).toBe("");
  expect(server.stderr).toBe(
    `Port ${taken} on 127.0.0.1 is in use. Stop the process that listens there, or choose another PORT.\n`,
  );
  // An open pool would hold the process for the 30 seconds that it keeps connections. The time of the start is the
  // measure: a busy machine slows both.
  const ending = performance.now() - began - starting;
  expect(ending).toBeLessThan(Math.max(starting, 20_000));
});

it("exits even while it is connecting to a Redis that is down", async () => {
  const { code, stderr } = await ServerProcess.run({
    DATABASE_URL: database.url,
    PORT: taken,
    REDIS_URL: "redis://127.0.0.1:1",
  });
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(`Port ${taken} on 127.0.0.1 is in use.`),
  });
});

it("seeds the demo, whose keys are shown once, only when the start succeeds", async () => {
  const loaded = await LoadedModules.open();
  const server = await ServerProcess.start({
    ...loaded.environment,
    DATABASE_URL: database.url,
    SEED_DEMO: "true",
  });
  const { ADMIN, EMPLOYEE } = await server.demoKeys();
  expect([ADMIN, EMPLOYEE]).toEqual([expect.any(String), expect.any(String)]);
  expect(await healthOf(server.url, "/ready")).toMatchObject({ status: 200 });
  expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
  // Nothing is traced, so nothing of OpenTelemetry is even read, but for the interfaces that prom-client asks for.
  const isOfTracing = (name: string) => /^@opentelemetry\/(?!api$)/.test(name);
  expect([...LoadedModules.available()].filter(isOfTracing)).not.toEqual([]);
  expect(loaded.packages()).toContain("hono");
  expect([...loaded.packages()].filter(isOfTracing)).toEqual([]);
});

const STARTING = { status: 503, detail: "The server is starting." };

async function healthOf(url: string, path: string) {
  const { status, body } = await send(fetch, `${url}/health${path}`);
  return { status, detail: body.detail };
}

/** A server that waits with its demo, until the lock is released. */
async function seeding(environment: Record<string, string> = {}) {
  const fresh = await freshPostgres();
  onTestFinished(() => fresh.drop());
  const lock = new pg.Client({ connectionString: fresh.url });
  await lock.connect();
  // The demo's comments come after its users.
  await lock.query("begin");
  await lock.query("lock table comments in share mode");
  const port = await freePort();
  const settings = { DATABASE_URL: fresh.url, SEED_DEMO: "true", PORT: String(port) };
  const server = new ServerProcess({ ...settings, ...environment });
  const users = () => runSql(fresh.db, "select from users limit 1");
  await waitUntil("the demo's users", async () => (await users()).length > 0);
  const release = async () => {
    await lock.query("rollback");
    await lock.end();
  };
  return { server, url: `http://127.0.0.1:${port}`, release };
}

it("shows the keys of a demo even when it is stopped during seeding", async () => {
  const { server, url, release } = await seeding();
  expect(server.stdout).toMatch(/^\{.*"msg":"filling in the demo"\}\n$/);
  expect(await healthOf(url, "/ready")).toEqual(STARTING);
  const ended = server.end("SIGINT");
  await release();
  expect(await ended).toEqual({ code: 0, signal: null });
  expect(server.stdout.match(/sf_\w{49}/g)).toHaveLength(3);
});

it("is ready after the demo, and not while it stops, as its workers are", async () => {
  const { server, url, release } = await seeding({ WEB_CONCURRENCY: "2" });
  for (const path of ["", "/ready"]) expect(await healthOf(url, path)).toEqual(STARTING);
  expect(await healthOf(url, "/live")).toMatchObject({ status: 200 });
  await release();
  const isReady = async () => (await healthOf(url, "/ready")).status === 200;
  await waitUntil("it to be ready", isReady);

  // One that a proxy has opened already, and asks on now.
  const late = await RawConnection.open(url);
  await late.send("GET /health/live HTTP/1.1\r\nHost: test\r\n\r\nGET /health/ready HTTP/1.1\r\n");
  await late.until(/^HTTP\/1\.1 200 /);
  const ended = server.end("SIGTERM");
  await server.writes(/"stopping"/);
  await late.send("Host: test\r\n\r\n");
  await late.until(/HTTP\/1\.1 503 [\s\S]*retry-after: 1[\s\S]*The server is shutting down/i);
  expect(await ended).toEqual({ code: 0, signal: null });
});

it.each([
  [
    "HOST",
    "192.0.2.1",
    /^Cannot listen on 192\.0\.2\.1, port 0 \(EADDRNOTAVAIL\)\. Choose another HOST or PORT\.\n$/,
  ],
  [
    "DATABASE_URL",
    "postgres://root:hunter2@127.0.0.1:1/app",
    /^The database is unusable: it cannot be reached \(ECONNREFUSED\)\./,
  ],
  [
    "DATABASE_URL",
    "postgres://root:hunter2@127.0.0.1:port/app",
    /^The database is unusable: ERR_INVALID_URL/,
  ],
])("explains why it cannot start with %s=%s", async (name, value, words) => {
  const environment = { DATABASE_URL: database.url, [name]: value };
  const { code, stdout, stderr } = await ServerProcess.run(environment);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^(\{"level":"warn".*"failure":"unreachable".*\n)?$/);
  expect(stderr).toMatch(words);
  expect(stdout + stderr).not.toContain("hunter2");
});

it("refuses a wrong bootstrap key and accepts the right one once", async () => {
  const fresh = await freshPostgres();
  const server = await ServerProcess.start({
    DATABASE_URL: fresh.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
  });
  const bootstrap = async (key: string) => {
    const body = JSON.stringify({ fullName: "Ada", email: "ada@example.com" });
    const headers = { "x-bootstrap-key": key, "content-type": "application/json" };
    return (await fetch(`${server.url}/api/v1/users`, { method: "POST", headers, body })).status;
  };
  expect(await bootstrap(`${BOOTSTRAP_KEY}.`)).toBe(401);
  expect(await bootstrap(BOOTSTRAP_KEY)).toBe(201);
  expect(await bootstrap(BOOTSTRAP_KEY)).toBe(403);
  await server.end("SIGTERM");
  await fresh.drop();
});
