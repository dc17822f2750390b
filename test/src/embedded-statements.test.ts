import type { Database } from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { freshDatabase, type TestDatabase } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";

/** A statement as the server has them: its values stand in the order of their placeholders. */
function statementOf(name: string, text: string) {
  return { name, text, bind: (values: readonly unknown[]) => [...values] };
}

describe("the embedded engine keeps statements that have a name", () => {
  let database: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await freshDatabase("embedded");
    db = database.db;
  });
  afterAll(() => database.drop());
  beforeEach(() => runSql(db, "create table things (id int primary key, name text)"));
  afterEach(() => runSql(db, "drop table things"));
  const run = (name: string, text: string, values: readonly unknown[] = []) =>
    db.query<object, readonly unknown[]>(statementOf(name, text), values);
  it("parses one once, however often it runs, and one without a name each time", async () => {
    for (let each = 0; each < 7; each += 1) {
      await run("add", "select $1::int + $2::int as sum", [each, 1]);
      await runSql(db, "select 1");
    }
    const kept = await runSql<object>(
      db,
      `select name, (generic_plans + custom_plans)::int as runs from pg_prepared_statements
       where statement like '%as sum'`,
    );
    expect(kept).toEqual([{ name: "add", runs: 7 }]);
  });

  it.each([
    ["text", "Ж 'quoted' \\ $1", "Ж 'quoted' \\ $1"],
    ["text", null, null],
    ["text", undefined, null],
    ["int", 42, 42],
    ["bool", false, false],
    ["float8", 0.25, 0.25],
    ["bigint", "9007199254740993", 9007199254740993n],
    ["timestamptz", new Date("2026-03-02T09:00:00.120Z"), "2026-03-02T09:00:00.120Z"],
    ["text[]", ["a", "b,c", null], ["a", "b,c", null]],
    ["bytea", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ["jsonb", '{"a":[1]}', { a: [1] }],
  ])("sends and reads %s as the engine itself does: %j", async (type, sent, read) => {
    const text = `select $1::${type} as value`;
    expect(await run(type, text, [sent])).toEqual([{ value: read }]);
    expect(await run(type, text, [sent])).toEqual([{ value: read }]);
    expect(await runSql(db, text, [sent])).toEqual([{ value: read }]);
  });

  it("answers no rows of a statement that has none, and an empty list where none is found", async () => {
    expect(await run("insert", "insert into things values ($1::int)", [1])).toEqual([]);
    expect(await run("find", "select id from things where id = $1::int", [2])).toEqual([]);
    expect(await run("find", "select id from things where id = $1::int", [1])).toEqual([{ id: 1 }]);
  });

  it("goes on after each error, whether of the text, of a value or of a rule", async () => {
    const insert = "insert into things values ($1::int)";
    await run("insert", insert, [1]);
    await expect(run("insert", insert, [1])).rejects.toMatchObject({ code: "23505" });
    await expect(run("insert", insert, ["one"])).rejects.toMatchObject({ code: "22P02" });
    await expect(run("wrong", "select nothing from nowhere")).rejects.toMatchObject({
      code: "42P01",
    });
    await expect(run("wrong", "select nothing from nowhere")).rejects.toMatchObject({
      code: "42P01",
    });
    expect(await run("insert", insert, [2])).toEqual([]);
    expect(await run("all", "select id from things order by id")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("rolls back what a transaction ran by name, and keeps the statements", async () => {
    const insert = statementOf("insert", "insert into things values ($1::int)");
    const failed = db.transaction(async (query) => {
      await query<object, readonly unknown[]>(insert, [1]);
      await query<object, readonly unknown[]>(insert, [1]);
    });
    await expect(failed).rejects.toMatchObject({ code: "23505" });
    expect(await run("any", "select id from things")).toEqual([]);
    await db.transaction(async (query) => {
      await query<object, readonly unknown[]>(insert, [1]);
    });
    expect(await run("any", "select id from things")).toEqual([{ id: 1 }]);
  });

  it("runs nothing amid somebody else's transaction", async () => {
    const { promise: hasInserted, resolve: inserted } = Promise.withResolvers<void>();
    const { promise: others, resolve: othersAsked } = Promise.withResolvers<void>();
    const failed = db.transaction(async (query) => {
      await query(statementOf("first", "insert into things values (1)"), []);
      inserted();
      await others;
      // Time enough for theirs, if they had a turn.
      for (let each = 0; each < 10; each += 1) await query(statementOf("look", "select 1"), []);
      throw new Error("rolled back");
    });
    await hasInserted;
    const second = run("second", "insert into things values (2)");
    const third = runSql(db, "insert into things values (3)");
    othersAsked();
    await expect(failed).rejects.toThrow("rolled back");
    await Promise.all([second, third]);
    expect(await run("all", "select id from things order by id")).toEqual([{ id: 2 }, { id: 3 }]);
  });

  it("plans again after a table has changed, and refuses once where its rows have", async () => {
    await runSql(db, "insert into things values (1, 'a')");
    const named = "select id, name from things";
    const all = "select * from things";
    await run("columns", named);
    await run("any columns", all);
    await runSql(db, "alter table things add column more int default 2");
    expect(await run("columns", named)).toEqual([{ id: 1, name: "a" }]);
    await expect(run("any columns", all)).rejects.toMatchObject({ code: "0A000" });
    expect(await run("any columns", all)).toEqual([{ id: 1, name: "a", more: 2 }]);

    await runSql(db, "alter table things drop column more");
    const amid = db.transaction((query) =>
      query<object, readonly unknown[]>(statementOf("any columns", all), []),
    );
    await expect(amid).rejects.toMatchObject({ code: "0A000" });
    expect(await run("any columns", all)).toEqual([{ id: 1, name: "a" }]);
  });

  it("says of a closed engine that it is closed", async () => {
    const closed = await freshDatabase("embedded");
    await closed.drop();
    const query = closed.db.query(statementOf("one", "select 1 as one"), []);
    await expect(query).rejects.toThrow("PGlite is closed");
  });
});
