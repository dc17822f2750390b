import { isLegalTransition, ROLES, STATUSES, TRANSITIONS } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { runSql, sqlStateOf } from "./harness/raw-sql.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const RESTRICTED = "23001";
const CHECKED = "23514";
const UNIQUE = "23505";
const FOREIGN = "23503";

/** A row that every check accepts, to be broken in one place. */
const TABLES = {
  requests: {
    id: "gen_random_uuid()",
    number: "nextval('request_number')",
    title: "'Some title'",
    description: "''",
    status: "'NEW'",
    priority: "'LOW'",
    category: "'general'",
    requester_id: "(select id from users where role = 'EMPLOYEE' limit 1)",
    submitter_id: "(select id from users where role = 'EMPLOYEE' limit 1)",
    assignee_id: "null",
    created_at: "now()",
    updated_at: "now()",
    started_at: "null",
    closed_at: "null",
  },
  users: {
    id: "gen_random_uuid()",
    email: "gen_random_uuid() || '@example.com'",
    full_name: "'Somebody'",
    role: "'AGENT'",
    kind: "'HUMAN'",
    created_at: "now()",
  },
  comments: {
    id: "gen_random_uuid()",
    request_id: "(select id from requests limit 1)",
    author_id: "(select id from users limit 1)",
    visibility: "'PUBLIC'",
    body: "'Hello'",
    created_at: "now()",
  },
  api_keys: {
    id: "gen_random_uuid()",
    user_id: "(select id from users limit 1)",
    name: "'K'",
    hash: "sha256(gen_random_uuid()::text::bytea)",
    prefix: "'sf_xxxx'",
    last_four: "'xxxx'",
    scopes: "'{admin}'",
    created_at: "now()",
  },
} as const;
type Table = keyof typeof TABLES;

const BROKEN: [Table, Record<string, string>, string][] = [
  ["requests", { status: "'OPEN'" }, CHECKED],
  ["requests", { priority: "'MEDIUM'" }, CHECKED],
  ["requests", { title: "'a'" }, CHECKED],
  ["requests", { title: "repeat('x', 201)" }, CHECKED],
  ["requests", { description: "repeat('x', 10001)" }, CHECKED],
  ["requests", { status: "'IN_PROGRESS'", started_at: "now()" }, CHECKED],
  ["requests", { status: "'IN_PROGRESS'", assignee_id: "(select id from users limit 1)" }, CHECKED],
  ["requests", { status: "'DONE'" }, CHECKED],
  ["requests", { status: "'CANCELED'" }, CHECKED],
  ["requests", { closed_at: "now()" }, CHECKED],
  ["requests", { category: "'nothing'" }, FOREIGN],
  ["requests", { requester_id: "gen_random_uuid()" }, FOREIGN],
  ["requests", { assignee_id: "gen_random_uuid()" }, FOREIGN],
  ["requests", { number: "(select max(number) from requests)" }, UNIQUE],
  ["users", { role: "'OWNER'" }, CHECKED],
  ["users", { kind: "'CAT'" }, CHECKED],
  ["users", { email: "'Big@example.com'" }, CHECKED],
  ["users", { email: "(select min(email) from users)" }, UNIQUE],
  ["comments", { visibility: "'SECRET'" }, CHECKED],
  ["comments", { body: "''" }, CHECKED],
  ["comments", { body: "repeat('x', 10001)" }, CHECKED],
  ["comments", { request_id: "gen_random_uuid()" }, FOREIGN],
  ["api_keys", { hash: "'short'" }, CHECKED],
  ["api_keys", { hash: "(select hash from api_keys limit 1)" }, UNIQUE],
  ["api_keys", { user_id: "gen_random_uuid()" }, FOREIGN],
];

const STATUS_PAIRS = STATUSES.flatMap((from) => STATUSES.map((to) => ({ from, to })));

describe.each(ENGINES)("the database %s protects itself", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const body = { title: "Some title" };
    await app.call("POST", "/requests", { as: app.employee, body });
  });
  afterAll(() => app.close());

  function insert(table: Table, changes: Record<string, string> = {}): string {
    const row: Record<string, string> = { ...TABLES[table], ...changes };
    return `insert into ${table} (${Object.keys(row)}) values (${Object.values(row).join(", ")})`;
  }

  it.each([
    "update audit_logs set action = 'tampered'",
    "update audit_logs set seq = default",
    "delete from audit_logs",
    "delete from audit_logs where action = 'request.created'",
    "truncate audit_logs",
    "truncate users cascade",
    "truncate api_keys",
    "truncate requests cascade",
    "insert into audit_logs overriding system value select * from audit_logs on conflict (id) do update set action = 'x'",
  ])("against: %s", async (statement) => {
    const { db } = app.database;
    const log = () => runSql(db, "select * from audit_logs order by seq");
    const before = await log();
    expect(await sqlStateOf(db, statement)).toBe(RESTRICTED);
    expect(before.length).toBeGreaterThan(5);
    expect(await log()).toEqual(before);
  });

  it.each([
    "delete from api_keys where id in (select api_key_id from audit_logs)",
    "delete from requests where id in (select service_request_id from audit_logs)",
    "delete from users where id in (select actor_id from audit_logs)",
  ])("against losing what the log tells of: %s", async (statement) => {
    await app.call("POST", "/requests", { as: app.employee, body: { title: "Lamp" } });
    expect(await sqlStateOf(app.database.db, statement)).toBe(FOREIGN);
  });

  it("until a session has ended for a month", async () => {
    const { db } = app.database;
    const headers = { "sec-fetch-site": "same-origin" };
    const started = await app.call("POST", "/session", { as: app.employee, headers });
    const cookie = started.headers.get("set-cookie")?.split(";")[0] as string;
    const body = { title: "From a page" };
    const filed = await app.call("POST", "/requests", { headers: { ...headers, cookie }, body });
    expect(filed.status).toBe(201);
    const lose = async (condition: string) => {
      await runSql(db, `update api_keys set ${condition} where session_from is not null`);
      return sqlStateOf(db, "delete from api_keys where session_from is not null");
    };
    expect(await lose("revoked_at = null")).toBe(FOREIGN);
    expect(await lose("revoked_at = now() - interval '28 days'")).toBe(FOREIGN);
    expect(await lose("revoked_at = now() - interval '30 days'")).toBeNull();
  });

  it("even in a session that disables ordinary triggers", async () => {
    const { db } = app.database;
    const attempt = `do $$ begin
      set local session_replication_role = replica;
      delete from audit_logs;
    end $$`;
    expect(await sqlStateOf(db, attempt)).toBe(RESTRICTED);
  });

  it.each(STATUS_PAIRS)("with the domain's rule for $from -> $to", async ({ from, to }) => {
    const { db } = app.database;
    const fields = (status: string) => ({
      status: `'${status}'`,
      assignee_id: "(select id from users limit 1)",
      started_at: "now()",
      closed_at: status === "DONE" || status === "CANCELED" ? "now()" : "null",
    });
    const id = crypto.randomUUID();
    await runSql(db, insert("requests", { ...fields(from), id: `'${id}'` }));
    const changes = Object.entries(fields(to)).map(([column, value]) => `${column} = ${value}`);
    const refused = await sqlStateOf(db, `update requests set ${changes} where id = '${id}'`);
    expect(refused).toBe(from === to || isLegalTransition(from, to) ? null : CHECKED);
  });

  it("with the domain's own roles and transitions", async () => {
    const { db } = app.database;
    const roles = await runSql<{ name: string }>(db, "select name from roles");
    expect(roles.map(({ name }) => name).sort()).toEqual([...ROLES].sort());
    const legal = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
      targets.map((to) => `${from} -> ${to}`),
    );
    const rows = await runSql<{ pair: string }>(
      db,
      "select from_status || ' -> ' || to_status as pair from status_transitions",
    );
    expect(rows.map(({ pair }) => pair).sort()).toEqual(legal.sort());
  });

  it.each(Object.keys(TABLES) as Table[])("and accepts a valid row of %s", async (table) => {
    expect(await sqlStateOf(app.database.db, insert(table))).toBeNull();
  });

  it.each(BROKEN)("against a row of %s with %o", async (table, changes, state) => {
    expect(await sqlStateOf(app.database.db, insert(table, changes))).toBe(state);
  });
});

describe.each(ENGINES)("a named statement on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const ask = <Row>(name: string, text: string, values: unknown[] = []) =>
    app.database.db.query<Row, unknown[]>({ name, text, bind: (given) => given }, values);

  it("answers its rows, each time, with their types", async () => {
    const text = `
      select n, n::text as "a text", case when n > 1 then n end as gap, n = 2 as two, array[n, 7] as many,
        json_build_object('n', n) as tree, '2026-03-02T10:00:00.5+01:00'::timestamptz as at
      from generate_series(1, $1::int) as n`;
    for (const count of [0, 2, 2, 500, 1]) {
      const rows = await ask<object>("typed", text, [count]);
      expect(rows).toHaveLength(count);
      rows.forEach((row, index) => {
        const n = index + 1;
        expect(row).toEqual({
          n,
          "a text": String(n),
          gap: n > 1 ? n : null,
          two: n === 2,
          many: [n, 7],
          tree: { n },
          at: "2026-03-02T09:00:00.500Z",
        });
      });
    }
  });

  it("goes on after a refusal, and after its columns have changed", async () => {
    const { db } = app.database;
    await runSql(db, "create table shapes (a int, b text)");
    await runSql(db, "insert into shapes values (1, 'x')");
    const all = () => ask<object>("shapes", "select * from shapes");
    expect(await all()).toEqual([{ a: 1, b: "x" }]);
    await expect(ask("shapes_divided", "select 1 / (a - 1) from shapes")).rejects.toThrow("zero");
    expect(await all()).toEqual([{ a: 1, b: "x" }]);
    await runSql(
      db,
      "alter table shapes add column c boolean default true, alter column a type text",
    );
    // PostgreSQL refuses a plan for other rows once, on each connection that has it.
    const outcomes = new Set<string>();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      outcomes.add(await all().then(JSON.stringify, () => "refused"));
    }
    outcomes.delete("refused");
    expect([...outcomes]).toEqual(['[{"a":"1","b":"x","c":true}]']);
    expect(await all()).toEqual([{ a: "1", b: "x", c: true }]);
  });
});
