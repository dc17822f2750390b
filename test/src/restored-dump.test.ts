import { fileURLToPath } from "node:url";
import {
  connectPostgres,
  type Database,
  sealBatch,
  sealStatus,
  verifyLog,
} from "@serviceflow/server";
import { afterAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { killProcesses, run, temporaryFolder } from "./harness/child-process.ts";
import { testLog } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { type LocalPostgres, onServer, startLocalPostgres } from "./harness/local-postgres.ts";
import { LONG } from "./harness/long-run.ts";
import { machinePostgres, NO_MACHINE_POSTGRES } from "./harness/machine-postgres.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller, type Person } from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

const ENTRIES = LONG ? 1_000_000 : 5_000;
const ROLES = fileURLToPath(new URL("../../compose/roles.sql", import.meta.url));
const ADOPTED = /adopted an audit log/;

/** Each entry by a transaction of its own, as the server writes them. */
const FILL = `
  do $$ begin
    for i in 1..${ENTRIES} loop
      insert into audit_logs (id, action, subject_type, subject_id, changes, internal, request_id, occurred_at)
        values (gen_random_uuid(), 'category.updated', 'category', 'general', '{}', false, 'r' || i, now());
      commit;
    end loop;
  end $$`;

/** Transactions of another database of the cluster, for example. */
const AGE = `
  do $$ begin for i in 1..2000 loop perform pg_current_xact_id(); commit; end loop; end $$`;

describe("a dump restored into a younger cluster", () => {
  const clusters: LocalPostgres[] = [];
  const databases: Database[] = [];
  afterAll(async () => {
    await killProcesses();
    await Promise.all(databases.map((db) => db.close()));
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  });

  async function cluster(): Promise<{ postgres: LocalPostgres; url: string }> {
    const postgres = await startLocalPostgres(
      { autovacuum: "off" },
      { programs: machinePostgres as string },
    );
    clusters.push(postgres);
    await onServer(postgres.url, (client) => client.query("create database app"));
    return { postgres, url: databaseUrl(postgres.url, "app") };
  }

  function open(url: string): Database {
    const db = connectPostgres({ url, poolSize: 2, preparedStatements: true, log: testLog });
    databases.push(db);
    return db;
  }

  const program = (name: string, ...args: string[]) => run(`${machinePostgres}/${name}`, args);
  const serverOn = (url: string) => ({ DATABASE_URL: url, ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY });
  const file = (url: string, as: Person, title: string) =>
    caller(fetch, `${url}/api/v1`)("POST", "/requests", { as, body: { title } });
  const one = async <Row>(db: Database, text: string) => (await runSql<Row>(db, text))[0] as Row;
  const isAhead = async (db: Database) => {
    const { ahead } = await one<{ ahead: boolean }>(
      db,
      `select max(xid::text::bigint) > txid_current() + (select xid_offset from audit_head) as ahead
       from audit_logs`,
    );
    return ahead;
  };
  const waiting = async (db: Database) => {
    const { count } = await one<{ count: number }>(
      db,
      "select count(*)::int as count from pg_locks where not granted",
    );
    return count;
  };

  it("is adopted without touching an entry, by one of two servers after one was killed, and goes on", async ({
    skip,
    annotate,
  }) => {
    skip(machinePostgres === null, NO_MACHINE_POSTGRES);
    const folder = await temporaryFolder("dump");
    const old = await cluster();
    const before = await ServerProcess.start(serverOn(old.url));
    const { admin } = await addPeople(before.url);
    await before.end("SIGTERM");
    const oldDb = open(old.url);
    await onServer(old.url, (client) => client.query(FILL));
    while ((await sealStatus(oldDb)).sealed < ENTRIES / 2) await sealBatch(oldDb, new Date());
    const { head } = await verifyLog(oldDb);
    const anchor = { position: head?.position ?? 0, hash: head?.hash ?? "" };
    const { seq: total } = await one<{ seq: number }>(
      oldDb,
      "select max(seq)::int as seq from audit_logs",
    );
    expect(anchor.position).toBeLessThan(total);
    await program("pg_dump", "-Fc", "-f", `${folder}/dump`, old.url);

    const young = await cluster();
    await program("pg_restore", "-d", young.url, `${folder}/dump`);
    const db = open(young.url);
    expect(await isAhead(db)).toBe(true);
    const { transactions } = await one<{ transactions: string }>(
      db,
      "select md5(string_agg(xid::text, ',' order by seq)) as transactions from audit_logs",
    );

    // Another session reads the log, as a backup would, so that the adoption can be interrupted.
    const servers = await onServer(young.url, async (client) => {
      await client.query("begin");
      await client.query("lock table audit_logs in access share mode");
      const killed = new ServerProcess(serverOn(young.url));
      await waitUntil("the adoption to wait", async () => (await waiting(db)) === 1);
      await killed.end("SIGKILL");
      await waitUntil("its session to end", async () => (await waiting(db)) === 0);
      const two = [new ServerProcess(serverOn(young.url)), new ServerProcess(serverOn(young.url))];
      await waitUntil("both to wait", async () => (await waiting(db)) === 2);
      await client.query("commit");
      return two;
    });
    const began = performance.now();
    await Promise.all(servers.map((server) => server.writes(/"msg":"started"/)));
    const adoptionMs = Math.round(performance.now() - began);
    expect(servers.filter(({ stdout }) => ADOPTED.test(stdout))).toHaveLength(1);

    const [server] = servers as [ServerProcess];
    const after = (
      await caller(fetch, `${server.url}/api/v1`)("GET", "/events?limit=1", { as: admin })
    ).body.nextCursor;
    const reader = await EventReader.open(
      server.url,
      admin,
      `?after=${after}&type=request.created`,
    );
    await onServer(young.url, (client) => client.query(AGE));
    const made = await file(server.url, admin, "Filed in the younger cluster");
    expect(made.status).toBe(201);
    const event = await waitFor("its event", reader.event());
    expect(event.subject.id).toBe(made.body.id);
    await reader.close();

    await allSealed(db);
    const verified = await verifyLog(db, { anchor });
    expect(verified).toMatchObject({ valid: true, fault: null, unsealed: 0, entries: total + 1 });
    expect(
      await one(
        db,
        `select md5(string_agg(xid::text, ',' order by seq)) as transactions from audit_logs where seq <= ${total}`,
      ),
    ).toEqual({ transactions });
    await annotate(JSON.stringify({ entries: total, adoptionMs }));
    for (const each of servers) await each.end("SIGTERM");

    // And once more, as plain SQL, for a server that does not own its tables.
    await program("pg_dump", "-f", `${folder}/dump.sql`, young.url);
    const third = await cluster();
    await program("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", `${folder}/dump.sql`, third.url);
    const thirdDb = open(third.url);
    expect(await isAhead(thirdDb)).toBe(true);
    const env = { ...process.env, SERVER_PASSWORD: "secret" };
    await run(`${machinePostgres}/psql`, ["-v", "ON_ERROR_STOP=1", "-f", ROLES, third.url], {
      env,
    });
    const grants = await ServerProcess.run({}, "grants", "--role", "serviceflow_server");
    await onServer(third.url, (client) => client.query(grants.stdout));
    const asApp = new URL(third.url);
    asApp.username = "serviceflow_server";
    asApp.password = "secret";
    const refused = await ServerProcess.run(serverOn(asApp.href));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("Run `serviceflow migrate` once as the owner");
    const adopting = await ServerProcess.run(serverOn(third.url), "migrate");
    expect(adopting.code).toBe(0);
    expect(adopting.stdout).toContain("Adopted an audit log that was restored");
    const last = await ServerProcess.start(serverOn(asApp.href));
    expect((await file(last.url, admin, "Filed in the youngest cluster")).status).toBe(201);
    await waitUntil("the server to seal it", async () => {
      const { sealed, unsealed } = await sealStatus(thirdDb);
      return unsealed === 0 && sealed >= total + 2;
    });
    expect(await verifyLog(thirdDb, { anchor })).toMatchObject({ valid: true, unsealed: 0 });

    // What removes rows works with the documented grants.
    const call = caller(fetch, `${last.url}/api/v1`);
    const body = { fullName: "Wilma Worker", email: "wilma@example.com", role: "AGENT" };
    const { id } = (await call("POST", "/users", { as: admin, body })).body;
    const filed = (await file(last.url, admin, "Filed for another")).body.id;
    const requests = `/requests/${filed}`;
    for (const requesterId of [id, admin.id]) {
      const corrected = await call("PATCH", requests, { as: admin, body: { requesterId } });
      expect(corrected.status).toBe(200);
    }
    await call("PUT", `${requests}/assignee`, { as: admin, body: { assigneeId: id } });
    const renamed = { fullName: "Wilma Weaver" };
    expect((await call("PATCH", `/users/${id}`, { as: admin, body: renamed })).status).toBe(200);
    expect((await call("POST", `/users/${id}/erase`, { as: admin })).status).toBe(200);
    await waitUntil("the person's part in requests to be forgotten", async () => {
      const { kept } = await one<{ kept: number }>(
        thirdDb,
        `select (select count(*) from request_participants where user_id = u.id)::int
           + (select count(*) from user_words where user_id = u.id)::int
           + (select count(*) from words_due)::int as kept
         from users u where erased_at is not null`,
      );
      return kept === 0;
    });
    await last.end("SIGTERM");
  });
});
