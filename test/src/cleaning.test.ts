import { toUuid } from "@serviceflow/domain";
import { type Background, createServices, type Database } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ENGINES,
  type Engine,
  freshDatabase,
  freshPostgres,
  type TestDatabase,
  testLog,
} from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp } from "./harness/test-app.ts";

/** Of each kind, and no multiple of a batch. */
const OLD = LONG ? 2_000_000 : 4_321;
const MAX_BATCH = 2_000;
const HOOK = "'01990000-0000-7000-8000-000000000001'";

/** Counts the rows that each statement removes from a table. */
const count = (table: string) => [
  `create table removed_${table} (count int)`,
  `create function count_${table}() returns trigger language plpgsql as $$ begin
     insert into removed_${table} select count(*) from gone; return null; end $$`,
  `create trigger count_removed after delete on ${table} referencing old table as gone
     for each statement execute function count_${table}()`,
];

const KEYS = (from: string, to: string, age: string) => `
  insert into idempotency_keys select gen_random_uuid(), 'k' || i, '', '{}', false, now() - interval '${age}' - i % 86400 * interval '1 second'
  from generate_series(${from}, ${to}) as i`;

const DELIVERIES = (count: number, status: string, age: string) => `
  insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, status, created_at, next_attempt_at)
  select gen_random_uuid(), ${HOOK}, i, gen_random_uuid(), 'request.created', '${status}',
    now() - interval '${age}' - i % 86400 * interval '1 second', case when '${status}' = 'PENDING' then now() end
  from generate_series(1, ${count}) as i`;

const WEBHOOK = `
  insert into webhooks (id, url, description, event_types, include_internal, active, secret, position, created_at)
  values (${HOOK}, 'https://bot.example.com', '', '{}', false, false, '', 0, now())`;

const OWNER = "'01990000-0000-7000-8000-000000000002'";

const SESSIONS = (count: number, from: string, expired: string, revoked: string) => `
  insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, created_at, session_from, idle_ends_at,
    expires_at, revoked_at)
  select gen_random_uuid(), ${OWNER}, 'Browser', sha256(gen_random_uuid()::text::bytea), 'sf', 'x', '{admin}',
    now() - interval '90 days', session_from, case when session_from is not null then now() end,
    now() - ${expired} - i % 86400 * interval '1 second', now() - ${revoked}
  from generate_series(1, ${count}) as i, (values (${from})) as s (session_from)`;

const KINDS = [
  {
    job: "remove sessions that ended long ago",
    table: "api_keys",
    fill: [
      `insert into users (id, email, full_name, role, kind, active, created_at)
        values (${OWNER}, 'o@example.com', 'O', 'EMPLOYEE', 'HUMAN', true, now())`,
      SESSIONS(OLD, "'OIDC'", "interval '31 days'", "null::interval"),
      SESSIONS(7, "'API_KEY'", "interval '-5 days'", "interval '31 days'"),
      // Keys stay however old they are, and sessions for a month.
      SESSIONS(3, "null", "interval '31 days'", "interval '31 days'"),
      SESSIONS(5, "'OIDC'", "interval '-5 days'", "interval '29 days'"),
      SESSIONS(11, "'OIDC'", "interval '28 days'", "null::interval"),
    ],
    left: { keys: 3, sessions: 16 },
    leftOf: `select count(*) filter (where session_from is null)::int as keys,
      count(session_from)::int as sessions from api_keys`,
    due: "expires_at < now() - interval '31 days' and session_from is not null",
  },
  {
    job: "remove expired idempotency keys",
    table: "idempotency_keys",
    fill: [KEYS("1", `${OLD}`, "2 days"), KEYS("1", "5", "23 hours")],
    left: { keys: 5 },
    leftOf: "select count(*)::int as keys from idempotency_keys",
    due: "created_at < now() - interval '35 hours'",
  },
  {
    job: "remove old webhook deliveries",
    table: "webhook_deliveries",
    fill: [
      WEBHOOK,
      // What is pending stays, and stands between what goes.
      DELIVERIES(OLD, "PENDING", "40 days"),
      DELIVERIES(OLD, "DELIVERED", "40 days"),
      DELIVERIES(7, "FAILED", "40 days"),
      DELIVERIES(11, "DELIVERED", "29 days"),
    ],
    left: { pending: OLD, ended: 11 },
    leftOf: `select count(*) filter (where status = 'PENDING')::int as pending,
      count(*) filter (where status <> 'PENDING')::int as ended from webhook_deliveries`,
    due: "created_at < now() - interval '35 hours' and status <> 'PENDING'",
  },
] as const;

describe.each(LONG ? (["postgres"] as const) : ENGINES)("cleaning up on %s", (engine: Engine) => {
  describe.each(KINDS)("the job to $job", ({ job, table, fill, left, leftOf }) => {
    let database: TestDatabase;
    let db: Database;
    let background: Background;

    beforeAll(async () => {
      database = await freshDatabase(engine);
      db = database.db;
      background = createServices(db, testLog).background;
      for (const sql of count(table)) await runSql(db, sql);
      await bulk(database, fill);
    });
    afterAll(async () => {
      await background.stop();
      await database.drop();
    });

    const run = (of: Background) => of.jobs.find(({ name }) => name === job)?.run();

    it("does nothing once it has been stopped", async () => {
      const stopped = createServices(db, testLog).background;
      await stopped.stop();
      await expect(run(stopped)).rejects.toMatchObject({ name: "AbortError" });
      expect(await runSql(db, `select * from removed_${table}`)).toEqual([]);
    });

    it("removes a backlog of any size, in batches", async () => {
      await run(background);
      expect(await runSql(db, leftOf)).toEqual([left]);
      const [removed] = await runSql<{ most: number; batches: number }>(
        db,
        `select max(count)::int as most, count(*)::int as batches from removed_${table}`,
      );
      expect(removed?.most).toBeLessThanOrEqual(MAX_BATCH);
      expect(removed?.batches).toBeGreaterThan(OLD / MAX_BATCH);
    });
  });
});

it.each(ENGINES)(
  "a webhook is deleted at once, and its deliveries later, in batches, on %s",
  async (engine) => {
    const app = await openTestApp(engine);
    const { db } = app.database;
    const create = async () => {
      const body = { url: "https://bot.example.com" };
      return (await app.call("POST", "/webhooks", { as: app.admin, body })).body.id as string;
    };
    const [gone, kept] = [await create(), await create()];
    await bulk(app.database, [
      `insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, status, created_at, next_attempt_at)
     select gen_random_uuid(), w.id, i, gen_random_uuid(), 'request.created', status, now(),
       case when status = 'PENDING' then now() end
     from webhooks w, generate_series(1, ${OLD}) as i, (values ('PENDING'), ('DELIVERED')) as s (status)`,
      ...count("webhook_deliveries"),
    ]);
    expect((await app.call("DELETE", `/webhooks/${gone}`, { as: app.admin })).status).toBe(200);
    expect(await runSql(db, "select * from removed_webhook_deliveries")).toEqual([]);
    const listed = await app.call("GET", `/webhooks/${gone}/deliveries`, { as: app.admin });
    expect(listed.status).toBe(404);
    const { background } = createServices(db, testLog);
    await background.jobs.find(({ name }) => name === "remove old webhook deliveries")?.run();
    const left = await runSql<{ id: string; count: number }>(
      db,
      "select webhook_id as id, count(*)::int as count from webhook_deliveries group by webhook_id",
    );
    expect(left).toEqual([{ id: toUuid("webhook", kept), count: 2 * OLD }]);
    const [removed] = await runSql<{ most: number }>(
      db,
      "select max(count)::int as most from removed_webhook_deliveries",
    );
    expect(removed?.most).toBeLessThanOrEqual(MAX_BATCH);
    await app.close();
  },
);

describe.each(KINDS)(
  "two replicas at once that $job",
  ({ job, fill, left, leftOf, table, due }) => {
    it("do not wait for one another", async () => {
      const database = await freshPostgres();
      const { url, db } = database;
      await bulk(database, fill);
      const replicas = [createServices(db, testLog), createServices(db, testLog)];
      const work = replicas.map(({ background }) =>
        background.jobs.find(({ name }) => name === job),
      );
      // What a third one is removing at this moment is left to it.
      await onServer(url, async (client) => {
        await client.query("begin");
        const { rowCount } = await client.query(
          `select 1 from ${table} where ${due} limit 10 for update`,
        );
        expect(rowCount).toBe(10);
        await Promise.all(work.map((each) => each?.run()));
        const kept = Object.values(left).reduce((sum, each) => sum + each, 0);
        const { rows } = await client.query(`select count(*)::int as count from ${table}`);
        expect(rows).toEqual([{ count: kept + 10 }]);
        await client.query("rollback");
      });
      await work[0]?.run();
      expect(await runSql(db, leftOf)).toEqual([left]);
      await database.drop();
    });
  },
);

/** Without the limits of a pool of the server. */
async function bulk({ url, db }: TestDatabase, statements: readonly string[]): Promise<void> {
  if (url === null) for (const sql of statements) await runSql(db, sql);
  else
    await onServer(url, async (client) => {
      for (const sql of statements) await client.query(sql);
    });
}
