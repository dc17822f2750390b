import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  connect,
  connectPostgres,
  type Database,
  migrate,
  openEmbedded,
  readConfig,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { killProcesses, temporaryFolder } from "./harness/child-process.ts";
import { ENGINES, type Engine, testLog } from "./harness/databases.ts";
import { HeldLock } from "./harness/held-lock.ts";
import { onServer } from "./harness/local-postgres.ts";
import { LONG } from "./harness/long-run.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { databaseUrl } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";
import { workerPostgres } from "./harness/worker-postgres.ts";

const REPLICAS = 5;
const PROCESSES = LONG ? 5 : 3;
const ROUNDS = LONG ? 20 : 2;
const SEED_ROUNDS = LONG ? 10 : 1;
const JOURNAL = new URL("../../migrations/meta/_journal.json", import.meta.url);
const MIGRATIONS: number = JSON.parse(readFileSync(JOURNAL, "utf8")).entries.length;
const NOTHING_CHANGED = "There are users already: nothing was changed.\n";

type Environment = Record<string, string>;

const drops: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await killProcesses();
  for (const drop of drops) await drop();
});

/** The environment of a server whose database is empty: no migration has run. */
async function emptyDatabase(engine: Engine): Promise<Environment> {
  if (engine === "embedded") {
    return { DATA_DIR: join(await temporaryFolder("migrate"), "data") };
  }
  const server = workerPostgres().postgresUrl;
  const name = `empty_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, (client) => client.query(`create database ${name}`));
  drops.push(() =>
    onServer(server, (client) => client.query(`drop database ${name} with (force)`)),
  );
  return { DATABASE_URL: databaseUrl(server, name), DATABASE_POOL_SIZE: "2" };
}

async function open(environment: Environment): Promise<Database> {
  return (await connect(readConfig(environment, false), testLog)).db;
}

async function withDatabase<T>(
  environment: Environment,
  run: (db: Database) => Promise<T>,
  opening: (environment: Environment) => Promise<Database> = open,
): Promise<T> {
  const db = await opening(environment);
  try {
    return await run(db);
  } finally {
    await db.close();
  }
}

/** Opens it without a look at its schema. */
async function openUnchecked({
  DATABASE_URL: url,
  DATA_DIR: dataDir,
}: Environment): Promise<Database> {
  return url
    ? connectPostgres({ url, poolSize: 1, preparedStatements: false, log: testLog })
    : openEmbedded(dataDir as string);
}

/** Runs SQL on the history of migrations, past any check of it. */
async function rewriteHistory(environment: Environment, text: string): Promise<void> {
  await withDatabase(environment, (db) => runSql(db, text), openUnchecked);
}

/** Nothing starts on this database, and the error says why. */
async function expectRefusal(
  environment: Environment,
  command: string,
  words: RegExp,
): Promise<void> {
  await expect(open(environment)).rejects.toMatchObject({
    name: "SchemaMismatch",
    message: expect.stringMatching(words),
  });
  // The engine makes no difference to what main prints, and a start of the embedded one is slow.
  if (!environment.DATABASE_URL) return;
  const { code, stdout, stderr } = await ServerProcess.run(environment, command);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(words);
}

/** What a second migration would change. */
async function schemaOf(db: Database) {
  const history = await runSql(
    db,
    "select hash, created_at::text from drizzle.__drizzle_migrations order by id",
  );
  const columns = await runSql(
    db,
    "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2",
  );
  const [rows] = await runSql(
    db,
    `select (select count(*)::int from status_transitions) as transitions, (select count(*)::int from roles) as roles,
      (select count(*)::int from categories) as categories`,
  );
  return { history, columns, rows };
}

/** Changes with every write. */
async function contentOf(db: Database) {
  const [content] = await runSql<Record<string, number | string>>(
    db,
    `select (select count(*)::int from users) as users, (select count(*)::int from requests) as requests,
      (select count(*)::int from comments) as comments, (select count(*)::int from api_keys) as keys,
      (select count(*)::int from categories) as categories, (select max(seq)::text from audit_logs) as seq`,
  );
  return content;
}

describe("replicas that start together on an empty PostgreSQL", () => {
  it(`migrate it once, in each of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const environment = await emptyDatabase("postgres");
      const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => open(environment)));
      const { history, rows } = await schemaOf(replicas[0] as Database);
      await Promise.all(replicas.map((db) => db.close()));
      expect(history).toHaveLength(MIGRATIONS);
      expect(rows).toEqual({ transitions: 4, roles: 3, categories: 1 });
    }
  });

  it("may be separate processes", async () => {
    const environment = await emptyDatabase("postgres");
    const ended = await Promise.all(
      Array.from({ length: PROCESSES }, () => ServerProcess.run(environment, "migrate")),
    );
    for (const each of ended) {
      expect(each).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining("The database has this build's schema"),
      });
    }
    expect((await withDatabase(environment, schemaOf)).history).toHaveLength(MIGRATIONS);
  });

  it(`seed it once, in each of ${SEED_ROUNDS} rounds`, async () => {
    for (let round = 0; round < SEED_ROUNDS; round += 1) {
      const environment = await emptyDatabase("postgres");
      const ended = await Promise.all(
        Array.from({ length: PROCESSES }, () => ServerProcess.run(environment, "seed")),
      );
      for (const { code, stderr } of ended)
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const winners = ended.filter(({ stdout }) => stdout !== NOTHING_CHANGED);
      expect(winners).toHaveLength(1);
      expect(winners[0]?.stdout.match(/sf_\w{49}/g)).toHaveLength(3);
      expect(await withDatabase(environment, contentOf)).toMatchObject({
        users: 3,
        requests: 36,
        keys: 3,
      });
    }
  });
});

describe("a migration of a database that is in use", () => {
  it("holds up no reader while it waits for one that holds a lock, such as a dump", async () => {
    const database = await oldDatabase("postgres", "key_bounds");
    onTestFinished(() => database.drop());
    const dump = await HeldLock.table(database.url as string, "users", "access share");
    const waits: number[] = [];
    const migrated = migrate(database.db, database.url, { onWait: () => waits.push(1) });
    await waitUntil("the migration to wait", async () => (await dump.waiting()).length > 0);
    await runSql(database.db, "select id from users");
    await waitUntil("it to give way", () => waits.length > 0);
    await dump.release();
    expect(await waitFor("the migration", migrated)).toContain("0006_key_bounds");
    await runSql(database.db, "select keys_version from users");
  });
});

describe("a command of the operator", () => {
  const verify = ["audit", "verify"];
  const create = ["admin", "create", "--name", "Ada", "--email", "ada@example.com"];

  it("refuses a database that holds no ServiceFlow, and leaves it as it is", async () => {
    const environment = await emptyDatabase("postgres");
    await withDatabase(
      environment,
      (db) => runSql(db, "create table others (id int)"),
      openUnchecked,
    );
    const dataDir = join(await temporaryFolder("none"), "data");
    const refusals = [
      ...[verify, create].map((command) => ({
        environment,
        command,
        words: /holds no ServiceFlow/,
      })),
      { environment: { DATA_DIR: dataDir }, command: verify, words: /^There is no database in / },
    ];
    await Promise.all(
      refusals.map(async ({ environment: at, command, words }) => {
        const { code, stdout, stderr } = await ServerProcess.run(at, ...command);
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(words);
        expect(stderr).toContain("serviceflow migrate");
      }),
    );
    const relations = await withDatabase(
      environment,
      (db) =>
        runSql(
          db,
          `select relname as name from pg_class join pg_namespace n on n.oid = relnamespace
           where nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
        ),
      openUnchecked,
    );
    expect(relations).toEqual([{ name: "others" }]);
    expect(existsSync(dataDir)).toBe(false);
  });

  it("refuses the schema of an older build, whose servers it would stop", async () => {
    const database = await oldDatabase("postgres", "request_stats");
    onTestFinished(() => database.drop());
    const history = "select hash from drizzle.__drizzle_migrations order by id";
    const before = await runSql(database.db, history);
    const environment = { DATABASE_URL: database.url as string };
    const { code, stdout, stderr } = await ServerProcess.run(environment, ...verify);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^The database has an older schema .*0016_request_stats.*migrate/);
    expect(await runSql(database.db, history)).toEqual(before);
  });
});

describe.each(ENGINES)("the schema on %s", (engine) => {
  let environment: Environment;

  beforeAll(async () => {
    environment = await emptyDatabase(engine);
    await withDatabase(environment, async () => {});
  });

  it("is not changed by a second migration", async () => {
    const first = await withDatabase(environment, schemaOf, openUnchecked);
    expect(first.history).toHaveLength(MIGRATIONS);
    await withDatabase(environment, async () => {});
    expect(await withDatabase(environment, schemaOf, openUnchecked)).toEqual(first);
  });

  it("has its constraints validated later, if that was interrupted", async () => {
    const validated = (db: Database) =>
      runSql(
        db,
        "select convalidated as valid from pg_constraint where conname = 'requests_title_check'",
      );
    await withDatabase(
      environment,
      async (db) => {
        await runSql(
          db,
          `alter table requests drop constraint requests_title_check,
             add constraint requests_title_check check (char_length(title) between 2 and 200) not valid`,
        );
        expect(await validated(db)).toEqual([{ valid: false }]);
      },
      openUnchecked,
    );
    await withDatabase(environment, async (db) => {
      expect(await validated(db)).toEqual([{ valid: true }]);
    });
  });

  it("is refused when it is newer than this build, and not changed", async () => {
    await rewriteHistory(
      environment,
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('of tomorrow', 99999999999999)",
    );
    onTestFinished(() =>
      rewriteHistory(
        environment,
        "delete from drizzle.__drizzle_migrations where hash = 'of tomorrow'",
      ),
    );
    const before = await withDatabase(environment, schemaOf, openUnchecked);
    await expectRefusal(
      environment,
      "serve",
      /^The database has a newer schema than this build of ServiceFlow knows\. /,
    );
    expect(await withDatabase(environment, schemaOf, openUnchecked)).toEqual(before);
  });

  it.each(["min", "max"])("is refused when its %s migration was edited", async (which) => {
    const one = `created_at = (select ${which}(created_at) from drizzle.__drizzle_migrations)`;
    const edit = `update drizzle.__drizzle_migrations set hash = reverse(hash) where ${one}`;
    await rewriteHistory(environment, edit);
    onTestFinished(async () => {
      await rewriteHistory(environment, edit);
      await withDatabase(environment, async () => {});
    });
    await expectRefusal(
      environment,
      "migrate",
      /^Migration \d+ in the database is not the one of this build: the file was edited, /,
    );
  });

  it("is seeded once: a second seed changes nothing and says so", async () => {
    const first = await ServerProcess.run(environment, "seed");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout.match(/sf_\w{49}/g)).toHaveLength(3);
    const content = await withDatabase(environment, contentOf);
    expect(content).toMatchObject({ users: 3, requests: 36 });
    expect(await ServerProcess.run(environment, "seed")).toMatchObject({
      code: 0,
      stdout: NOTHING_CHANGED,
    });
    expect(await withDatabase(environment, contentOf)).toEqual(content);
  });
});
