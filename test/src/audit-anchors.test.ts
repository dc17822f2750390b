import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AnchorRecord, readAnchorRecord } from "@serviceflow/domain";
import {
  createLogger,
  createServices,
  type Database,
  sealBatch,
  sealerJob,
  sealStatus,
} from "@serviceflow/server";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { makeCertificates } from "./harness/certificates.ts";
import { killProcesses, temporaryFolder } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { Receiver } from "./harness/receiver.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const MINUTE = 60_000;

let database: TestDatabase & { url: string };
let db: Database;
beforeEach(async () => {
  database = await freshPostgres(4);
  db = database.db;
});
afterEach(async () => {
  await killProcesses();
  await database.drop();
});
afterAll(killProcesses);

async function write(count = 1): Promise<void> {
  await runSql(
    db,
    `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
     select gen_random_uuid(), 'webhook.pinged', 'webhook', 'whk_1', '{}', false, 'r', now()
     from generate_series(1, $1::int)`,
    [count],
  );
}

describe("a process", () => {
  let now: number;
  let anchors: string[];
  const positions = () => anchors.map((anchor) => Number(anchor.split(":")[0]));
  const newSealer = () =>
    sealerJob({
      db,
      clock: () => new Date(now),
      log: createLogger("info", false, {
        write: (line) => void anchors.push(JSON.parse(line).anchor),
      }),
    });

  beforeEach(() => {
    now = Date.parse("2026-03-02T09:00:00Z");
    anchors = [];
  });

  it("anchors what others have sealed, once a minute", async () => {
    const sealer = newSealer();
    const tick = async (ms: number) => {
      now += ms;
      await sealer.run();
    };
    await tick(0);
    expect(positions()).toEqual([]);
    await write(3);
    await allSealed(db);
    await tick(MINUTE);
    expect(positions()).toEqual([3]);
    await write();
    await allSealed(db);
    await tick(MINUTE / 2);
    expect(positions()).toEqual([3]);
    await tick(MINUTE / 2);
    expect(positions()).toEqual([3, 4]);
    for (let minute = 0; minute < 5; minute += 1) await tick(MINUTE);
    expect(positions()).toEqual([3, 4]);
  });

  it("anchors what it has sealed itself at once after a quiet minute", async () => {
    const sealer = newSealer();
    await write();
    await sealer.run();
    await write();
    await sealer.run();
    expect(positions()).toEqual([1]);
    now += MINUTE;
    await sealer.run();
    expect(positions()).toEqual([1, 2]);
    now += MINUTE + 1;
    await sealer.run();
    await write();
    now += 1000;
    await sealer.run();
    expect(positions()).toEqual([1, 2, 3]);
  });

  it("anchors while a backlog lasts longer than a minute", async () => {
    const sealer = newSealer();
    await write(4500);
    await sealer.run();
    expect(positions()).toEqual([]);
    now += MINUTE;
    await sealer.run();
    await sealer.run();
    expect(positions()).toEqual([2000]);
    now += MINUTE;
    await sealer.run();
    await sealer.run();
    expect(positions()).toEqual([2000, 4000]);
  });

  it("anchors what others have sealed when it stops", async () => {
    const sealer = newSealer();
    sealer.start();
    await write();
    await waitUntil("an anchor", () => anchors.length === 1);
    await write();
    while ((await sealStatus(db)).unsealed > 0) await sealBatch(db, new Date());
    await sealer.stop();
    expect(positions()).toEqual([1, 2]);
  });

  it("is not held up by a place that does not answer", async () => {
    const receiver = await Receiver.open();
    receiver.answer = () => {};
    const { background } = createServices(db, createLogger("silent", false), {
      anchors: { file: null, url: receiver.url },
    });
    background.start();
    await write();
    await waitFor(
      "a post",
      receiver.until((messages) => messages.length === 1),
    );
    await write();
    await waitUntil("a seal", async () => (await sealStatus(db)).sealed === 2);
    receiver.answer = (response) => response.writeHead(204).end();
    await background.stop();
    expect(receiver.messages.at(-1)?.body.anchor).toMatch(/^2:/);
    await receiver.close();
  });
});

describe("a server", () => {
  async function serve(environment: Record<string, string>) {
    const server = await ServerProcess.start({
      DATABASE_URL: database.url,
      ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
      ...environment,
    });
    return { server, call: caller(fetch, `${server.url}/api/v1`) };
  }
  const bootstrap = (call: Awaited<ReturnType<typeof serve>>["call"]) =>
    call("POST", "/users", {
      body: { fullName: "Ada Admin", email: "ada@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
  const recordsOf = async (file: string) => {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.map(readAnchorRecord).filter((record) => record !== null);
  };
  const verify = (...args: string[]) =>
    ServerProcess.run({ DATABASE_URL: database.url }, "audit", "verify", ...args);

  it("appends anchors to a file, against which the log is verified", async () => {
    const file = join(await temporaryFolder("anchors"), "anchors.jsonl");
    const server = await serve({ AUDIT_ANCHOR_FILE: file });
    const { body } = await bootstrap(server.call);
    const admin = { ...body, key: body.apiKey };
    await waitUntil("an anchor", async () => (await recordsOf(file).catch(() => [])).length > 0);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    await server.call("POST", "/requests", { as: admin, body: { title: "Filed" } });
    await server.server.end("SIGTERM");
    const [early, late] = await recordsOf(file);
    expect(late?.place.position).toBeGreaterThan(early?.place.position ?? 0);

    // As a crash leaves it.
    await appendFile(file, '{"anchor":"1');
    const torn = await verify("--anchors", file);
    expect(torn.code).toBe(0);
    expect(torn.stdout).toMatch(/all 2 anchors.*\n1 lines/);
    const second = await serve({ AUDIT_ANCHOR_FILE: file });
    await second.call("POST", "/requests", { as: admin, body: { title: "Filed later" } });
    await second.server.end("SIGTERM");
    const kept = await recordsOf(file);
    expect(kept.length).toBeGreaterThanOrEqual(3);
    const whole = await verify("--anchors", file, "--state");
    expect(whole).toMatchObject({ code: 0, stderr: "" });

    const examine = () =>
      ServerProcess.run({ DATABASE_URL: database.url, AUDIT_ANCHOR_FILE: file }, "doctor");
    expect((await examine()).stdout).toMatch(/^ok +anchors +the last one is 0 min old/m);
    const unset = await ServerProcess.run({ DATABASE_URL: database.url }, "doctor");
    expect(unset.stdout).toMatch(/^ok +anchors +only in the lines[\s\S]*AUDIT_ANCHOR_FILE/m);

    const exported = join(await temporaryFolder("anchors"), "audit.jsonl");
    const env = { DATABASE_URL: database.url };
    await ServerProcess.run(env, "audit", "export", "--output", exported);
    expect((await verify("--file", exported, "--anchors", file)).code).toBe(0);
    await verifiesOlderExport(exported, kept);

    await rewrite();
    expect((await verify()).code).toBe(0);
    const rewritten = await verify("--anchors", file);
    expect(rewritten.code).toBe(3);
    const first = kept[0]?.place.position;
    expect(rewritten.stdout).toContain(`hash at position ${first} is not the anchor's`);
    expect((await examine()).stdout).toMatch(/^fail +anchors .*does not contain/m);
  });

  /** An export says nothing of entries that came after it, and its header can claim any age. */
  async function verifiesOlderExport(exported: string, kept: AnchorRecord[]): Promise<void> {
    const file = join(await temporaryFolder("anchors"), "anchors.jsonl");
    const against = async (...records: AnchorRecord[]) => {
      await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
      return verify("--file", exported, "--anchors", file);
    };
    const later = { sealedAt: "2999-01-01", anchoredAt: "2999-01-01T00:00:00.000Z" };
    const beyond = { ...later, anchor: `9999:${"1".repeat(64)}` };
    const passed = await against(...kept, beyond);
    expect(passed).toMatchObject({ code: 0, stderr: "" });
    expect(passed.stdout).toMatch(/all \d+ anchors .* not later than it; 1 are\./);
    const lost = { ...beyond, anchoredAt: "2020-01-01T00:00:00.000Z" };
    const another = { ...later, anchor: `1:${"1".repeat(64)}` };
    for (const record of [lost, another]) {
      const failed = await against(...kept, record);
      expect(failed.code).toBe(3);
      expect(failed.stdout).toContain(
        `position ${parseInt(record.anchor, 10)} is not the anchor's`,
      );
    }
    const useless = await against(beyond);
    expect(useless).toMatchObject({ code: 1, stdout: "" });
    expect(useless.stderr).toContain("All anchors were made after the export");
  }

  /** Changes an entry and rebuilds the chain, as the owner of the tables can. */
  async function rewrite(): Promise<void> {
    for (const table of ["audit_logs", "audit_seals", "audit_head"]) {
      await runSql(db, `alter table ${table} disable trigger all`);
    }
    await runSql(db, "update audit_logs set request_id = 'forged' where seq = 1");
    await runSql(db, "delete from audit_seals");
    await runSql(
      db,
      "update audit_head set position = 0, hash = decode(repeat('00', 32), 'hex'), xid = '0', seq = 0",
    );
    await allSealed(db);
  }

  it("refuses a file that holds no anchor, or that is not there", async () => {
    const folder = await temporaryFolder("anchors");
    const empty = join(folder, "empty.jsonl");
    await writeFile(empty, "\n{\n");
    for (const file of [empty, join(folder, "none.jsonl"), folder]) {
      const ended = await verify("--anchors", file);
      expect(ended).toMatchObject({ code: 1, stdout: "" });
      expect(ended.stderr).toContain(`${file} `);
    }
  });

  it("keeps serving and sealing when the file cannot be written, and says so once", async () => {
    const folder = await temporaryFolder("anchors");
    const { server, call } = await serve({ AUDIT_ANCHOR_FILE: folder });
    const { body } = await bootstrap(call);
    await server.writes(/could not append the anchor/);
    const as = { ...body, key: body.apiKey };
    expect((await call("POST", "/requests", { as, body: { title: "Filed" } })).status).toBe(201);
    await waitUntil("seals", async () => (await sealStatus(db)).unsealed === 0);
    expect(server.stdout.match(/could not append/g)).toHaveLength(1);
  });

  it("posts anchors over TLS until they are accepted, and shows nothing of the URL", async () => {
    const certificates = await makeCertificates();
    const folder = await temporaryFolder("anchors");
    await writeFile(join(folder, "authority.pem"), certificates.authority);
    const receiver = await Receiver.open(certificates.valid);
    const refusals = [500, 302];
    receiver.answer = (response) =>
      response.writeHead(refusals.shift() ?? 204, { location: receiver.url }).end();
    const { server, call } = await serve({
      AUDIT_ANCHOR_URL: `${receiver.url}?token=hunter2`,
      NODE_EXTRA_CA_CERTS: join(folder, "authority.pem"),
    });
    await bootstrap(call);
    await waitFor(
      "three posts",
      receiver.until((messages) => messages.length === 3),
    );
    await server.end("SIGTERM");
    const bodies = receiver.messages.map(({ body }) => body as AnchorRecord);
    expect(bodies.map(({ anchor }) => anchor)).toEqual(bodies.map(() => bodies[0]?.anchor));
    expect(readAnchorRecord(receiver.messages[0]?.text ?? "")).not.toBeNull();
    expect(server.stdout).toContain("could not post the anchor");
    expect(server.stdout).not.toMatch(/hunter2|\/hook/);
    await receiver.close();
  });
});
