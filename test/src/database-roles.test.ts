import { connect, connectPostgres, type Database, migrate, readConfig } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { testLog } from "./harness/databases.ts";
import { HeldLock } from "./harness/held-lock.ts";
import { onServer } from "./harness/local-postgres.ts";
import { startPgBouncer } from "./harness/pgbouncer.ts";
import { runSql, sqlStateOf } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { type TwoRoles, twoRoles } from "./harness/two-roles.ts";
import { wholeJourney } from "./harness/whole-journey.ts";

const MIGRATION_LOCK = 7_251_964;
const NOT_PERMITTED = "42501";
const NO_TABLE = "42P01";
const ROLE_LIMITS = [
  ["statement_timeout", "15s"],
  ["lock_timeout", "1s"],
  ["idle_in_transaction_session_timeout", "10s"],
];

const opened: Database[] = [];
const dropped: TwoRoles[] = [];
afterAll(async () => {
  await killProcesses();
  for (const db of opened) await db.close();
  for (const roles of dropped) await roles.drop();
});

async function installation(): Promise<TwoRoles> {
  const roles = await twoRoles();
  dropped.push(roles);
  return roles;
}

async function start(environment: Record<string, string>): Promise<Database> {
  const { db } = await connect(readConfig(environment, false), testLog);
  opened.push(db);
  return db;
}

async function unmigrated(url: string): Promise<Database> {
  const db = connectPostgres({ url, poolSize: 2, preparedStatements: false, log: testLog });
  opened.push(db);
  return db;
}

describe("a server whose role owns nothing", () => {
  let roles: TwoRoles;
  let db: Database;
  beforeAll(async () => {
    roles = await installation();
    const { serverUrl, ownerUrl } = roles;
    db = await start({ DATABASE_URL: serverUrl, DATABASE_MIGRATION_URL: ownerUrl });
  });

  it("does all that it has to, once somebody has migrated as the owner", async () => {
    const [user] = await runSql(
      db,
      "select current_user::text as name, current_setting('is_superuser') as superuser",
    );
    expect(user).toEqual({ name: roles.role, superuser: "off" });
    await wholeJourney(db);
  });

  it.each([
    "alter table audit_logs disable trigger all",
    "alter table audit_logs disable trigger audit_logs_append_only",
    "set session_replication_role = replica",
    "drop trigger audit_logs_append_only on audit_logs",
    "create or replace function refuse_change() returns trigger language plpgsql as 'begin return new; end'",
    "update audit_logs set action = 'tampered'",
    "delete from audit_logs",
    "truncate audit_logs",
    "delete from audit_seals",
    "insert into audit_head default values",
    "delete from audit_private_values",
    "insert into status_transitions values ('DONE', 'NEW')",
    "delete from requests",
    "delete from users",
    "create table others (id int)",
    "delete from drizzle.__drizzle_migrations",
  ])("may not: %s", async (statement) => {
    expect(await sqlStateOf(db, statement)).toBe(NOT_PERMITTED);
  });

  it("starts without the lock of migrations, when none is missing", async () => {
    const lock = await HeldLock.advisory(roles.adminUrl, MIGRATION_LOCK);
    await start({ DATABASE_URL: roles.serverUrl });
    await lock.release();
  });

  it("says which right it lacks and what grants it, and `grants` prints that", async () => {
    await onServer(roles.ownerUrl, (owner) =>
      owner.query(`revoke delete on request_words from ${roles.role}`),
    );
    const missing = /DELETE on request_words.*serviceflow grants --role roles_/;
    const environment = { DATABASE_URL: roles.serverUrl };
    await expect(start(environment)).rejects.toMatchObject({
      name: "MissingPrivileges",
      message: expect.stringMatching(missing),
    });
    const examined = await ServerProcess.run(environment, "doctor");
    expect(examined.stdout).toMatch(/^fail +privileges +missing: DELETE on request_words\n/m);
    const { stdout, stderr } = await ServerProcess.run({}, "grants", "--role", roles.role);
    expect(stderr).toBe("");
    await onServer(roles.ownerUrl, (owner) => owner.query(stdout));
    await start(environment);
  });

  it("names the migrations that it lacks and may not apply", async () => {
    const { serverUrl } = await installation();
    await expect(start({ DATABASE_URL: serverUrl })).rejects.toMatchObject({
      name: "MayNotMigrate",
      message: expect.stringMatching(/_server may not apply them.*DATABASE_MIGRATION_URL/),
    });
  });
});

describe("a migration", () => {
  it("is of the database and schema that the server uses, or refused", async () => {
    const [served, other] = [await installation(), await installation()];
    const misled = start({
      DATABASE_URL: served.serverUrl,
      DATABASE_MIGRATION_URL: other.ownerUrl,
    });
    await expect(misled).rejects.toMatchObject({
      name: "SchemaMismatch",
      message: expect.stringMatching(/^DATABASE_MIGRATION_URL leads to another database/),
    });
    const elsewhere = `${served.ownerUrl}?options=-c%20search_path%3Dacme`;
    await expect(
      start({ DATABASE_URL: served.serverUrl, DATABASE_MIGRATION_URL: elsewhere }),
    ).rejects.toMatchObject({
      name: "SchemaMismatch",
      message: expect.stringMatching(/schema public, but DATABASE_MIGRATION_URL to acme/),
    });
    for (const { adminUrl } of [served, other]) {
      const made = await onServer(adminUrl, (admin) =>
        admin.query("select from pg_tables where tablename = 'requests'"),
      );
      expect(made.rowCount).toBe(0);
    }
  });

  it("makes the schema of its user in a database without one called public", async () => {
    const { ownerUrl, adminUrl } = await installation();
    await onServer(adminUrl, (admin) => admin.query("drop schema public"));
    await start({ DATABASE_URL: ownerUrl });
    const { rows } = await onServer(adminUrl, (admin) =>
      admin.query("select schemaname from pg_tables where tablename = 'requests'"),
    );
    expect(rows).toEqual([{ schemaname: new URL(ownerUrl).username }]);
  });

  it("waits for another session's no longer than its limit, and says whose lock it is", async () => {
    const { ownerUrl } = await installation();
    const lock = await HeldLock.advisory(ownerUrl, MIGRATION_LOCK);
    const db = await unmigrated(ownerUrl);
    const reasons: string[] = [];
    const options = { lockWaitMs: 300, onWait: (why: string) => reasons.push(why) };
    await expect(migrate(db, ownerUrl, options)).rejects.toMatchObject({
      name: "MigrationLocked",
      message: expect.stringMatching(
        /held the lock of migrations for \d+ s: process \d+, idle in tr/,
      ),
    });
    expect(await sqlStateOf(db, "select * from roles")).toBe(NO_TABLE);
    const migrated = migrate(db, ownerUrl);
    await lock.release();
    expect(await migrated).toContain("0000_initial");
  });
});

describe("servers behind PgBouncer in transaction mode", () => {
  const unnamed = { DATABASE_PREPARED_STATEMENTS: "false", DATABASE_POOL_SIZE: "5" };

  it("start together, migrate once, and do all that they have to", async () => {
    const { ownerUrl, serverUrl, role, adminUrl } = await installation();
    const [ownerPooled, pooled] = await startPgBouncer([ownerUrl, serverUrl], 2);
    const environment = { DATABASE_URL: pooled as string, ...unnamed };
    const migrating = { ...environment, DATABASE_MIGRATION_URL: ownerPooled as string };
    const [first, second] = await Promise.all([start(migrating), start(migrating)]);
    const third = await start(environment);
    await wholeJourney(first as Database);
    // Nobody can listen through it, so presence stays within each process.
    const listener = { heard: () => {}, ended: () => {} };
    await expect(third?.listen?.("any", listener)).rejects.toMatchObject({ name: "NoSession" });
    const held = await onServer(adminUrl, (client) =>
      client.query("select from pg_locks where locktype = 'advisory' and granted"),
    );
    expect(held.rowCount).toBe(0);

    // No limit is set for the next user of a session; the role has them.
    const limits = `
      select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
    const unlimited = { statement: "0", lock: "0" };
    for (const db of [first, second, third] as Database[]) {
      expect(await runSql(db, limits)).toEqual([unlimited]);
    }
    const doctor = () => ServerProcess.run(environment, "doctor");
    expect((await doctor()).stdout).toMatch(
      /^warn +limits +none for statements, locks, idle transactions\n.*alter role/m,
    );
    await onServer(adminUrl, async (client) => {
      for (const [limit, value] of ROLE_LIMITS) {
        await client.query(`alter role ${role} set ${limit} = '${value}'`);
      }
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
      );
    });
    expect((await doctor()).stdout).toMatch(/^ok +limits +/m);
  });

  it("touch no other schema than theirs, although the pooler drops its name", async () => {
    const { ownerUrl, adminUrl } = await installation();
    const [dropping] = await startPgBouncer([ownerUrl], 2, ["options", "search_path"]);
    const direct = { DATABASE_URL: ownerUrl, DATABASE_SCHEMA: "acme" };
    const pooled = { DATABASE_URL: dropping as string, DATABASE_SCHEMA: "acme", ...unnamed };
    const inPublic = () =>
      onServer(adminUrl, async (admin) => {
        const { rows } = await admin.query("select to_regclass('public.users') is not null as it");
        return rows[0].it;
      });
    const refused = {
      name: "SchemaMismatch",
      message: expect.stringContaining("DATABASE_SCHEMA is acme, but the connection is in the"),
    };
    await expect(start(pooled)).rejects.toMatchObject(refused);
    expect(await inPublic()).toBe(false);
    const migrating = { ...direct, DATABASE_MIGRATION_URL: dropping as string };
    await expect(start(migrating)).rejects.toMatchObject(refused);
    expect(await inPublic()).toBe(false);

    // Another installation, which is not the one that the operator names.
    await start({ DATABASE_URL: ownerUrl });
    const { code, stderr } = await ServerProcess.run(pooled, "users", "list");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: refused.message });
  });
});
