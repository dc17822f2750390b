import { randomUUID } from "node:crypto";
import { migrate } from "@serviceflow/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestDatabase } from "./harness/databases.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { waitUntil } from "./harness/waiting.ts";

const REQUESTER = randomUUID();
const FILE = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    created_at, updated_at)
  values ($1, $2, 'Filed meanwhile', '', 'NEW', 'NORMAL', 'general', $3, $3, now(), now())`;

describe("indexes on a table with rows", () => {
  let database: TestDatabase;
  const file = (number: number) => [randomUUID(), number, REQUESTER];

  beforeAll(async () => {
    database = await oldDatabase("postgres", "lists");
    await runSql(
      database.db,
      `insert into users (id, email, full_name, role, kind, created_at)
       values ($1, 'r@example.com', 'R', 'EMPLOYEE', 'HUMAN', now())`,
      [REQUESTER],
    );
    await runSql(database.db, FILE, file(1));
  });
  afterAll(() => database.drop());

  it("are built by one of two replicas while others write, again where a build was broken off", async () => {
    const { db, url } = database;
    const writer = new pg.Client({ connectionString: url as string });
    await writer.connect();
    await writer.query(
      `create index requests_closed_at_id_idx on requests (closed_at, id) where closed_at is not null;
       update pg_index set indisvalid = false where indexrelid = 'requests_closed_at_id_idx'::regclass`,
    );
    await writer.query("begin");
    await writer.query(FILE, file(2));
    const migrated = Promise.all([migrate(db, url), migrate(db, url)]);
    await waitUntil("a build that waits for the writer", async () => {
      const [row] = await runSql<{ n: number }>(
        db,
        `select count(*)::int as n from pg_stat_activity
         where datname = current_database() and query ~ '^(CREATE|DROP) INDEX' and wait_event_type = 'Lock'`,
      );
      return row?.n === 1;
    });
    // A build that locked out writers would make this one wait until the writer ends, and it ends later.
    await runSql(db, FILE, file(3));
    await writer.query("commit");
    await writer.end();
    const names = await migrated;
    expect(names.filter((missing) => missing.length > 0)).toHaveLength(1);

    const indexes = await runSql<{ name: string; valid: boolean }>(
      db,
      `select indexrelid::regclass::text as name, indisvalid as valid from pg_index
       where indrelid = 'requests'::regclass`,
    );
    expect(indexes.filter(({ valid }) => !valid)).toEqual([]);
    expect(indexes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "requests_status_priority_id_idx",
        "requests_assignee_id_status_priority_id_idx",
        "requests_updated_at_id_idx",
        "requests_closed_at_id_idx",
      ]),
    );
    expect(indexes.map(({ name }) => name)).not.toContain("requests_updated_at_idx");
  });
});
