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
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, caller, fetchOf } from "./harness/test-app.ts";

const REQUESTS = 60;
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
  function file(number: number, title: string): Promise<unknown> {
    return sql(
      `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
         created_at, updated_at)
       values ($1, $2, $3, '', 'NEW', 'NORMAL', 'general', $4, $4, now(), now())`,
      [uuid(number), number, title, agent],
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
    for (let number = 1; number <= REQUESTS; number += 1) await file(number, `Walrus ${number}`);
    await comment(3, "with a manatee");
    await sql("select setval('request_number', 2000)");
    if (engine === "postgres") await migrate(database.db, database.url);
    else {
      await sql("delete from words_due where kind = 'REQUEST'");
      await sql("update words_backfill set below = 1000");
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
    expect(await search("walrus")).toEqual([]);
    expect(await runJob()).toBe(true);
    const some = await search("walrus");
    expect(some.length).toBeGreaterThan(0);
    expect(some).toEqual(
      Array.from({ length: some.length }, (_, index) => `SF-${REQUESTS - index}`),
    );
    while (await runJob());
    expect(await search("walrus")).toHaveLength(REQUESTS);
    expect(await search("walrus manatees")).toEqual(["SF-3"]);
    expect(await search("abelard walrus")).toHaveLength(REQUESTS);
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

  it("needs no job for what this build writes", async () => {
    const { body } = await rest("POST", "/requests", { title: "An oryx" });
    await rest("POST", `/requests/${body.id}/comments`, { body: "It limps" });
    await rest("PATCH", `/requests/${body.id}`, { title: "A lame oryx" });
    expect(await sql("select from words_due")).toEqual([]);
    expect(await search("lame limping")).toEqual([body.id]);
  });
});
