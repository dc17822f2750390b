import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectPostgres, verifyLog } from "@serviceflow/server";
import { afterAll, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { killProcesses, run, temporaryFolder } from "./harness/child-process.ts";
import { testLog } from "./harness/databases.ts";
import {
  type LocalPostgres,
  onServer,
  startLocalPostgres,
  unprivilegedUser,
} from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { machinePostgres } from "./harness/machine-postgres.ts";
import { addPeople } from "./harness/people.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

const clusters: LocalPostgres[] = [];
afterAll(async () => {
  await killProcesses();
  for (const cluster of clusters) await cluster.stop();
});

const ask = async <Row>(url: string, text: string): Promise<Row> =>
  (await onServer(url, (client) => client.query(text))).rows[0] as Row;

it("a database that went back to a moment has a valid log that ends there, and tables that match it", async ({
  skip,
}) => {
  skip(!LONG, ONLY_LONG);
  const programs = machinePostgres as string;
  const owner = await unprivilegedUser();
  const folder = await temporaryFolder("archive");
  const archive = join(folder, "wal");
  await mkdir(archive);
  if (owner) for (const each of [folder, archive]) await chown(each, owner.uid, owner.gid);
  const primary = await startLocalPostgres(
    {
      synchronous_commit: "on",
      archive_mode: "on",
      archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
    },
    { programs },
  );
  clusters.push(primary);
  await ask(primary.url, "create database app");
  const url = databaseUrl(primary.url, "app");
  const server = await ServerProcess.start({
    DATABASE_URL: url,
    ADMIN_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
  });
  const { admin } = await addPeople(server.url);
  const call = caller(fetch, `${server.url}/api/v1`);
  const file = async (title: string) =>
    expect((await call("POST", "/requests", { as: admin, body: { title } })).status).toBe(201);
  const db = connectPostgres({ url, poolSize: 1, preparedStatements: true, log: testLog });

  await file("Before the backup");
  const base = join(folder, "base");
  const backup = ["-d", primary.url, "-D", base, "-X", "stream", "-c", "fast"];
  await run(join(programs, "pg_basebackup"), backup, { ...owner, cwd: folder });
  await file("After the backup");
  await allSealed(db);
  const kept = (await verifyLog(db)).head;
  const { now } = await ask<{ now: string }>(url, "select clock_timestamp()::text as now");
  await ask(url, "update requests set title = 'A wrong update'");
  await file("After the accident");
  await allSealed(db);
  const lost = (await verifyLog(db)).head;
  await db.close();
  await server.end("SIGTERM");
  const { wal } = await ask<{ wal: string }>(
    primary.url,
    "select pg_walfile_name(pg_switch_wal()) as wal",
  );
  await waitUntil("the log of PostgreSQL to be archived", async () => {
    const archived = `select last_archived_wal >= '${wal}' as done from pg_stat_archiver`;
    return (await ask<{ done: boolean | null }>(primary.url, archived)).done === true;
  });

  await writeFile(join(base, "recovery.signal"), "");
  const recovered = await startLocalPostgres(
    {
      restore_command: `cp ${archive}/%f %p`,
      recovery_target_time: now,
      recovery_target_action: "promote",
    },
    { programs, copyOf: { ...primary, data: base } },
  );
  clusters.push(recovered);
  await waitUntil("the recovery to end", async () => {
    const recovering = "select pg_is_in_recovery() as still";
    return !(await ask<{ still: boolean }>(recovered.url, recovering)).still;
  });
  const environment = {
    DATABASE_URL: databaseUrl(recovered.url, "app"),
    WEBHOOK_SENDING: "false",
  };
  const titles = await ask<{ all: string }>(
    environment.DATABASE_URL,
    "select string_agg(title, ', ' order by number) as all from requests",
  );
  expect(titles.all).toBe("Before the backup, After the backup");
  const verify = (...options: string[]) =>
    ServerProcess.run(environment, "audit", "verify", "--json", ...options);
  const anchor = `${kept?.position}:${kept?.hash}`;
  const whole = await verify("--state", "--anchor", anchor);
  expect(whole.code, whole.stdout).toBe(0);
  expect(JSON.parse(whole.stdout)).toMatchObject({ valid: true, state: { matches: true } });
  const cut = await verify("--anchor", `${lost?.position}:${lost?.hash}`);
  expect(cut.code, cut.stdout).toBe(3);

  const again = await ServerProcess.start(environment);
  const callAgain = caller(fetch, `${again.url}/api/v1`);
  const body = { title: "After the recovery" };
  expect((await callAgain("POST", "/requests", { as: admin, body })).status).toBe(201);
  const doctor = await ServerProcess.run(environment, "doctor");
  expect(doctor.stdout).toMatch(/^warn +sending +.*WEBHOOK_SENDING is false/m);
  expect(doctor.stdout).not.toMatch(/^fail /m);
  await again.end("SIGTERM");
});
