import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { PRESENCE_MS } from "@serviceflow/domain";
import { ServiceFlow } from "@serviceflow/sdk";
import { formatApiKey, sealStatus } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { Collector } from "./harness/collector.ts";
import { freshPostgres } from "./harness/databases.ts";
import { discrepancies } from "./harness/discrepancies.ts";
import { EventReader } from "./harness/event-reader.ts";
import { Load, type People } from "./harness/load.ts";
import { LoadedModules } from "./harness/loaded-modules.ts";
import { LONG } from "./harness/long-run.ts";
import { addPeople } from "./harness/people.ts";
import { runSql } from "./harness/raw-sql.ts";
import { RetryingClient } from "./harness/retrying-client.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { SlowCall } from "./harness/slow-call.ts";
import { BOOTSTRAP_KEY, type Person } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const UNKNOWN = formatApiKey(new Uint8Array(32));
const TOKEN = "a-token-for-metrics";
const RATE_LIMIT = 30;
const FAILURES = 6;
const STREAMS = 3;
const WRITERS = 8;
/** Each worker dies that often. */
const KILLS = LONG ? 25 : 1;
const CONFIRMED_BETWEEN = LONG ? 40 : 25;

interface Line {
  msg: string;
  worker?: number;
  pid?: number;
  path?: string;
  requestId?: string;
  traceId?: string;
  settings?: { tracing?: object };
}

function linesOf(server: ServerProcess): Line[] {
  const lines = server.stdout
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"));
  return lines.map((line) => JSON.parse(line));
}

/** The processes of the workers that started last. */
function pidsOf(server: ServerProcess): Map<number, number> {
  const started = linesOf(server).filter(({ msg }) => msg === "worker started");
  return new Map(started.map(({ worker, pid }) => [Number(worker), Number(pid)]));
}

/** A call on a connection of its own, so that the workers take turns. */
async function callApart(url: string, headers: Record<string, string>): Promise<number> {
  return (await answerApart(`${url}/api/v1/users/me`, { headers })).status;
}

async function answerApart(
  url: string,
  {
    method = "GET",
    headers,
    body,
  }: { method?: string; headers: Record<string, string>; body?: object },
): Promise<{ status: number; requestId: string; text: string }> {
  const call = request(url, { method, headers, agent: false });
  call.end(body && JSON.stringify(body));
  const [response] = (await once(call, "response")) as [IncomingMessage];
  return {
    status: response.statusCode as number,
    requestId: String(response.headers["x-request-id"]),
    text: await text(response),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let database: Awaited<ReturnType<typeof freshPostgres>>;
let server: ServerProcess;
let collector: Collector;

const start = (environment: Record<string, string>) =>
  ServerProcess.start({
    DATABASE_URL: database.url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
    WEB_CONCURRENCY: "2",
    ...environment,
  });

beforeAll(async () => {
  database = await freshPostgres();
});
afterAll(async () => {
  await killProcesses();
  await collector.close();
  await database.drop();
});

describe("two workers", () => {
  /** Sign-ins that were refused as such. */
  let failed = 0;

  let loaded: LoadedModules;

  beforeAll(async () => {
    collector = await Collector.open();
    loaded = await LoadedModules.open();
    server = await start({
      ...loaded.environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: "100",
      SEED_DEMO: "true",
      RATE_LIMIT_PER_MINUTE: String(RATE_LIMIT),
      AUTH_FAILURES_PER_MINUTE: String(FAILURES),
      STREAMS_PER_KEY: String(STREAMS),
      METRICS_TOKEN: TOKEN,
    });
  });

  const as = async (role: "ADMIN" | "AGENT" | "EMPLOYEE") => ({
    "x-api-key": (await server.demoKeys())[role],
  });
  const apart = (headers: Record<string, string>, times: number) =>
    Promise.all(Array.from({ length: times }, () => callApart(server.url, headers)));

  it("share the port, greet once and number their log lines", async () => {
    const admin = await as("ADMIN");
    await waitUntil("calls in the log of both", async () => {
      expect(await callApart(server.url, admin)).toBe(200);
      const calls = linesOf(server).filter(({ msg }) => msg === "call");
      return new Set(calls.map(({ worker }) => worker)).size === 2;
    });
    expect(linesOf(server).filter(({ msg }) => msg === "started")).toHaveLength(1);
    expect(server.stdout.match(/"ADMIN":"sf_\w{49}"/g)).toHaveLength(1);
    expect([...pidsOf(server).keys()].sort()).toEqual([1, 2]);
  });

  it("trace their calls each, under the ids of their log", async () => {
    const calls = linesOf(server).filter(({ msg }) => msg === "call");
    for (const { traceId, worker } of calls) {
      const [span] = await collector.until(
        "the call's trace",
        (each) => each.kind === "SERVER" && each.traceId === traceId,
      );
      expect(span?.resource).toMatchObject({ "serviceflow.worker": worker });
    }
    expect(collector.faults).toEqual([]);
    const instances = collector.spans.map(({ resource }) => resource["service.instance.id"]);
    expect(new Set(instances).size).toBe(2);
    expect([...loaded.packages()]).toContain("@opentelemetry/sdk-trace");
    const started = linesOf(server).find(({ msg }) => msg === "started");
    expect(started?.settings?.tracing).toEqual({
      to: collector.url,
      headers: [],
      protocol: "http/protobuf",
      sampler: "parentbased_always_on",
      service: "serviceflow",
    });
  });

  it("together answer no more calls with one key than its limit", async () => {
    const statuses = await apart(await as("AGENT"), 2 * RATE_LIMIT);
    expect(statuses.filter((status) => status === 200)).toHaveLength(RATE_LIMIT);
    expect(statuses.filter((status) => status === 429)).toHaveLength(RATE_LIMIT);
  });

  it("together open no more streams with one key than its limit, and free those of a worker that dies", async () => {
    const key = { key: (await server.demoKeys()).EMPLOYEE };
    const open = () => EventReader.open(server.url, key, "?after=now");
    const readers: EventReader[] = [];
    for (let i = 0; i < STREAMS; i += 1) readers.push(await open());
    await expect(open()).rejects.toThrow("429");
    const [first] = readers;
    await first?.close();
    await waitUntil("the slot to be free", async () => {
      const again = await open().catch(() => null);
      if (again) readers.push(again);
      return again !== null;
    });
    for (const pid of pidsOf(server).values()) process.kill(pid, "SIGKILL");
    await waitUntil("other workers", () => {
      const started = linesOf(server).filter(({ msg }) => msg === "worker started");
      return started.length === 4;
    });
    const after: EventReader[] = [];
    for (let i = 0; i < STREAMS; i += 1) after.push(await open());
    await Promise.all(after.map((each) => each.close()));
  });

  it("together block an address with too many failed sign-ins, but no key that one of them knows", async () => {
    const known = await as("ADMIN");
    expect(await callApart(server.url, known)).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < FAILURES; i += 1) {
      statuses.push(await callApart(server.url, { "x-api-key": UNKNOWN }));
    }
    expect(statuses).toEqual(Array(FAILURES).fill(401));
    await waitUntil("both to refuse the address", async () => {
      const two = await apart({ "x-api-key": UNKNOWN }, 2);
      statuses.push(...two);
      return two.every((status) => status === 429);
    });
    failed = statuses.filter((status) => status === 401).length;
    // The other worker may have begun with one more before the news reached it.
    expect(failed).toBeLessThanOrEqual(FAILURES + 1);
    expect(await apart(known, 4)).toEqual([200, 200, 200, 200]);
  });

  it("answer /metrics for both and the primary, whichever is asked", async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const metrics = async () => (await fetch(`${server.url}/metrics`, { headers })).text();
    const answered = (text: string, worker: number) => {
      const labels = `procedure="users.me",transport="rest",code="ok",worker="${worker}"`;
      const [, value] =
        new RegExp(`^serviceflow_calls_total{${labels}} (\\d+)$`, "m").exec(text) ?? [];
      return Number(value);
    };
    const before = await metrics();
    await apart(await as("ADMIN"), 4);
    const text = await metrics();
    const ofBoth = (each: string) => answered(each, 1) + answered(each, 2);
    expect(ofBoth(text)).toBe(ofBoth(before) + 4);
    // Only one of them asks the database.
    expect(text.match(/^serviceflow_audit_seal_lag_seconds\{worker="\d"\} \d/gm)).toHaveLength(1);
    expect(text.match(/^serviceflow_event_streams\{worker="\d"\} 0$/gm)).toHaveLength(2);
    expect(text.match(/^process_cpu_seconds_total\{worker="(1|2|primary)"\} /gm)).toHaveLength(3);
    expect(text.match(/^# TYPE serviceflow_calls_total /gm)).toHaveLength(1);
  });

  it("drain together, and record the failed sign-ins of an address at both as one entry", async () => {
    const key = (await as("ADMIN"))["x-api-key"];
    const begin = () => SlowCall.begin(server.url, "POST /api/v1/requests", key);
    const slow = [await begin(), await begin()];
    const ended = server.end("SIGTERM");
    await server.writes(/"stopping"/);
    for (const call of slow) {
      const answer = await call.finish(JSON.stringify({ title: "Filed while stopping" }));
      expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    }
    expect(await ended).toEqual({ code: 0, signal: null });
    const said = linesOf(server).map(({ msg }) => msg);
    for (const msg of ["stopping", "stopped"]) {
      expect(said.filter((each) => each === msg)).toHaveLength(1);
    }
    expect(await sealStatus(database.db)).toMatchObject({ unsealed: 0 });
    const entries = await runSql(
      database.db,
      "select changes -> 'attempts' -> 'to' as attempts from audit_logs where action = 'sign_in.failed'",
    );
    expect(entries).toEqual([{ attempts: failed }]);
  });
});

describe("workers that are killed", () => {
  let database: Awaited<ReturnType<typeof freshPostgres>>;
  let people: People;

  beforeAll(async () => {
    database = await freshPostgres();
    server = await start({ DATABASE_URL: database.url });
    people = await addPeople(server.url);
  });
  afterAll(() => database.drop());

  it("tell each other who is on a request, and keep nobody of one that is killed", async () => {
    const { admin, agents } = people;
    const [agent] = agents;
    const ask = (who: Person, path: string, method = "GET", body?: object) =>
      answerApart(`${server.url}/api/v1${path}`, {
        method,
        headers: { "x-api-key": who.key, "content-type": "application/json" },
        ...(body && { body }),
      });
    const { text: filed } = await ask(admin, "/requests", "POST", {
      title: "The printer is jammed",
    });
    const { id } = JSON.parse(filed);
    const workerOf = async ({ requestId }: { requestId: string }): Promise<number> => {
      const line = () => linesOf(server).find((each) => each.requestId === requestId);
      await waitUntil("the call in the log", () => line() !== undefined);
      return line()?.worker as number;
    };
    const enter = async () =>
      workerOf(await ask(agent, `/requests/${id}/presence`, "PUT", { state: "VIEWING" }));
    const bothSee = async (there: readonly Person[]) => {
      const seenBy = new Map<number, string>();
      await waitUntil(`${there.length} people at both`, async () => {
        const answer = await ask(admin, `/requests/presence?ids=${id}`);
        const [found = { people: [] }] = JSON.parse(answer.text).items;
        const users = found.people.map(({ user }: { user: { id: string } }) => user.id);
        seenBy.set(await workerOf(answer), users.join(" "));
        const expected = there.map((each) => each.id).join(" ");
        return seenBy.size === 2 && [...seenBy.values()].every((seen) => seen === expected);
      });
    };
    const kill = async (worker: number) => {
      const pid = pidsOf(server).get(worker) as number;
      process.kill(pid, "SIGKILL");
      await waitUntil("another worker", () => pidsOf(server).get(worker) !== pid);
    };
    const first = await enter();
    await bothSee([agent]);
    await kill(first);
    // Clients repeat where they are.
    const second = await enter();
    await bothSee([agent]);
    if (!LONG) return;
    await kill(second);
    const killedAt = performance.now();
    await bothSee([]);
    expect(performance.now() - killedAt).toBeLessThan(PRESENCE_MS + 2_000);
  });

  it(`lose no acknowledged write and no event, and are replaced, ${KILLS} times each`, async ({
    annotate,
  }) => {
    const reader = new ServiceFlow({ baseUrl: server.url, apiKey: people.admin.key });
    const received: string[] = [];
    const subscription = reader.events.on(
      "request.created",
      ({ subject }) => void received.push(subject.id),
      { after: "start" },
    );
    const client = new RetryingClient(server.url);
    const load = new Load(client, people);
    await load.start(WRITERS);
    for (let kill = 0; kill < 2 * KILLS; kill += 1) {
      await waitFor("writes", load.confirms(CONFIRMED_BETWEEN + Math.floor(20 * Math.random())));
      const pid = pidsOf(server).get(1 + (kill % 2)) as number;
      process.kill(pid, "SIGKILL");
      await waitUntil("another worker", () => pidsOf(server).get(1 + (kill % 2)) !== pid);
    }
    await waitFor("writes", load.confirms(CONFIRMED_BETWEEN));
    await load.stop();
    await annotate(JSON.stringify(client.figures));
    expect(load.faults).toEqual([]);
    expect(await discrepancies(database.db, load.acknowledged)).toEqual([]);

    // The sealer's successor seals what it left.
    await waitUntil("seals", async () => (await sealStatus(database.db)).unsealed === 0);
    const feed = await Array.fromAsync(reader.events.list({ type: "request.created" }));
    await waitUntil("every event", () => received.length >= feed.length);
    subscription.close();
    await subscription.closed;
    expect(received).toEqual(feed.map(({ subject }) => subject.id));
  });

  it("end at once with the second signal", async () => {
    await SlowCall.begin(server.url, "POST /api/v1/requests", people.admin.key);
    const pids = [...pidsOf(server).values()];
    const ended = server.end("SIGTERM");
    await server.writes(/"stopping"/);
    void server.end("SIGTERM");
    expect(await ended).toEqual({ code: null, signal: "SIGTERM" });
    await waitUntil("the workers to be gone", () => !pids.some(isAlive));
  });
});

describe("workers that cannot be", () => {
  it("are refused for the embedded database, by the name of the option", async () => {
    const { code, stdout, stderr } = await ServerProcess.run({}, "serve", "--workers", "2");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      "The configuration is invalid:\n  WEB_CONCURRENCY (--workers) must be 1 for the embedded database, which only one process can open; set DATABASE_URL for more\n",
    );
  });

  it.each(["0", "two"])("are refused by their number: %s", async (count) => {
    const { code, stderr } = await ServerProcess.run({}, "serve", "--workers", count);
    expect(code).toBe(2);
    expect(stderr).toContain("It must be a whole number from 1 to 256.");
  });

  it("end the server with one message when the port is in use", async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as AddressInfo;
    const { code, stdout, stderr } = await ServerProcess.run(
      { DATABASE_URL: database.url, PORT: String(port), LOG_LEVEL: "error" },
      "serve",
      "--workers",
      "2",
    );
    occupant.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop the process that listens there, or choose another PORT.\n`,
    );
  });
});
