import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  connect,
  connectPostgres,
  type Database,
  openEmbedded,
  readConfig,
} from "@serviceflow/server";
import { afterAll, describe, expect, it } from "vitest";
import { ENGINES, type Engine, testLog } from "./harness/databases.ts";
import { databaseUrl, onServer } from "./harness/postgres.ts";
import { runSql } from "./harness/raw-sql.ts";
import { killServerProcesses, ServerProcess } from "./harness/server-process.ts";
import { testServer } from "./harness/test-server.ts";

const LONG = process.env.LONG === "1";
const REPLICAS = 5;
const ROUNDS = LONG ? 20 : 4;
const SEED_ROUNDS = LONG ? 10 : 1;
const JOURNAL = new URL("../../migrations/meta/_journal.json", import.meta.url);
const MIGRATIONS: number = JSON.parse(readFileSync(JOURNAL, "utf8")).entries.length;
const NOTHING_CHANGED = "There are users already: nothing was changed.\n";

type Environment = Record<string, string>;

const places: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await killServerProcesses();
  for (const remove of places) await remove();
});

/** An environment whose database is empty: no migration has run. */
async function emptyPlace(engine: Engine): Promise<Environment> {
  if (engine === "embedded") {
    const folder = await mkdtemp(join(tmpdir(), "serviceflow-migrate-"));
    places.push(() => rm(folder, { recursive: true, force: true }));
    return { DATA_DIR: join(folder, "data") };
  }
  const server = testServer().postgresUrl;
  const name = `empty_${randomUUID().replaceAll("-", "")}`;
  await onServer(server, (client) => client.query(`create database ${name}`));
  places.push(() =>
    onServer(server, (client) => client.query(`drop database ${name} with (force)`)),
  );
  return { DATABASE_URL: databaseUrl(server, name), DATABASE_POOL_SIZE: "2" };
}

async function open(environment: Environment): Promise<Database> {
  return (await connect(readConfig(environment, false), testLog)).db;
}

/** Opens the database for as long as it takes. */
async function within<T>(
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
async function rewriteHistory(place: Environment, text: string): Promise<void> {
  await within(place, (db) => runSql(db, text), openUnchecked);
}

/** That nothing starts on it, and why not. */
async function expectRefusal(place: Environment, command: string, words: RegExp): Promise<void> {
  await expect(open(place)).rejects.toMatchObject({
    name: "SchemaMismatch",
    message: expect.stringMatching(words),
  });
  // The engine makes no difference to what main prints, and a start of the embedded one is slow.
  if (!place.DATABASE_URL) return;
  const { code, stdout, stderr } = await ServerProcess.run(place, command);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(words);
}

/** What a second migration would add to or change. */
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

/** Counts and marks that no write leaves as they were. */
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
  it(`migrate it once, ${ROUNDS} times over`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const place = await emptyPlace("postgres");
      const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => open(place)));
      const { history, rows } = await schemaOf(replicas[0] as Database);
      await Promise.all(replicas.map((db) => db.close()));
      expect(history).toHaveLength(MIGRATIONS);
      expect(rows).toEqual({ transitions: 4, roles: 3, categories: 1 });
    }
  });

  it("may be processes of their own", async () => {
    const place = await emptyPlace("postgres");
    const ended = await Promise.all(
      Array.from({ length: REPLICAS }, () => ServerProcess.run(place, "migrate")),
    );
    for (const each of ended) {
      expect(each).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining("The database has this build's schema"),
      });
    }
    expect((await within(place, schemaOf)).history).toHaveLength(MIGRATIONS);
  });

  it(`make one demo, ${SEED_ROUNDS} times over`, async () => {
    for (let round = 0; round < SEED_ROUNDS; round += 1) {
      const place = await emptyPlace("postgres");
      const ended = await Promise.all(
        Array.from({ length: 3 }, () => ServerProcess.run(place, "seed")),
      );
      for (const { code, stderr } of ended)
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const winners = ended.filter(({ stdout }) => stdout !== NOTHING_CHANGED);
      expect(winners).toHaveLength(1);
      expect(winners[0]?.stdout.match(/sf_\w{49}/g)).toHaveLength(3);
      expect(await within(place, contentOf)).toMatchObject({ users: 3, requests: 36, keys: 3 });
    }
  });
});

describe.each(ENGINES)("the schema on %s", (engine) => {
  let place: Environment;

  it("is left as it is by a second migration", async () => {
    place = await emptyPlace(engine);
    const first = await within(place, schemaOf);
    expect(first.history).toHaveLength(MIGRATIONS);
    expect(await within(place, schemaOf)).toEqual(first);
  });

  it("gets one demo: a second seed changes nothing, and says so", async () => {
    const first = await ServerProcess.run(place, "seed");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout.match(/sf_\w{49}/g)).toHaveLength(3);
    const content = await within(place, contentOf);
    expect(content).toMatchObject({ users: 3, requests: 36 });
    expect(await ServerProcess.run(place, "seed")).toMatchObject({
      code: 0,
      stdout: NOTHING_CHANGED,
    });
    expect(await within(place, contentOf)).toEqual(content);
  });

  it("is refused, in words, when it is newer than this build, and is left as it is", async () => {
    await rewriteHistory(
      place,
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('of tomorrow', 99999999999999)",
    );
    const before = await within(place, schemaOf, openUnchecked);
    await expectRefusal(
      place,
      "serve",
      /^The database has a newer schema than this build of ServiceFlow knows\. /,
    );
    expect(await within(place, schemaOf, openUnchecked)).toEqual(before);
    await rewriteHistory(
      place,
      "delete from drizzle.__drizzle_migrations where hash = 'of tomorrow'",
    );
  });

  it.each(["min", "max"])(
    "is refused, in words, when its %s migration was edited",
    async (which) => {
      const one = `created_at = (select ${which}(created_at) from drizzle.__drizzle_migrations)`;
      const edit = `update drizzle.__drizzle_migrations set hash = reverse(hash) where ${one}`;
      await rewriteHistory(place, edit);
      await expectRefusal(
        place,
        "migrate",
        /^Migration \d+ in the database is not the one of this build: the file was edited, /,
      );
      await rewriteHistory(place, edit);
      await within(place, async () => {});
    },
  );
});
