import { readFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Role } from "@serviceflow/domain";
import { openEmbedded } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildConsole } from "./harness/built-console.ts";
import { killProcesses, run, temporaryFolder } from "./harness/child-process.ts";
import { freshDataDirectory } from "./harness/databases.ts";
import { discrepancies } from "./harness/discrepancies.ts";
import { type Acknowledged, Load, type People } from "./harness/load.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { RetryingClient } from "./harness/retrying-client.ts";
import { ServerOnTerminal, ServerProcess, terminalCommand } from "./harness/server-process.ts";
import { SlowCall } from "./harness/slow-call.ts";
import { caller, type Person } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const ROUNDS = LONG ? 30 : 2;
const WORKERS = 8;
/** As `npm start` and the container image set it. */
const NODE_OPTIONS = "--max-semi-space-size=16";
const MIB_AT_REST = 300;
const MIB_UNDER_LOAD = 400;

let folder: string;
let environment: Record<string, string>;
let server: ServerProcess;
let people: People;

beforeAll(async () => {
  await buildConsole();
  folder = await temporaryFolder("embedded");
  environment = {
    DATA_DIR: join(folder, "data"),
    LOG_LEVEL: "error",
    LOG_PRETTY: "true",
    SEED_DEMO: "true",
    NODE_OPTIONS,
  };
  // As a volume is mounted: empty, and there.
  await mkdir(environment.DATA_DIR as string);
});

afterAll(killProcesses);

describe("the embedded database", () => {
  it("is created and seeded by the first start, which prints the addresses", async ({
    annotate,
  }) => {
    const began = performance.now();
    server = await ServerProcess.start(environment);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    await annotate(`first start to first answer: ${Math.round(performance.now() - began)} ms`);

    const keys = await server.demoKeys();
    expect(Object.keys(keys)).toEqual(["ADMIN", "AGENT", "EMPLOYEE"]);
    const person = async (role: Role): Promise<Person> => {
      const { body } = await caller(fetch, `${server.url}/api/v1`)("GET", "/users/me", {
        headers: { "x-api-key": keys[role] },
      });
      expect(body.role).toBe(role);
      return { id: body.id, fullName: body.fullName, key: keys[role] };
    };
    const admin = await person("ADMIN");
    people = { admin, agents: [admin, await person("AGENT")] };
    const addresses = [...server.stdout.matchAll(/ (http:\/\/\S+)$/gm)].map(
      ([, address]) => address,
    );
    // The server, the console, two of the documentation, and a link for each person.
    expect(addresses).toHaveLength(7);
    for (const address of addresses) expect((await fetch(address as string)).status).toBe(200);
  });

  it("takes little memory, also while it is created", async ({ skip, annotate }) => {
    skip(process.platform !== "linux", "the memory of a process is read from /proc");
    const [rest, most] = [memoryOf(server, "VmRSS"), memoryOf(server, "VmHWM")];
    await annotate(`${rest} MiB at rest after the first start, ${most} MiB at most`);
    expect(rest).toBeLessThan(MIB_AT_REST);
    expect(most).toBeLessThan(MIB_UNDER_LOAD);
  });

  it("prints a curl command that works", async () => {
    const [line] = /^ *curl .*$/m.exec(server.stdout) ?? [];
    const { stdout } = await run("sh", ["-c", `${line} -sS --max-time 60`]);
    const { items } = JSON.parse(stdout);
    expect(items).toHaveLength(3);
    expect(new Set(items.map(({ status }: { status: string }) => status))).toEqual(
      new Set(["NEW"]),
    );
  });

  it("is locked against a second process", async () => {
    const commands = ["serve", "migrate", "seed"];
    const seconds = await Promise.all(commands.map((each) => ServerProcess.run(environment, each)));
    for (const second of seconds) {
      expect(second).toMatchObject({ code: 1, stdout: "" });
      expect(second.stderr).toMatch(/^The data directory .* is in use by another process\./);
    }
    const filed = await asAdmin("POST", "/requests", { title: "Filed after the second process" });
    expect(filed.status).toBe(201);
    // Its parent is not this process's to write, and another container does not see it.
    expect(await readdir(folder)).toEqual(["data"]);
  });

  it("finishes a slow call during shutdown and accepts no new connection", async () => {
    const call = await SlowCall.begin(server.url, "POST /api/v1/requests", people.admin.key);
    const ended = server.end("SIGTERM");
    await waitUntil("the port to close", () => isClosed(server.url));
    expect(server.isRunning).toBe(true);
    expect(await call.finish(JSON.stringify({ title: "Filed while stopping" }))).toMatch(
      /^HTTP\/1\.1 201 /,
    );
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  it("keeps its data across a restart, and shows no keys again", async ({ annotate }) => {
    const began = performance.now();
    server = await ServerProcess.start(environment);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    await annotate(`restart to first answer: ${Math.round(performance.now() - began)} ms`);
    expect(server.stdout).not.toContain("sf_");
    const { body } = await asAdmin("GET", "/requests?limit=2");
    expect(body.items.map(({ title }: { title: string }) => title)).toEqual([
      "Filed while stopping",
      "Filed after the second process",
    ]);
    const users = await asAdmin("GET", "/users");
    expect(users.body.items).toHaveLength(3);
  });

  it(`keeps every confirmed write when it is killed, ${ROUNDS} times`, async ({ annotate }) => {
    const confirmed: Acknowledged[] = [];
    let most = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const load = new Load(new RetryingClient(server.url), people);
      await load.start(WORKERS);
      await waitFor("writes", load.confirms(20 + 17 * (round % 7)));
      most = Math.max(most, memoryOf(server, "VmHWM"));
      expect(await server.end("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" });
      await load.abandon();
      expect(load.faults).toEqual([]);
      confirmed.push(...load.acknowledged);

      server = await ServerProcess.start(environment);
      const newest = new Map(load.acknowledged.map((write) => [write.id, write]));
      for (const { id, version } of newest.values()) {
        const { body } = await asAdmin("GET", `/requests/${id}`);
        expect(body.version, id).toBeGreaterThanOrEqual(version);
      }
    }
    await annotate(`${ROUNDS} kills, ${confirmed.length} confirmed writes, ${most} MiB at most`);
    expect(most).toBeLessThan(MIB_UNDER_LOAD);
    expect(await server.end("SIGTERM")).toEqual({ code: 0, signal: null });
    const db = await openEmbedded(environment.DATA_DIR as string);
    expect(await discrepancies(db, confirmed)).toEqual([]);
    await db.close();
  });

  it("is locked against a server of an older build, which locks a file beside the directory", async () => {
    const dataDir = environment.DATA_DIR as string;
    const older = new DatabaseSync(`${dataDir}.lock`);
    older.exec("BEGIN EXCLUSIVE");
    await expect(openEmbedded(dataDir)).rejects.toMatchObject({ name: "DataDirectoryInUse" });
    older.close();
    const db = await openEmbedded(dataDir);
    const second = new DatabaseSync(`${dataDir}.lock`, { timeout: 0 });
    expect(() => second.exec("BEGIN EXCLUSIVE")).toThrow("locked");
    second.close();
    await db.close();
  });

  it.each(["", "/data"])("names a directory that cannot be: a file%s", async (below) => {
    const dataDir = `${fileURLToPath(import.meta.url)}${below}`;
    await expect(openEmbedded(dataDir)).rejects.toMatchObject({
      name: "DataDirectoryUnusable",
      message: expect.stringContaining(dataDir),
    });
  });
});

describe("the keys of a demo that nobody asked for", () => {
  const unused = async () => ({ DATA_DIR: await freshDataDirectory(), LOG_LEVEL: "info" });

  it("are not written where no terminal is, and the operator can issue others", async () => {
    const environment = await unused();
    const hidden = await ServerProcess.start(environment);
    await hidden.writes(/keys issue --user agent@example\.com/);
    expect(await hidden.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(hidden.stdout + hidden.stderr).not.toContain("sf_");
    const issue = ["keys", "issue", "--user", "agent@example.com", "--name", "Demo"];
    const issued = await ServerProcess.run(environment, "--json", ...issue);
    const again = await ServerProcess.start(environment);
    const me = await fetch(`${again.url}/api/v1/users/me`, {
      headers: { "x-api-key": JSON.parse(issued.stdout).apiKey },
    });
    expect(await me.json()).toMatchObject({ role: "AGENT", fullName: "Demo Agent" });
    await again.end("SIGTERM");
  });

  it("are not in the JSON of a start either", async () => {
    const hidden = new ServerProcess(await unused(), "--json", "serve");
    await hidden.writes(/"url"/);
    await hidden.end("SIGTERM");
    expect(hidden.stdout).toContain('"demoKeys":null');
    expect(hidden.stdout + hidden.stderr).not.toContain("sf_");
  });

  it("are shown on a terminal", async ({ skip }) => {
    skip(terminalCommand === null, "script, which makes a terminal, is not on the PATH");
    const shown = new ServerOnTerminal(await unused());
    await shown.writes(/Try it:/);
    expect(shown.stdout.match(/^ {2}(ADMIN|AGENT|EMPLOYEE) +sf_\w{49}\r?$/gm)).toHaveLength(3);
    await shown.end("SIGTERM");
  });

  it("are none in production, where nobody asked for a demo", async () => {
    const environment = { ...(await unused()), NODE_ENV: "production" };
    const server = await ServerProcess.start(environment);
    await server.end("SIGTERM");
    const db = await openEmbedded(environment.DATA_DIR);
    expect(await runSql(db, "select email from users")).toEqual([]);
    await db.close();
  });
});

function asAdmin(method: string, path: string, body?: unknown) {
  return caller(fetch, `${server.url}/api/v1`)(method, path, {
    as: people.admin,
    ...(body === undefined ? {} : { body }),
  });
}

/** In MiB; 0 where there is no /proc. */
function memoryOf({ pid }: ServerProcess, name: "VmRSS" | "VmHWM"): number {
  if (process.platform !== "linux") return 0;
  const [, kib] =
    new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Math.round(Number(kib) / 1024);
}

/** Whether connections are refused. */
function isClosed(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname, () => resolve(false));
    socket.on("error", () => resolve(true)).on("connect", () => socket.destroy());
  });
}
