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
    "insert into audit_logs overriding system value select * from audit_logs on conflict (id) do update set action = 'x'",
  ])("against: %s", async (statement) => {
    const { db } = app.database;
    const log = () => runSql(db, "select * from audit_logs order by seq");
    const before = await log();
    expect(await sqlStateOf(db, statement)).toBe(RESTRICTED);
    expect(before.length).toBeGreaterThan(5);
    expect(await log()).toEqual(before);
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
