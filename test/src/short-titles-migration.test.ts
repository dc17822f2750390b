import { randomUUID } from "node:crypto";
import { migrate } from "@serviceflow/server";
import { expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql, sqlStateOf } from "./harness/raw-sql.ts";

const CHECKED = "23514";
const INSERT = `insert into requests (id, number, title, description, status, priority, category,
    requester_id, submitter_id, created_at, updated_at)
  select gen_random_uuid(), nextval('request_number'), $1, '', 'NEW', 'LOW', 'general', id, id, now(), now()
  from users`;

it.each(ENGINES)(
  "the migration to shorter titles checks old and new ones on %s",
  async (engine) => {
    const { db, url, drop } = await oldDatabase(engine, "short_titles");
    try {
      const values = [randomUUID(), "ada@example.com", "Ada", "ADMIN", "HUMAN"];
      await runSql(
        db,
        "insert into users (id, email, full_name, role, kind, created_at) values ($1, $2, $3, $4, $5, now())",
        values,
      );
      await runSql(db, INSERT, ["Old"]);
      expect(await sqlStateOf(db, INSERT.replace("$1", "'ab'"))).toBe(CHECKED);
      await migrate(db, url);
      await runSql(db, INSERT, ["ab"]);
      expect(await sqlStateOf(db, INSERT.replace("$1", "'a'"))).toBe(CHECKED);
      const pending = "select conname from pg_constraint where not convalidated";
      expect(await runSql(db, pending)).toEqual([]);
    } finally {
      await drop();
    }
  },
);
