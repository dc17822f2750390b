import { createHash, randomUUID } from "node:crypto";
import {
  type Background,
  createServices,
  formatApiKey,
  maskApiKey,
  migrate,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, caller, fetchOf } from "./harness/test-app.ts";

/** More than a batch of each. */
const REQUESTS = 210;
const USERS = 1_010;
const JOB = "index words for the search";
const agent = randomUUID();
const uuid = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, "0")}`;

describe.each(ENGINES)("what an older build has written, on %s", (engine) => {
  const key = formatApiKey(new Uint8Array(32).fill(7));
  let database: TestDatabase;
  let background: Background;
  let rest: (method: string, path: string, body?: unknown) => Promise<Answer>;

  const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.db, text, values);
  const runJob = () => background.jobs.find(({ name }) => name === JOB)?.run();

  async function search(q: string): Promise<string[]> {
    const { status, body } = await rest("GET", `/requests?limit=100&q=${encodeURIComponent(q)}`);
    expect(status).toBe(200);
    return body.items.map(({ id }: { id: string }) => id);
  }

  /** As an older build would, which knows nothing of the words. */
  function file(first: number, title: string, count = 1): Promise<unknown> {
    return sql(
      `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
         created_at, updated_at)
       select format('01990000-0000-7000-8000-%s', lpad(n::text, 12, '0'))::uuid, n, format('%s %s', $2::text, n), '',
         'NEW', 'NORMAL', 'general', $3::uuid, $3::uuid, now(), now()
       from generate_series($1::int, $1 + $4 - 1) n`,
      [first, title, agent, count],
    );
  }
  function comment(number: number, body: string): Promise<unknown> {
    return sql(
      `insert into comments (id, request_id, author_id, visibility, body, created_at)
       values ($1, $2, $3, 'PUBLIC', $4, now())`,
      [randomUUID(), uuid(number), agent, body],
    );
  }

  beforeAll(async () => {
    database =
      engine === "postgres"
        ? await oldDatabase(engine, "search_words")
        : await freshDatabase(engine);
    await sql(
      `insert into users (id, email, full_name, role, kind, created_at)
       values ($1, 'abe@example.com', 'Abelard Agent', 'AGENT', 'HUMAN', now())`,
      [agent],
    );
    const { prefix, lastFour } = maskApiKey(key);
    await sql(
      `insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, created_at)
       values ($1, $2, 'k', $3, $4, $5, '{requests:read,requests:write}', now())`,
      [randomUUID(), agent, createHash("sha256").update(key).digest(), prefix, lastFour],
    );
    await sql(
      `insert into users (id, email, full_name, role, kind, created_at)
       select gen_random_uuid(), format('n%s@example.com', n), format('Person Number%s', n), 'EMPLOYEE', 'HUMAN', now()
       from generate_series(1, $1::int) n`,
      [USERS],
    );
    await file(1, "Walrus", REQUESTS);
    await comment(3, "with a manatee");
    await sql("select setval('request_number', 2000)");
    if (engine === "postgres") await migrate(database.db, database.url);
    else {
      await sql("delete from words_due");
      await sql(
        "update words_backfill set below = 1000, users_up_to = (select max(id::text)::uuid from users)",
      );
    }
    const made = createServices(database.db, testLog);
    background = made.background;
    const call = caller(fetchOf(made.services));
    rest = (method, path, body) => call(method, path, { as: { id: "", fullName: "", key }, body });
  });
  afterAll(() => database.drop());

  it("is found step by step, the newest first", async () => {
    // The older build reads and writes requests as before; a new database never had the column.
    const left = await sql(
      `select from information_schema.columns where table_name = 'requests' and column_name = 'search'
         and is_generated = 'NEVER' and is_nullable = 'YES'`,
    );
    expect(left).toHaveLength(engine === "postgres" ? 1 : 0);
    // Nothing waits for all of them to be noted.
    expect(await sql("select from words_due")).toEqual([]);
    expect(await search("walrus")).toEqual([]);
    expect(await runJob()).toBe(true);
    const newest = Array.from({ length: 100 }, (_, index) => `SF-${REQUESTS - index}`);
    expect(await search("walrus")).toEqual(newest);
    expect(await search("walrus 7")).toEqual([]);
    while (await runJob());
    expect(await search("walrus 7")).toEqual(["SF-7"]);
    const [named] = await sql("select count(distinct user_id)::int as users from user_words");
    expect(named).toEqual({ users: USERS + 1 });
    expect(await search("walrus manatees")).toEqual(["SF-3"]);
    expect(await search("abelard walrus")).toEqual(newest);
  });

  it("is found as well when it is written later", async () => {
    await file(1_001, "A gazelle");
    await sql("update requests set title = 'An ibex' where number = 5");
    await comment(7, "and a springbok");
    await sql("update users set full_name = 'Heloise Agent' where id = $1", [agent]);
    expect(await search("abelard")).toEqual([]);
    while (await runJob());
    expect(await search("gazelle")).toEqual(["SF-1001"]);
    expect(await search("ibex")).toEqual(["SF-5"]);
    expect(await search("walrus 5")).toEqual([]);
    expect(await search("springbok")).toEqual(["SF-7"]);
    expect(await search("heloise ibex")).toEqual(["SF-5"]);
  });

  it("loses nothing that is written while the words are added", async () => {
    await sql("delete from request_words");
    await sql("update words_backfill set below = 100000");
    const words = Array.from({ length: 24 }, (_, index) => `during${index}x`);
    const writing = words.map(async (word, index) => {
      const id = `SF-${10 + (index % 3)}`;
      const { status } =
        index % 4 === 3
          ? await rest("PATCH", `/requests/${id}`, { description: `now ${word}` })
          : await rest("POST", `/requests/${id}/comments`, { body: word });
      expect(status).toBeLessThan(300);
    });
    const indexing = (async () => {
      while (await runJob());
    })();
    await Promise.all([...writing, indexing]);
    while (await runJob());
    for (const [index, word] of words.entries()) {
      if (index % 4 !== 3)
        expect({ word, found: await search(word) }).toEqual({
          word,
          found: [`SF-${10 + (index % 3)}`],
        });
    }
    expect(await sql("select from words_due")).toEqual([]);
  });

  if (engine === "postgres")
    it("is passed over while it is written, and comes later", async () => {
      await sql("delete from request_words");
      await sql("update words_backfill set below = 100000");
      await onServer(database.url as string, async (client) => {
        await client.query("begin");
        await client.query("update requests set title = 'A dugong' where number = 55");
        while (await runJob());
        expect(await search("walrus 56")).toEqual(["SF-56"]);
        expect(await search("walrus 55")).toEqual([]);
        await client.query("commit");
      });
      while (await runJob());
      expect(await search("dugong")).toEqual(["SF-55"]);
    });

  it("takes requests before users", async () => {
    await sql("insert into words_due (kind, subject_id) select 'USER', id from users");
    await sql("insert into words_due (kind, subject_id) select 'REQUEST', id from requests");
    await runJob();
    expect(await sql("select kind from words_due where kind = 'REQUEST' limit 1")).toHaveLength(1);
    const [users] = await sql("select count(*)::int as waiting from words_due where kind = 'USER'");
    expect(users).toEqual({ waiting: USERS + 1 });
    await sql("delete from words_due");
  });

  it("needs no job for what this build writes", async () => {
    const { body } = await rest("POST", "/requests", { title: "An oryx" });
    await rest("POST", `/requests/${body.id}/comments`, { body: "It limps" });
    await rest("PATCH", `/requests/${body.id}`, { title: "A lame oryx" });
    expect(await sql("select from words_due")).toEqual([]);
    expect(await search("lame limping")).toEqual([body.id]);
  });
});
