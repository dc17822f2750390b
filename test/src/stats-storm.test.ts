import {
  connectPostgres,
  createServices,
  foldStats,
  migrate,
  rebuildStats,
} from "@serviceflow/server";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testLog } from "./harness/databases.ts";
import {
  answeredCounts,
  COUNTED_ROWS,
  type CountedRow,
  liveCounts,
  livePercentiles,
  liveSeries,
} from "./harness/live-stats.ts";
import { LONG } from "./harness/long-run.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf, openTestAppOn, type Person, type TestApp } from "./harness/test-app.ts";

const OLD_REQUESTS = LONG ? 5_000 : 1_100;
const WRITERS = LONG ? 6 : 4;
const COURSES = LONG ? 150 : 4;
/** A build takes many steps. */
const AT_ONCE = 100;

const FILL = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    assignee_id, created_at, updated_at, started_at, closed_at)
  select (lpad(to_hex((extract(epoch from filed) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
    i, 'Request ' || i, '', status, case when i % 7 = 0 then 'HIGH' else 'NORMAL' end, 'general', person, person,
    case when status <> 'NEW' then person end, filed, filed,
    case when status in ('IN_PROGRESS', 'DONE') then filed + make_interval(secs => i % 997 * 61) end,
    case when status in ('DONE', 'CANCELED') then filed + make_interval(secs => i % 997 * 3607) end
  from (select i, now() - make_interval(secs => i * 20011.5) as filed,
      (array['NEW', 'IN_PROGRESS', 'DONE', 'DONE', 'CANCELED'])[1 + i % 5] as status
    from generate_series(1, ${OLD_REQUESTS}) as i) as old
  cross join (select id from users limit 1) as people (person)`;

describe("statistics of a table that an older build has filled", () => {
  let database: TestDatabase;
  let app: TestApp;
  let reader: pg.Client;
  /** Answers from the snapshot of `reader`. */
  let inSnapshot: TestApp;

  const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.db, text, values);

  beforeAll(async () => {
    const old = await oldDatabase("postgres", "request_stats");
    const { url } = old as { url: string };
    const db = connectPostgres({ url, poolSize: 20, preparedStatements: true, log: testLog });
    database = {
      url,
      db,
      async drop() {
        await db.close();
        await old.drop();
      },
    };
    await sql(
      `insert into users (id, email, full_name, role, kind, created_at)
       values (gen_random_uuid(), 'old@example.com', 'Olaf', 'AGENT', 'HUMAN', now())`,
    );
    await sql(FILL);
    await sql(`select setval('request_number', ${OLD_REQUESTS + 1000})`);
    await migrate(db, url);
    app = await openTestAppOn(database);
    reader = new pg.Client({ connectionString: url });
    await reader.connect();
    inSnapshot = snapshotApp();
  });
  afterAll(async () => {
    await reader?.end();
    await app?.close();
  });

  it("are read from it until it is counted", async () => {
    await expectLive();
    expect(await foldStats(database.db, AT_ONCE)).toMatchObject({
      isDone: false,
      counted: AT_ONCE,
    });
    await expectLive();
  });

  it("count each write once, in every snapshot, while others write, fold and rebuild", async () => {
    const { agent, otherAgent, employee, admin } = app;
    let isWriting = true;
    const whileWriting = async (work: () => Promise<unknown>) => {
      while (isWriting) await work();
    };
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      const [mine, other] = writer % 2 === 0 ? [agent, otherAgent] : [otherAgent, agent];
      for (let course = 0; course < COURSES; course += 1) {
        const number = 1 + ((writer * COURSES + course) % OLD_REQUESTS);
        await take(course + writer, { filer: employee, admin, mine, other });
        // As an older replica does.
        await sql(
          "update requests set priority = case priority when 'LOW' then 'HIGH' else 'LOW' end, version = version + 1 where number = $1",
          [number],
        );
      }
    });
    const folding = [1, 2].map(() => whileWriting(() => foldStats(database.db, AT_ONCE)));
    const rebuilding = whileWriting(() => rebuildStats(database.db, { requestsAtOnce: AT_ONCE }));
    let snapshots = 0;
    const comparing = whileWriting(async () => {
      await expectLive();
      snapshots += 1;
    });
    const written = Promise.all(writers).finally(() => {
      isWriting = false;
    });
    await Promise.all([written, ...folding, rebuilding, comparing]);
    expect(snapshots).toBeGreaterThan(1);
    await expectLive();
  });

  it("are the same by every count once they are built again", async () => {
    while (!isDone(await foldStats(database.db, AT_ONCE)));
    expect(await sql("select from request_deltas")).toEqual([]);
    const before = await kept();
    // The one that begins later takes over.
    const rebuilding = [1, 2].map(() => rebuildStats(database.db, { requestsAtOnce: AT_ONCE }));
    const requests = (await sql("select from requests")).length;
    expect(await Promise.all(rebuilding)).toEqual([requests, requests]);
    const after = await kept();
    expect(after.build).not.toBe(before.build);
    expect(after.counts).toEqual(before.counts);
    expect(after.flows).toEqual(before.flows);
    expect(after.flows.length).toBeGreaterThan(100);
    await expectLive();
    while (!isDone(await foldStats(database.db)));
    const builds = await sql(
      "select distinct build from request_counts union select build from request_flows",
    );
    expect(builds).toEqual([{ build: after.build }]);
  });

  const isDone = (folded: Awaited<ReturnType<typeof foldStats>>) =>
    folded !== "busy" && folded.isDone;

  /** One course of a request through the API. */
  async function take(
    course: number,
    { filer, admin, mine, other }: Record<"filer" | "admin" | "mine" | "other", Person>,
  ): Promise<void> {
    const body = { title: "Some title", priority: course % 3 === 0 ? "URGENT" : "NORMAL" };
    const { id } = (await app.call("POST", "/requests", { as: filer, body })).body;
    const reason = "Because.";
    const steps: [string, string, Person, object?][] = [
      ["POST", "claim", mine],
      ["PATCH", "status", mine, { status: "IN_PROGRESS" }],
      ["PUT", "assignee", admin, { assigneeId: other.id, reason }],
      ["PATCH", "", other, { priority: "LOW" }],
      ["PATCH", "status", other, { status: "DONE" }],
    ];
    for (const [method, path, as, change] of steps.slice(0, 1 + (course % steps.length))) {
      const { status } = await app.call(method, `/requests/${id}/${path}`.replace(/\/$/, ""), {
        as,
        body: change,
      });
      expect({ path, status }).toEqual({ path, status: 200 });
    }
  }

  /** That what is answered in one snapshot is what the table holds in it. */
  async function expectLive(): Promise<void> {
    await reader.query("begin isolation level repeatable read read only");
    try {
      const { rows } = await reader.query<CountedRow>(COUNTED_ROWS);
      const day = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
      for (const period of [{}, { createdFrom: day(200), createdTo: day(0.01) }]) {
        const query = new URLSearchParams({
          ...period,
          ...("createdFrom" in period ? { interval: "day", timeZone: "Asia/Kathmandu" } : {}),
        });
        const answer = await inSnapshot.call("GET", `/requests/stats?${query}`, { as: app.agent });
        expect(answer.status).toBe(200);
        expect(answeredCounts(answer.body)).toEqual(liveCounts(rows, period));
        for (const [field, until] of [
          ["timeToStart", "started_at"],
          ["timeToClose", "closed_at"],
        ] as const) {
          const exact = livePercentiles(rows, until, period);
          for (const share of ["p50", "p90"] as const) {
            const found = answer.body[field][share];
            expect(Math.abs(found - (exact[share] ?? 0))).toBeLessThanOrEqual(
              (exact[share] ?? 0) * 0.0101,
            );
          }
        }
        const { series } = answer.body;
        if (series === null) continue;
        const flows = series.map(({ created, closed }: Record<string, number>) => ({
          created,
          closed,
        }));
        expect(flows.slice(0, -1)).toEqual(liveSeries(rows, series).slice(0, -1));
      }
    } finally {
      await reader.query("commit");
    }
  }

  function snapshotApp(): TestApp {
    const query = async (
      statement: { text: string; bind(values: unknown): unknown[] },
      values = {},
    ) => (await reader.query(statement.text, statement.bind(values))).rows;
    const db = { ...database.db, heavy: { query } } as typeof database.db;
    return { ...app, call: caller(fetchOf(createServices(db, testLog).services)) };
  }

  /** The counts that statistics are read from. */
  async function kept() {
    const [latest] = await sql<{ build: number }>(
      "select max(build) as build from stats_builds where complete",
    );
    const build = latest?.build ?? 0;
    const counts = await sql(
      "select grain, block, kind, key, count from request_counts where build = $1 and count <> 0 order by 1, 2, 3, 4",
      [build],
    );
    const flows = await sql(
      `select grain, block, created, closed from request_flows
       where build = $1 and (created <> 0 or closed <> 0) order by 1, 2`,
      [build],
    );
    return { build, counts, flows };
  }
});
