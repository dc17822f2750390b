import { toUuid } from "@serviceflow/domain";
import { type Database, rebuildStats } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { LONG, ONLY_LONG } from "./harness/long-run.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestAppOn, type TestApp } from "./harness/test-app.ts";

const ROWS = 1_000_000;
const AGENTS = 60;

/** Ten years of a company: 1 % of the requests are open, and every third agent has left. */
const FILL = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    assignee_id, created_at, updated_at, started_at, closed_at)
  select (lpad(to_hex((extract(epoch from filed) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid,
    10000 + i, 'Request ' || i, repeat('Something is broken. ', 10), status,
    case when i % 100 = 1 then 'URGENT' when i % 10 = 2 then 'HIGH' else 'NORMAL' end,
    case when i % 100000 = 3 then 'rare' when i % 301 = 7 then 'some' when i % 5 = 0 then 'it' else 'general' end,
    case when i % 20000 = 5 then $1::uuid else $2::uuid end, $2::uuid,
    case when status <> 'NEW' or i % 2 = 0 then ($3::uuid[])[1 + i % ${AGENTS}] end, filed,
    filed + make_interval(hours => i % 500 * 7919 % 500),
    case when status in ('IN_PROGRESS', 'DONE') then filed end,
    case when status in ('DONE', 'CANCELED') then filed + make_interval(hours => i % 500 * 7919 % 500) end
  from (select i, now() - make_interval(secs => (${ROWS} - i) * 300 + 2000000) as filed,
      case when i % 200 = 9 then 'NEW' when i % 200 = 11 then 'IN_PROGRESS' when i % 50 = 13 then 'CANCELED' else 'DONE' end
        as status
    from generate_series(1, ${ROWS}) as i) as rows`;

/** As the writes would have left them. */
const FILL_PARTICIPANTS = `
  insert into request_participants (user_id, request_id, participated_at, changed_at, unread, unread_internally)
  select person, id, created_at, updated_at, number % 7 = 0, number % 100 = 0 from requests cross join lateral (
    select requester_id union select submitter_id union select assignee_id) as people (person)
  where person is not null`;

/** Every tenth request follows up another one, and a thousand of them the same one. */
const FILL_FOLLOW_UPS = `
  insert into follow_ups (request_id, follows_up_id)
  select later.id, old.id from requests as later join requests as old
    on old.number = case when later.number % 1000 = 10 then 10020 else later.number - 9 end
  where later.number % 10 = 0 and later.number > 10020`;

const FILL_AGENTS = `
  insert into users (id, email, full_name, role, kind, active, created_at)
  select gen_random_uuid(), 'a' || i || '@example.com', 'Agent ' || i, 'AGENT', 'HUMAN', i % 3 > 0, now()
  from generate_series(3, ${AGENTS}) as i returning id`;

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: Node[];
}

interface Asked {
  text: string;
  values: unknown[];
}

/** How many requests one list reads at most: of each range a page, or the budget. */
const PAGE = 21 * 20;
const BUDGET = 13_000;

const LISTS: [who: "admin" | "agent" | "employee", path: string, most: number][] = [
  ["admin", "/requests", PAGE],
  ["admin", "/requests?sort=oldest", PAGE],
  ["admin", "/requests?sort=updated", PAGE],
  ["admin", "/requests?sort=activity", PAGE],
  ["admin", "/requests?sort=priority", PAGE],
  ["admin", "/requests?sort=priority&status=NEW", PAGE],
  ["admin", "/requests?status=NEW&status=IN_PROGRESS", PAGE],
  ["admin", "/requests?status=DONE&sort=oldest", PAGE],
  ["admin", "/requests?category=rare", PAGE],
  ["admin", "/requests?category=rare&category=it", PAGE],
  ["admin", "/requests?category=none", PAGE],
  ["agent", "/requests?assignee=me", PAGE],
  ["agent", "/requests?assignee=me&status=NEW&status=IN_PROGRESS&sort=priority", PAGE],
  ["agent", "/requests?assignee=none&status=NEW&sort=priority", PAGE],
  ["agent", "/requests?assignee=me&assignee=none&status=NEW", PAGE],
  ["admin", "/requests?assignee=unavailable", 21 * 25],
  ["admin", "/requests?assignee=unavailable&status=NEW&status=IN_PROGRESS", 21 * 200],
  ["agent", "/requests?assignee=me&sort=updated", BUDGET],
  ["agent", "/requests?status=NEW&sort=updated", BUDGET],
  ["agent", "/requests?status=DONE&category=rare", BUDGET],
  ["agent", "/requests?status=NEW&category=it&assignee=none", BUDGET],
  ["agent", "/requests?category=rare&sort=updated", BUDGET],
  ["admin", "/requests?closedFrom=2020-01-01T00:00:00Z", BUDGET],
  ["admin", "/requests?closedFrom=2020-01-01T00:00:00Z&closedTo=2020-02-01T00:00:00Z", BUDGET],
  ["admin", "/requests?closedTo=2018-02-01T00:00:00Z&status=CANCELED&sort=oldest", BUDGET],
  ["admin", "/requests?updatedFrom=2030-01-01T00:00:00Z", BUDGET],
  ["admin", "/requests?activeFrom=2020-01-01T00:00:00Z&priority=URGENT", BUDGET],
  ["agent", "/requests?participant=me", PAGE],
  ["agent", "/requests?unread=true", PAGE],
  ["agent", "/requests?unread=true&sort=priority", BUDGET],
  ["agent", "/requests?participant=me&status=NEW&sort=activity", BUDGET],
  ["employee", "/requests?unread=true&sort=activity", BUDGET],
  ["agent", "/requests/SF-10020", 30],
  ["agent", "/requests?include=followsUp,followUps", 2 * PAGE],
  ["employee", "/requests?include=followsUp,followUps", 2 * PAGE],
  ["employee", "/requests", PAGE],
  ["employee", "/requests?sort=updated", BUDGET],
  ["employee", "/requests?sort=priority&status=DONE", BUDGET],
  ["employee", "/requests?status=NEW&category=it", BUDGET],
  ["admin", "/requests/counts?all", 1_100],
  [
    "admin",
    "/requests/counts?new.status=NEW&rare.category=rare&cut.category=it&cut.status=DONE",
    60_000,
  ],
  [
    "agent",
    "/requests/counts?mine.assignee=me&mine.status=NEW&free.assignee=none&left.assignee=unavailable",
    60_000,
  ],
  ["employee", "/requests/counts?all&open.status=NEW&open.status=IN_PROGRESS", BUDGET],
];

/** Of statistics: how many requests they read, and of how many counts they are the sums. */
const STATS: [
  who: "agent" | "employee" | "otherEmployee",
  path: string,
  most: number,
  counts: number,
][] = [
  ["agent", "/requests/stats", 0, 1_000],
  [
    "agent",
    "/requests/stats?createdFrom=2020-01-01T11:00:00Z&createdTo=2024-12-31T05:00:00Z",
    600,
    60_000,
  ],
  ["agent", "/requests/stats?interval=day&timeZone=Asia/Kolkata", 0, 4_000],
  ["agent", "/requests/stats?interval=week&createdFrom=2020-01-01T00:00:00Z", 0, 20_000],
  ["employee", "/requests/stats?interval=day", 2 * 200, 0],
  ["otherEmployee", "/requests/stats", 2 * 10_001, 0],
  ["otherEmployee", "/requests/stats?interval=week&timeZone=America/New_York", 4 * 10_001, 0],
];

const NAME = "lists of 1,000,000 requests";

if (LONG) describe(NAME, lists);
else it(NAME, ({ skip }) => skip(ONLY_LONG));

function lists(): void {
  let app: TestApp;
  const asked: Asked[] = [];

  beforeAll(async () => {
    const database = await freshPostgres();
    const { db } = database;
    const observe = (query: Database["query"]) =>
      new Proxy(query, {
        apply(query, self, [statement, values = {}]) {
          asked.push({ text: statement.text, values: statement.bind(values) });
          return Reflect.apply(query, self, [statement, values]);
        },
      });
    app = await openTestAppOn({
      ...database,
      db: {
        ...db,
        query: observe(db.query),
        points: { query: observe(db.points.query) },
        replicated: { query: observe(db.replicated.query) },
        heavy: { query: observe(db.heavy.query) },
      },
    });
    const { admin, employee, otherEmployee, agent, otherAgent } = app;
    await app.call("POST", "/categories", { as: admin, body: { slug: "rare", name: "Rare" } });
    await app.call("POST", "/categories", { as: admin, body: { slug: "it", name: "IT" } });
    await app.call("POST", "/categories", { as: admin, body: { slug: "some", name: "Some" } });
    const others = await runSql<{ id: string }>(db, FILL_AGENTS);
    const [own, filer, ...held] = [employee, otherEmployee, agent, otherAgent].map(({ id }) =>
      toUuid("user", id),
    );
    const agents = [...held, ...others.map(({ id }) => id)];
    await fill(database.url as string, [own, filer, agents]);
    expect(await rebuildStats(db)).toBe(ROWS);
    await onServer(database.url, (client) => client.query("vacuum analyze"));
  });
  afterAll(() => app?.close());

  it.each(LISTS)(
    "%s asking %s reads %d rows at most, none by a sequential scan",
    async (who, path, most) => {
      asked.length = 0;
      const { status } = await app.call("GET", path, { as: app[who] });
      expect(status).toBe(200);
      const { text, values } = asked.at(-1) as Asked;
      const [row] = await runSql<{ "QUERY PLAN": [{ Plan: Node; "Execution Time": number }] }>(
        app.database.db,
        `explain (analyze, buffers, format json) ${text}`,
        values,
      );
      const [{ Plan: plan, "Execution Time": ms }] = (row as NonNullable<typeof row>)["QUERY PLAN"];
      const scans = nodesOf(plan).filter((node) => node["Relation Name"] === "requests");
      const read = scans.reduce(
        (sum, node) =>
          sum +
          (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"],
        0,
      );
      const blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
      process.stdout.write(
        `${who} ${path}: ${Math.round(read)} rows, ${blocks} blocks, ${ms} ms\n`,
      );
      expect(scans.filter((node) => node["Node Type"] === "Seq Scan")).toEqual([]);
      expect(read).toBeLessThanOrEqual(most);
    },
  );

  it.each(STATS)(
    "%s asking %s reads %d requests and %d counts at most",
    async (who, path, most, counts) => {
      asked.length = 0;
      const { status, body } = await app.call("GET", path, { as: app[who] });
      expect({ status, more: body.more }).toEqual({ status: 200, more: who === "otherEmployee" });
      const { text, values } = asked.at(-1) as Asked;
      const [row] = await runSql<{ "QUERY PLAN": [{ Plan: Node; "Execution Time": number }] }>(
        app.database.db,
        `explain (analyze, buffers, format json) ${text}`,
        values,
      );
      const [{ Plan: plan, "Execution Time": ms }] = (row as NonNullable<typeof row>)["QUERY PLAN"];
      const read = (pattern: RegExp) =>
        nodesOf(plan)
          .filter((node) => pattern.test(node["Relation Name"] ?? ""))
          .reduce(
            (sum, node) =>
              sum +
              (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"],
            0,
          );
      const found = { requests: read(/^requests$/), counts: read(/^request_(counts|flows)$/) };
      process.stdout.write(`${who} ${path}: ${JSON.stringify(found)}, ${ms} ms\n`);
      expect(found.requests).toBeLessThanOrEqual(most);
      expect(found.counts).toBeLessThanOrEqual(counts);
    },
  );

  it("are counted to the last where one of the filters is narrow", async () => {
    const names = {
      urgent: "priority = 'URGENT'",
      high: "priority = 'HIGH'",
      old: "status = 'CANCELED'",
    };
    const query = "urgent.priority=URGENT&high.priority=HIGH&old.status=CANCELED".replaceAll(
      /(\w+)\.\w+=\w+/g,
      "$&&$1.category=some",
    );
    const { body } = await app.call("GET", `/requests/counts?${query}`, { as: app.admin });
    for (const [name, condition] of Object.entries(names)) {
      const [row] = await runSql<{ count: number }>(
        app.database.db,
        `select count(*)::int as count from requests where category = 'some' and ${condition}`,
      );
      expect(row?.count).toBeGreaterThan(20);
      expect({ name, ...body.counts[name] }).toEqual({ name, count: row?.count, more: false });
    }
  });
}

/** Without the triggers that note what is without its words, and without a limit to a statement. */
async function fill(url: string, values: unknown[]): Promise<void> {
  await onServer(url, async (client) => {
    await client.query("alter table requests disable trigger user");
    await client.query(FILL, values);
    await client.query("alter table requests enable trigger user");
    await client.query(FILL_PARTICIPANTS);
    await client.query(FILL_FOLLOW_UPS);
    await client.query("vacuum analyze");
  });
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
