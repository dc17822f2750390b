import {
  type StateDifference,
  type StateTableName,
  type StateVerification,
  toPublicId,
  toRequestId,
  toUuid,
} from "@serviceflow/domain";
import { compareState, type Database, StateReport } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { MUTATIONS, stageIn } from "./harness/mutations.ts";
import { invoke } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ID_COLUMNS, LOGGED_COLUMNS, UNLOGGED_COLUMNS } from "./harness/state-columns.ts";
import { openTestApp, type TestApp } from "./harness/test-app.ts";

const TABLES = Object.keys(LOGGED_COLUMNS) as StateTableName[];
const COLUMNS = TABLES.flatMap((table) =>
  Object.entries(LOGGED_COLUMNS[table]).map(([column, [field, value]]) => ({
    table,
    column,
    field,
    value,
  })),
);

describe.each(ENGINES)("tampering with the tables on %s", (engine) => {
  let app: TestApp;
  let db: Database;
  let untouched: StateVerification;
  /** A row of each table that is neither the newest nor made by a migration. */
  const rows = {} as Record<StateTableName, { key: string; id: string }>;

  beforeAll(async () => {
    app = await openTestApp(engine);
    db = app.database.db;
    const stage = stageIn(app);
    for (const { procedure, as, input } of MUTATIONS) {
      await invoke(app, "rest", procedure, await input(stage), { as: app[as] });
    }
    for (let i = 0; i < 3; i += 1) await stage.webhook();
    const { id } = await stage.request("claim");
    await app.call("POST", `/requests/${id}/comments`, { as: app.agent, body: { body: "Noted" } });
    await app.call("POST", `/requests/${id}/comments`, { as: app.admin, body: { body: "Seen" } });
    untouched = await compared();
    expect(untouched).toMatchObject({ matches: true, differences: 0, found: [] });
    await disarm();
    for (const table of TABLES) rows[table] = await rowOf(table);
  });
  afterAll(() => app.close());

  async function compared(): Promise<StateVerification> {
    const report = new StateReport(false);
    await compareState(db, report);
    return report.result();
  }

  /** As a superuser can. */
  async function disarm(): Promise<void> {
    for (const table of TABLES) {
      await runSql(db, `alter table ${table} disable trigger all`);
      const checks = await runSql<{ name: string }>(
        db,
        "select conname as name from pg_constraint where contype = 'c' and conrelid = $1::regclass",
        [table],
      );
      for (const { name } of checks) {
        await runSql(db, `alter table ${table} drop constraint ${name}`);
      }
      await runSql(db, `create table kept_${table} as table ${table}`);
    }
  }

  async function restore(table: StateTableName): Promise<void> {
    const columns = await columnsOf(table);
    const names = columns.join(", ");
    await runSql(db, `delete from ${table}`);
    await runSql(db, `insert into ${table} (${names}) select ${names} from kept_${table}`);
  }

  async function columnsOf(table: StateTableName): Promise<string[]> {
    const found = await runSql<{ name: string }>(
      db,
      "select column_name as name from information_schema.columns where table_name = $1",
      [table],
    );
    return found.map(({ name }) => name);
  }

  function publicId(table: StateTableName, key: string): string {
    const kinds = {
      users: "user",
      api_keys: "apiKey",
      one_time_codes: "code",
      comments: "comment",
      webhooks: "webhook",
    };
    if (table === "categories") return key;
    if (table === "requests") return toRequestId(Number(key));
    return toPublicId(kinds[table] as "user", key);
  }

  async function rowOf(table: StateTableName) {
    const column = ID_COLUMNS[table];
    const made = table === "categories" ? "where slug <> 'general'" : "";
    // The agent and their key have done the most.
    const first =
      table === "users" ? `order by full_name = 'Abe Agent' desc` : `order by ${column}`;
    const [row] = await runSql<{ key: string }>(
      db,
      `select ${column}::text as key from ${table} ${made} ${first} limit 1`,
    );
    const key = row?.key ?? "";
    return { key, id: publicId(table, key) };
  }

  async function differencesAfter(table: StateTableName, sql: string): Promise<StateDifference[]> {
    try {
      await runSql(db, sql);
      const { matches, differences, found } = await compared();
      expect({ matches, differences }).toEqual({ matches: false, differences: found.length });
      return found;
    } finally {
      await restore(table);
    }
  }

  const lastEntryOf = async (id: string) => {
    const [row] = await runSql<{ id: string }>(
      db,
      "select id from audit_logs where subject_id = $1 order by seq desc limit 1",
      [id],
    );
    return row ? toPublicId("auditEntry", row.id) : null;
  };

  it.each(TABLES)("every column of %s is either compared or known not to be", async (table) => {
    const known = [
      ...Object.keys(LOGGED_COLUMNS[table]),
      ...UNLOGGED_COLUMNS[table],
      ID_COLUMNS[table],
    ];
    expect((await columnsOf(table)).sort()).toEqual(known.sort());
  });

  it.each(COLUMNS)("is named: $table $column", async ({ table, column, field, value }) => {
    const { key, id } = rows[table];
    const changed = value.replace(/\bit\b/g, `${table}.${column}`);
    const found = await differencesAfter(
      table,
      `update ${table} set ${column} = ${changed} where ${ID_COLUMNS[table]}::text = '${key}'`,
    );
    const [difference, ...others] = found.filter((each) => each.table === table);
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      table,
      id,
      field,
      problem: "field_differs",
      lastEntryId: await lastEntryOf(id),
    });
    expect(difference?.log).not.toEqual(difference?.state);
  });

  it("is named with both values", async () => {
    const { key, id } = rows.users;
    const found = await differencesAfter(
      "users",
      `update users set role = 'ADMIN', full_name = 'Mallory' where id = '${key}'`,
    );
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id, field: "role", log: "AGENT", state: "ADMIN" }),
        expect.objectContaining({ id, field: "fullName", log: "Abe Agent", state: "Mallory" }),
      ]),
    );
  });

  it.each(TABLES)("is named: a row missing from %s", async (table) => {
    const { key, id } = rows[table];
    const found = await differencesAfter(
      table,
      `delete from ${table} where ${ID_COLUMNS[table]}::text = '${key}'`,
    );
    expect(found.filter((each) => each.table === table)).toEqual([
      {
        table,
        id,
        field: null,
        problem: "row_missing",
        log: null,
        state: null,
        lastEntryId: await lastEntryOf(id),
      },
    ]);
  });

  const NEW_KEYS: Record<StateTableName, string> = {
    users: "00000000-0000-0000-0000-000000000000",
    api_keys: "ffffffff-ffff-ffff-ffff-ffffffffffff",
    one_time_codes: "ffffffff-ffff-ffff-ffff-ffffffffffff",
    categories: "",
    requests: "-5",
    comments: "00000000-0000-0000-0000-000000000000",
    webhooks: "00000000-0000-0000-0000-000000000000",
  };
  const UNIQUE: Partial<Record<StateTableName, object>> = {
    users: { email: "mallory@example.com" },
    api_keys: { hash: `\\x${"00".repeat(32)}` },
    one_time_codes: { hash: `\\x${"00".repeat(32)}` },
    requests: { id: "00000000-0000-0000-0000-000000000000" },
  };

  it.each(TABLES)("is named: a row put into %s", async (table) => {
    const { key } = rows[table];
    const values = JSON.stringify({ [ID_COLUMNS[table]]: NEW_KEYS[table], ...UNIQUE[table] });
    const names = (await columnsOf(table)).join(", ");
    const found = await differencesAfter(
      table,
      `insert into ${table} (${names}) select ${names} from (
         select (jsonb_populate_record(t, '${values}')).* from ${table} t
         where ${ID_COLUMNS[table]}::text = '${key}') as copy`,
    );
    expect(found).toEqual([
      {
        table,
        id: publicId(table, NEW_KEYS[table]),
        field: null,
        problem: "row_unexplained",
        log: null,
        state: null,
        lastEntryId: null,
      },
    ]);
  });

  it.each(["name = 'Particular'", "description = 'x'", "active = false", "version = 2"])(
    "is named in the category that a migration made: %s",
    async (change) => {
      const sql = `update categories set ${change} where slug = 'general'`;
      const [field] = change.split(" ");
      expect(await differencesAfter("categories", sql)).toMatchObject([
        { table: "categories", id: "general", field, lastEntryId: null },
      ]);
      const missing = "delete from categories where slug = 'general'";
      expect(await differencesAfter("categories", missing)).toMatchObject([
        { id: "general", problem: "row_missing" },
      ]);
    },
  );

  it("is named when a deleted webhook is back", async () => {
    const [entry] = await runSql<{ id: string }>(
      db,
      "select subject_id as id from audit_logs where action = 'webhook.deleted'",
    );
    const { key } = rows.webhooks;
    const values = `{"id": "${uuidOf(entry?.id ?? "")}"}`;
    const found = await differencesAfter(
      "webhooks",
      `insert into webhooks select (jsonb_populate_record(w, '${values}')).* from webhooks w where id = '${key}'`,
    );
    expect(found).toMatchObject([{ id: entry?.id, problem: "row_unexplained" }]);
    expect(found[0]?.lastEntryId).toBe(await lastEntryOf(entry?.id ?? ""));
  });

  it("is counted in full, and named up to a hundred times", async () => {
    await runSql(db, "update users set version = version + 1, kind = 'BOT', active = not active");
    await runSql(db, "update requests set version = version + 1, title = 'x', description = 'x'");
    await runSql(
      db,
      "update requests set created_at = now(), updated_at = now(), priority = 'LOW'",
    );
    await runSql(db, "update requests set started_at = now(), closed_at = now(), category = 'x'");
    const { differences, found } = await compared();
    await restore("users");
    await restore("requests");
    expect(differences).toBeGreaterThan(100);
    expect(found).toHaveLength(100);
    expect(await compared()).toEqual(untouched);
  });

  it("is named without private values when they are to be left out", async () => {
    await runSql(db, "update users set full_name = 'Mallory', kind = 'BOT'");
    const report = new StateReport(true);
    await compareState(db, report);
    await restore("users");
    const text = JSON.stringify(report.result());
    expect(text).not.toMatch(/Mallory|Abe Agent/);
    expect(text).toContain('"log":"[redacted]","state":"[redacted]"');
    expect(text).toContain('"log":"HUMAN","state":"BOT"');
  });
});

function uuidOf(webhookId: string): string {
  const found = toUuid("webhook", webhookId);
  if (found === null) throw new Error(`${webhookId} is not a webhook's id`);
  return found;
}
