import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createLogger, sealBatch, sealerJob, sealStatus, verifyLog } from "@serviceflow/server";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { SealerProcess } from "./harness/sealer-process.ts";
import { waitUntil } from "./harness/waiting.ts";

const KILLS = LONG ? 60 : 2;
const WRITERS = 16;
const SEALERS = 2;
/** A sealer is killed at a random moment within so long of its work. */
const MAX_WORK_MS = 500;

let database: TestDatabase & { url: string };
beforeEach(async () => {
  database = await freshPostgres(4);
});
afterEach(async () => {
  await killProcesses();
  await database.drop();
});

const INSERT = `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
  values ($1, 'request.updated', 'request', $2, '{"status": {"from": "NEW", "to": "DONE"}}', false, $3, now())`;

/** Writes entries in transactions that commit in any order, or not at all. */
class Writer {
  readonly committed: string[] = [];
  readonly #client: pg.Client;

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url });
  }

  async write(isOver: () => boolean): Promise<void> {
    await this.#client.connect();
    while (!isOver()) {
      const ids = Array.from({ length: randomInt(1, 4) }, () => randomUUID());
      await this.#client.query("begin");
      for (const id of ids) {
        await this.#client.query({ name: "insert", text: INSERT, values: [id, "SF-1", "r"] });
        // Within the transaction, so that others overtake it.
        if (randomInt(3) === 0) await pause(randomInt(25));
      }
      const isUndone = randomInt(8) === 0;
      await this.#client.query(isUndone ? "rollback" : "commit");
      if (!isUndone) this.committed.push(...ids);
    }
    await this.#client.end();
  }
}

it(`seals every committed entry once and in order, with ${WRITERS} writers, while ${KILLS} sealers are killed`, async ({
  annotate,
}) => {
  // Both at once: the lock lets one of them work.
  const sealers = await Promise.all(
    Array.from({ length: SEALERS }, () => SealerProcess.start(database.url)),
  );
  const sealedSoFar = async () => (await sealStatus(database.db)).sealed;
  let isOver = false;
  const killSealers = async () => {
    try {
      for (let killed = 0; killed < KILLS; killed += 1) {
        const before = await sealedSoFar();
        await waitUntil("the sealers to work", async () => (await sealedSoFar()) > before);
        await pause(randomInt(MAX_WORK_MS));
        const index = killed % SEALERS;
        await sealers[index]?.end("SIGKILL");
        sealers[index] = await SealerProcess.start(database.url);
      }
    } finally {
      isOver = true;
    }
  };
  const writers = Array.from({ length: WRITERS }, () => new Writer(database.url));
  await Promise.all([...writers.map((writer) => writer.write(() => isOver)), killSealers()]);
  await waitUntil(
    "the sealers to catch up",
    async () => (await sealStatus(database.db)).unsealed === 0,
  );
  await Promise.all(sealers.map((sealer) => sealer.end("SIGTERM")));

  const committed = writers.flatMap((writer) => writer.committed).sort();
  const sealed = await runSql<{ id: string; position: string }>(
    database.db,
    `select a.id, s.position::text as position from audit_seals s join audit_logs a on a.seq = s.entry_seq
     order by s.position`,
  );
  expect(sealed.map(({ position }) => Number(position))).toEqual(sealed.map((_, i) => i + 1));
  expect(sealed.map(({ id }) => id).sort()).toEqual(committed);
  const outOfOrder = await runSql(
    database.db,
    `select 1 from (
       select position, row_number() over (order by a.xid, a.seq) as due
       from audit_seals s join audit_logs a on a.seq = s.entry_seq
     ) as places where position <> due`,
  );
  expect(outOfOrder).toEqual([]);
  expect(await verifyLog(database.db)).toMatchObject({
    valid: true,
    entries: committed.length,
    unsealed: 0,
  });
  await annotate(`${committed.length} entries`);
});

it("waits for an older open transaction, and seals its entries in order", async () => {
  const { db, url } = database;
  const [slow, quick] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([slow.connect(), quick.connect()]);
  await slow.query("begin");
  await slow.query(INSERT, [randomUUID(), "SF-1", "slow"]);
  for (let i = 0; i < 3; i += 1) await quick.query(INSERT, [randomUUID(), "SF-2", "quick"]);
  expect(await sealBatch(db, new Date())).toBe(0);
  expect((await sealStatus(db)).unsealed).toBe(3);
  await slow.query("commit");
  expect(await sealBatch(db, new Date())).toBe(4);
  const order = await runSql<{ request_id: string }>(
    db,
    "select request_id from audit_seals s join audit_logs a on a.seq = s.entry_seq order by position",
  );
  expect(order.map((row) => row.request_id)).toEqual(["slow", "quick", "quick", "quick"]);
  await Promise.all([slow.end(), quick.end()]);
});

it("never forks the chain when several sealers run", async () => {
  const { db, url } = database;
  const client = new pg.Client(url);
  await client.connect();
  for (let i = 0; i < 300; i += 1) await client.query(INSERT, [randomUUID(), "SF-1", "r"]);
  await client.end();
  const counts = await Promise.all(Array.from({ length: 12 }, () => sealBatch(db, new Date())));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(300);
  expect(await verifyLog(db)).toMatchObject({ valid: true, entries: 300 });
});

it("seals in the background, and seals the rest when it is closed", async () => {
  const { db } = database;
  const sealer = sealerJob({ db, log: testLog, clock: () => new Date() });
  sealer.start();
  const write = () => runSql(db, INSERT, [randomUUID(), "SF-1", "r"]);
  await write();
  await waitUntil("a seal", async () => (await sealStatus(db)).sealed === 1);
  await write();
  await sealer.stop();
  expect(await sealStatus(db)).toEqual({ sealed: 2, unsealed: 0, lagSeconds: 0 });
});

it("logs the anchor of a backlog at its end, not after its first batch", async () => {
  const { db } = database;
  await runSql(
    db,
    `insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
     select gen_random_uuid(), 'request.updated', 'request', 'SF-1', '{}', false, 'r', now()
     from generate_series(1, 2500)`,
  );
  const anchors: string[] = [];
  const log = createLogger("info", false, {
    write: (line) => void anchors.push(JSON.parse(line).anchor),
  });
  const sealer = sealerJob({ db, log, clock: () => new Date() });
  sealer.start();
  await waitUntil("an anchor", () => anchors.length > 0);
  await sealer.stop();
  expect(anchors).toEqual([expect.stringMatching(/^2500:/)]);
});

it("verifies a log of 1,000,000 entries in the same memory as a short one", {
  timeout: 600_000,
}, async ({ annotate, skip }) => {
  skip(!LONG, ONLY_LONG);
  const { db, url } = database;
  const client = new pg.Client(url);
  await client.connect();
  for (let i = 0; i < 20; i += 1) await client.query(FILL);
  await client.query("vacuum analyze audit_logs, audit_private_values");
  await client.end();

  const startedSealing = performance.now();
  while ((await sealBatch(db, new Date())) > 0);
  const sealing = (performance.now() - startedSealing) / 1000;

  let [early, most] = [0, 0];
  const startedVerifying = performance.now();
  const found = await verifyLog(db, {
    onProgress: (done) => {
      if (done % 50_000 !== 0) return;
      const { rss } = process.memoryUsage();
      if (done === 100_000) early = rss;
      most = Math.max(most, rss);
    },
  });
  const verifying = (performance.now() - startedVerifying) / 1000;
  expect(found).toMatchObject({ valid: true, entries: 1_000_000, unsealed: 0, fault: null });
  // What grows with the log would be hundreds of megabytes more by the end.
  expect(most - early).toBeLessThan(150 * 1024 ** 2);
  const rate = (seconds: number) => Math.round(1_000_000 / seconds);
  const growth = Math.round((most - early) / 1024 ** 2);
  await annotate(
    `sealed ${rate(sealing)} entries/s, verified ${rate(verifying)} entries/s, memory grew ${growth} MiB`,
  );
});

/** 50,000 entries with what most have: an address, a client and a changed text. */
const FILL = `
  with source as (
    select gen_random_uuid() as id, n, encode(uuid_send(gen_random_uuid()), 'hex') as salt
    from generate_series(1, 50000) as n
  ), beside as (
    insert into audit_private_values (entry_id, values)
    select id, jsonb_build_object(
      '/changes/title/to', jsonb_build_array(salt, 'Printer ' || n),
      '/clientAddress', jsonb_build_array(salt, '198.51.100.7'),
      '/userAgent', jsonb_build_array(salt, 'curl/8.5.0'))
    from source
  )
  insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id,
    client_address_commitment, user_agent_commitment, occurred_at)
  select id, 'request.updated', 'request', 'SF-' || n, jsonb_build_object('title', jsonb_build_object(
      'from', null, 'to', jsonb_build_object('commitment', commitment(salt, '/changes/title/to', 'Printer ' || n)))),
    false, id::text, commitment(salt, '/clientAddress', '198.51.100.7'),
    commitment(salt, '/userAgent', 'curl/8.5.0'), now()
  from source`.replaceAll(
  /commitment\((\w+), ('[^']*'), ((?:'[^']*'|\|\|| |\w)+)\)/g,
  (_, salt, pointer, value) =>
    `encode(sha256(convert_to('["' || ${salt} || '",' || to_json(${pointer}::text)::text || ',' || to_json((${value})::text)::text || ']', 'UTF8')), 'hex')`,
);
