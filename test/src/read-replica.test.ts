import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { type LocalPostgres, onServer, startLocalPostgres } from "./harness/local-postgres.ts";
import { machinePostgres, NO_MACHINE_POSTGRES } from "./harness/machine-postgres.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const METRICS_TOKEN = "a-token-that-is-long-enough";
const WRITES = 12;

interface Filed {
  id: string;
  title: string;
}
interface Read {
  path(filed: Filed): string;
  headers?: Record<string, string>;
  /** Whether the answer has the newest request. */
  has(body: never, filed: Filed, count: number): boolean;
}

interface Listed {
  items: { id: string }[];
}
const listed = ({ items }: Listed, { id }: Filed) => items.some((item) => item.id === id);

/** The kinds of reads that a replica may answer. */
const READS: Record<string, Read> = {
  "a list": { path: () => "/requests?limit=1", has: listed },
  "a list in another order": { path: () => "/requests?sort=updated&limit=1", has: listed },
  "a search": { path: ({ title }) => `/requests?q=${title}`, has: listed },
  statistics: {
    path: () => "/requests/stats",
    has: ({ byStatus }: { byStatus: { NEW: number } }, _, count) => byStatus.NEW === count,
  },
  "a file": {
    path: () => "/requests",
    headers: { accept: "text/csv" },
    has: (text: string, { id }) => text.includes(`"${id}"`),
  },
};

describe("a read replica", () => {
  let primary: LocalPostgres;
  let standby: LocalPostgres;
  let server: ServerProcess;
  let admin: Person;
  let call: TestApp["call"];

  const environment = (readUrl: string) => ({
    DATABASE_URL: databaseUrl(primary.url, "app"),
    DATABASE_READ_URL: readUrl,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    METRICS_TOKEN,
  });
  const onStandby = (text: string) => onServer(standby.url, (client) => client.query(text));

  beforeAll(async () => {
    if (machinePostgres === null) throw new Error(NO_MACHINE_POSTGRES);
    const programs = machinePostgres;
    // As in production: without it, the replica gets what is written a fifth of a second later.
    const settings = { synchronous_commit: "on" };
    primary = await startLocalPostgres(settings, { programs });
    await onServer(primary.url, (client) => client.query("create database app"));
    standby = await startLocalPostgres(settings, { programs, standbyOf: primary.url });
    server = await ServerProcess.start(environment(databaseUrl(standby.url, "app")));
    ({ admin } = await addPeople(server.url));
    call = caller(fetch, `${server.url}/api/v1`);
  });
  afterAll(async () => {
    await killProcesses();
    await standby?.stop();
    await primary?.stop();
  });

  async function answered(): Promise<{ replica: number; primary: number }> {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${server.url}/metrics`, { headers })).text();
    const of = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1]);
    return {
      replica: of("serviceflow_replica_reads_total"),
      primary: of("serviceflow_replica_fallbacks_total"),
    };
  }

  let count = 0;
  async function file(): Promise<Filed> {
    count += 1;
    const { status, body } = await call("POST", "/requests", {
      as: admin,
      body: { title: `Printer${count} is jammed` },
    });
    expect(status).toBe(201);
    return { id: body.id, title: `Printer${count}` };
  }
  /** Files requests, and reads each at once in every way. */
  async function readWhatIsWritten(times = WRITES): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const filed = await file();
      for (const [name, { path, headers, has }] of Object.entries(READS)) {
        const { status, body } = await call("GET", path(filed), {
          as: admin,
          headers: headers ?? {},
        });
        expect({ name, status, body }).toMatchObject({ status: 200 });
        expect([name, has(body as never, filed, count)]).toEqual([name, true]);
      }
    }
  }
  const replicaAnswers = () =>
    waitUntil("the replica to answer", async () => {
      const before = await answered();
      await call("GET", "/requests?limit=1", { as: admin });
      return (await answered()).replica > before.replica;
    });

  it("answers with what was written before, each time", async () => {
    await replicaAnswers();
    const before = await answered();
    await readWhatIsWritten();
    const after = await answered();
    expect(after.replica - before.replica).toBeGreaterThan(WRITES);
  });

  it("answers nothing while it lags: neither less than was written nor an ended key", async () => {
    const { body: issued } = await call("POST", `/users/${admin.id}/api-keys`, {
      as: admin,
      body: { name: "Ending" },
    });
    const ending = { ...admin, key: issued.apiKey };
    expect((await call("GET", "/requests", { as: ending })).status).toBe(200);
    await onStandby("select pg_wal_replay_pause()");
    try {
      const before = await answered();
      await readWhatIsWritten(2);
      await call("DELETE", `/api-keys/${issued.id}`, { as: admin });
      expect((await call("GET", "/requests", { as: ending })).status).toBe(401);
      const after = await answered();
      expect(after.replica).toBe(before.replica);
      expect(after.primary).toBeGreaterThan(before.primary);
    } finally {
      await onStandby("select pg_wal_replay_resume()");
    }
    expect(server.stdout).toContain("the read replica cannot answer; reads go to the primary");
    await replicaAnswers();
  });

  it("is examined by the doctor", async () => {
    const doctor = async (readUrl: string) => {
      const { stdout } = await ServerProcess.run(environment(readUrl), "doctor", "--json");
      const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
      return checks.find(({ name }) => name === "read replica")?.status;
    };
    const urls = [
      databaseUrl(standby.url, "app"),
      databaseUrl(primary.url, "app"),
      workerPostgres().postgresUrl,
    ];
    expect(await Promise.all(urls.map(doctor))).toEqual(["ok", "warn", "fail"]);
  });

  it("that hangs holds up no read for long", async () => {
    await replicaAnswers();
    await standby.freeze();
    try {
      const began = performance.now();
      for (const path of ["/requests?limit=1", "/requests/stats"]) {
        expect((await call("GET", path, { as: admin })).status).toBe(200);
      }
      expect(performance.now() - began).toBeLessThan(8_000);
    } finally {
      await standby.thaw();
    }
    await replicaAnswers();
  });

  it("can go and come back", async () => {
    await standby.halt("immediate");
    await readWhatIsWritten(2);
    await standby.start();
    await replicaAnswers();
    await readWhatIsWritten(1);
  });

  it("of another cluster, database or schema is refused at the start, and so is one without a primary", async () => {
    const { postgresUrl } = workerPostgres();
    const other = await ServerProcess.run(environment(postgresUrl));
    expect(other.code).toBe(1);
    expect(other.stderr + other.stdout).toContain(
      "DATABASE_READ_URL is not a replica of DATABASE_URL",
    );
    const elsewhere = [
      environment(databaseUrl(standby.url, "postgres")),
      environment(`${databaseUrl(standby.url, "app")}?options=-c%20search_path%3Ddrizzle`),
    ];
    for (const [index, misled] of elsewhere.entries()) {
      const { code, stderr } = await ServerProcess.run(misled);
      expect({ index, code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("it leads to another cluster, database or schema"),
      });
    }
    const alone = await ServerProcess.run({ DATABASE_READ_URL: postgresUrl });
    expect(alone.code).toBe(1);
    expect(alone.stderr).toContain("DATABASE_READ_URL must be a replica of DATABASE_URL");
  });

  it("answers for workers as well", async () => {
    const settings = environment(databaseUrl(standby.url, "app"));
    const workers = await ServerProcess.start({ ...settings, WEB_CONCURRENCY: "2" });
    const list = caller(fetch, `${workers.url}/api/v1`);
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    await waitUntil("the replica to answer", async () => {
      expect((await list("GET", "/requests?limit=1", { as: admin })).status).toBe(200);
      const text = await (await fetch(`${workers.url}/metrics`, { headers })).text();
      return /^serviceflow_replica_reads_total\{worker="[12]"\} [1-9]/m.test(text);
    });
    expect(await workers.end("SIGTERM")).toMatchObject({ code: 0 });
  });

  it("that was promoted ceases to be a replica", async () => {
    await onStandby("select pg_promote()");
    await readWhatIsWritten(2);
    const before = await answered();
    await onServer(databaseUrl(standby.url, "app"), (client) =>
      client.query("update requests set title = 'Of the other' where counted_version is not null"),
    );
    await readWhatIsWritten(1);
    expect((await answered()).replica).toBe(before.replica);
  });
});
