import { toUuid } from "@serviceflow/domain";
import {
  compareState,
  createServices,
  type Database,
  StateReport,
  sealBatch,
  verifyLog,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { onServer } from "./harness/local-postgres.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestAppOn, type Person, type TestApp } from "./harness/test-app.ts";
import { waitUntil } from "./harness/waiting.ts";

interface Asked {
  text: string;
  values: unknown[];
}

interface PlanNode {
  "Node Type": string;
  "Plan Rows": number;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

interface RunNode extends PlanNode {
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: RunNode[];
}

const ROWS = 20_000;
/** So many rows of a small table are sorted rather than read by an index. */
const FEW = 20;

/** Three years of a company: most requests are done, few are new, urgent or one's own. */
const FILL = `
  insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
    assignee_id, created_at, updated_at, started_at, closed_at)
  select ('01990000-' || lpad(to_hex(i), 4, '0') || '-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 10000 + i,
    'Request ' || i, case when i % 5000 = 0 then 'A telescope for the roof' else 'Something else' end,
    status, case when i % 100 = 1 then 'URGENT' else 'NORMAL' end, case when i % 200 = 3 then 'rare' else 'general' end,
    case when i % 300 = 5 then $1::uuid else $2::uuid end, $2::uuid,
    case when status = 'NEW' then null when i % 300 = 7 then $3::uuid else $4::uuid end, moment, moment,
    case when status <> 'NEW' then moment end, case when status = 'DONE' then moment end
  from (select i, now() - make_interval(hours => ${ROWS} - i) as moment,
      case when i % 100 = 9 then 'NEW' when i % 100 = 11 then 'IN_PROGRESS' else 'DONE' end as status
    from generate_series(1, ${ROWS}) as i) as rows`;

const FILL_WORDS = `
  insert into request_words (request_id, part, number, version, words)
  select id, 0, number, version, to_tsvector('simple', title || ' ' || description) || format(
    '%L %L %L %L', '@a' || (number >> 10), '@b' || (number >> 13), '@c' || (number >> 16),
    '@r' || replace(requester_id::text, '-', ''))::tsvector
  from requests`;

const FILL_LOG = `
  insert into audit_logs (id, actor_id, action, subject_type, subject_id, service_request_id, changes, internal,
    request_id, occurred_at)
  select gen_random_uuid(), requester_id, 'request.created', 'request', 'SF-' || number, id, '{}', false, 'x', created_at
  from requests`;

const FILL_PARTICIPANTS = `
  insert into request_participants (user_id, request_id, participated_at, unread, unread_internally)
  select distinct on (person, id) person, id, created_at, number % 400 = 7, number % 500 = 7
  from requests, lateral (values (requester_id), (assignee_id)) as people (person) where person is not null`;

/** Two requests with 100 each, and as many others with one. */
const FILL_FOLLOW_UPS = `
  insert into follow_ups (request_id, follows_up_id)
  select id, (select id from requests where number = case when i % 100 < 2 then 10500 + i % 100 else 10000 + i end)
  from (select id, number - 20000 as i from requests where number > 20000) as later`;

const FILL_COMMENTS = `
  insert into comments (id, request_id, author_id, visibility, body, created_at)
  select gen_random_uuid(), id, requester_id, 'PUBLIC', 'Hello', created_at from requests`;

/** To five webhooks that were deleted, in turn. */
const FILL_DELIVERIES = `
  insert into webhook_deliveries (id, webhook_id, position, event_id, event_type, status, created_at)
  select gen_random_uuid(), ('01990000-0000-7000-8000-00000000000' || i % 5)::uuid, i, gen_random_uuid(),
    'request.created', 'DELIVERED', now() from generate_series(1, ${ROWS}) as i`;

type Query = Database["query"];

/** Sessions of one user that have ended, and ended by themselves. */
const FILL_SESSIONS = `
  insert into api_keys (id, user_id, name, hash, prefix, last_four, scopes, session_from, created_at, idle_ends_at,
    expires_at, revoked_at)
  select gen_random_uuid(), $1, 'Old', sha256(n::text::bytea), 'sfs_old', 'old', '{admin}', 'API_KEY',
    now() - interval '40 days', now() - interval '39 days', now() - interval '10 days',
    case when n % 2 = 0 then now() - interval '35 days' end
  from generate_series(1, 20000) as n`;

describe("a page of a list among 20,000 rows", () => {
  let app: TestApp;
  const asked: Asked[] = [];

  beforeAll(async () => {
    const database = await freshPostgres();
    const { db } = database;
    const observe = (query: Query) =>
      new Proxy(query, {
        apply(query, self, [statement, values = {}]) {
          asked.push({ text: statement.text, values: statement.bind(values) });
          return Reflect.apply(query, self, [statement, values]);
        },
      });
    const observed: Database = {
      ...db,
      query: observe(db.query),
      points: { query: observe(db.points.query) },
      replicated: { query: observe(db.replicated.query) },
      heavy: { query: observe(db.heavy.query) },
      batches: { query: observe(db.batches.query) },
    };
    app = await openTestAppOn({ ...database, db: observed });
    const { admin, employee, otherEmployee, agent, otherAgent } = app;
    await app.call("POST", "/categories", { as: admin, body: { slug: "rare", name: "Rare" } });
    const people = [employee, otherEmployee, agent, otherAgent].map(({ id }) => toUuid("user", id));
    await runSql(db, "alter table requests disable trigger requests_uncounted_inserted");
    await runSql(db, FILL, people);
    await runSql(db, "alter table requests enable trigger requests_uncounted_inserted");
    await runSql(db, FILL_WORDS);
    await runSql(db, FILL_LOG);
    await runSql(
      db,
      "insert into audit_private_values select id, '{}' from audit_logs on conflict do nothing",
    );
    await runSql(db, FILL_PARTICIPANTS);
    await runSql(db, FILL_COMMENTS);
    await runSql(db, FILL_FOLLOW_UPS);
    await runSql(db, FILL_SESSIONS, [toUuid("user", employee.id)]);
    while ((await sealBatch(db, new Date())) > 0);
    await runSql(db, "vacuum analyze");
  });
  afterAll(() => app.close());

  it.each([
    ["employee", "/requests", ["requests_requester_id_id_idx"]],
    ["agent", "/requests", ["requests_pkey"]],
    ["agent", "/requests?createdFrom=2026-01-01T00:00:00Z", ["requests_pkey"]],
    ["agent", "/requests?status=NEW", ["requests_status_id_idx"]],
    ["agent", "/requests?status=NEW&status=IN_PROGRESS", ["requests_status_id_idx"]],
    ["agent", "/requests?priority=URGENT", ["requests_priority_id_idx"]],
    ["agent", "/requests?category=rare", ["requests_category_id_idx"]],
    ["agent", "/requests?requester=<employee>", ["requests_requester_id_id_idx"]],
    ["agent", "/requests?assignee=me", ["requests_assignee_id_id_idx"]],
    ["agent", "/requests?updatedFrom=2100-01-01T00:00:00Z", ["requests_updated_at_id_idx"]],
    ["agent", "/requests?activeFrom=2100-01-01T00:00:00Z", ["requests_activity_idx"]],
    ["agent", "/requests?participant=me", ["request_participants_user_id_request_id_pk"]],
    ["agent", "/requests?unread=true", ["request_participants_any_unread_idx"]],
    ["employee", "/requests?unread=true", ["request_participants_unread_idx"]],
    ["agent", "/requests?q=telescope&limit=100", ["request_words_words_idx"]],
    ["employee", "/requests?q=telescope&status=NEW", ["request_words_words_idx"]],
    ["agent", "/requests?sort=activity", ["requests_activity_idx"]],
    [
      "agent",
      "/requests?sort=updated&updatedFrom=2026-01-01T00:00:00Z",
      ["requests_updated_at_id_idx"],
    ],
    ["agent", "/requests?sort=oldest&status=NEW", ["requests_status_id_idx"]],
    ["agent", "/requests?sort=priority", ["requests_priority_id_idx"]],
    ["agent", "/requests?sort=priority&status=NEW", ["requests_status_priority_id_idx"]],
    [
      "agent",
      "/requests?assignee=me&assignee=none&status=NEW",
      ["requests_assignee_id_status_priority_id_idx"],
    ],
    [
      "agent",
      "/requests?assignee=unavailable&status=NEW",
      ["requests_assignee_id_status_priority_id_idx"],
    ],
    ["agent", "/requests?closedFrom=2100-01-01T00:00:00Z", ["requests_closed_at_id_idx"]],
    ["employee", "/requests?activeFrom=2100-01-01T00:00:00Z", ["requests_requester_id_id_idx"]],
    [
      "agent",
      "/requests/SF-10500",
      ["requests_number_unique", "follow_ups_follows_up_id_idx", "follow_ups_pkey"],
    ],
    ["employee", "/requests/SF-10605", ["follow_ups_follows_up_id_idx"]],
    ["agent", "/requests?include=followsUp,followUps", ["follow_ups_follows_up_id_idx"]],
    ["agent", "/requests/SF-10500/history", ["audit_logs_service_request_id_seq_idx"]],
    ["agent", "/requests/SF-10500/comments", ["comments_request_id_id_idx"]],
    ["employee", "/users/me/api-keys", ["api_keys_user_id_keys_idx"]],
    ["employee", "/users/me/sessions", ["api_keys_user_id_end_idx"]],
    ["admin", "/audit-logs", ["audit_logs_pkey", "audit_seals_entry_seq_unique"]],
    ["admin", "/audit-logs/seal", ["audit_logs_xid_seq_idx", "audit_seals_pkey"]],
    ["admin", "/audit-logs?actor=<employee>", ["audit_logs_actor_id_seq_idx"]],
    ["admin", "/audit-logs?subject=SF-10500", ["audit_logs_subject_id_seq_idx"]],
    ["admin", "/audit-logs?serviceRequestId=SF-10500", ["audit_logs_service_request_id_seq_idx"]],
  ] as const)("%s asking %s is found by %j", async (who, path, indexes) => {
    asked.length = 0;
    const filled = path.replace("<employee>", app.employee.id);
    const { status } = await app.call("GET", filled, { as: app[who] });
    expect(status).toBe(200);
    // A page of the log, and what is looked up for its entries, or the last that was asked.
    const ofLog = asked.findIndex(({ text }) => text.includes('"audit_logs"'));
    const statements = asked.slice(ofLog === -1 ? -1 : ofLog);
    const plans = await Promise.all(statements.map((each) => planOf(app.database.db, each)));
    const nodes = plans.flat();
    const used = nodes.map((node) => node["Index Name"]).filter((name) => name !== undefined);
    const seqScans = nodes
      .filter((node) => node["Node Type"] === "Seq Scan")
      .map((node) => node["Relation Name"])
      .filter((relation) => !["users", "api_keys", "audit_head"].includes(relation ?? ""));
    expect({ seqScans, used }).toEqual({
      seqScans: [],
      used: expect.arrayContaining([...indexes]),
    });
  });

  it.each([
    ["/requests?limit=20", 21],
    ["/requests?status=DONE&status=CANCELED&limit=20", 21],
  ])(
    "%s looks up the marks of no more requests than it answers, for any reader",
    async (path, most) => {
      asked.length = 0;
      expect((await app.call("GET", path, { as: app.otherAgent })).status).toBe(200);
      // Most people have to do with few requests, this one with nearly all.
      const nodes = await runForAny(app.database.url, pageAmong(asked), [
        "alter table request_participants alter column user_id set (n_distinct = 10000)",
        "analyze request_participants",
      ]);
      expect(rowsOf(nodes, "request_participants")).toBeGreaterThan(19);
      expect(rowsOf(nodes, "request_participants")).toBeLessThanOrEqual(most);
    },
  );

  it.each([
    ["/requests?status=DONE&sort=priority&limit=50", 51],
    ["/requests?assignee=me&status=DONE&limit=100", 101],
  ])("%s reads its index in order also among 3,000 requests", async (path, page) => {
    asked.length = 0;
    expect((await app.call("GET", path, { as: app.otherAgent })).status).toBe(200);
    const nodes = await runForAny(app.database.url, pageAmong(asked), [
      "create temp table requests (like requests including all)",
      "insert into requests select * from public.requests order by id desc limit 3000",
      "analyze requests",
    ]);
    expect(rowsOf(nodes, "requests")).toBeGreaterThanOrEqual(page);
    // Of each priority a page at most.
    expect(rowsOf(nodes, "requests")).toBeLessThanOrEqual(4 * page);
  });

  it("verifying the log reads no large table as a whole", async () => {
    while ((await sealBatch(app.database.db, new Date())) > 0);
    asked.length = 0;
    expect(await verifyLog(app.database.db)).toMatchObject({ valid: true });
    const statements = new Map(asked.map((each) => [each.text, each]));
    expect(statements.size).toBeGreaterThan(3);
    for (const each of statements.values()) {
      const seqScans = (await planOf(app.database.db, each)).filter(
        (node) =>
          node["Node Type"] === "Seq Scan" &&
          /^audit_(logs|seals|private)/.test(node["Relation Name"] ?? ""),
      );
      expect({ text: each.text, seqScans }).toEqual({ text: each.text, seqScans: [] });
    }
  });

  it("removing the deliveries of a deleted webhook reads those of no other", async () => {
    const { db } = app.database;
    await runSql(db, FILL_DELIVERIES);
    await runSql(db, "analyze webhook_deliveries");
    const { background } = createServices(db, testLog);
    asked.length = 0;
    await background.jobs.find(({ name }) => name === "remove old webhook deliveries")?.run();
    const [removal] = asked.filter(({ text }) => text.includes('max("ended"."seq")'));
    const indexes = (await planOf(db, removal as Asked)).map((node) => node["Index Name"]);
    expect(indexes).toContain("webhook_deliveries_webhook_id_seq_idx");
    expect(await runSql(db, "select from webhook_deliveries limit 1")).toEqual([]);
  });

  it.each([
    ["priority=URGENT", ROWS / 100],
    ["status=NEW", ROWS / 100],
    ["category=rare", ROWS / 200],
    ["requester=<employee>", Math.ceil((ROWS - 4) / 300)],
    ["status=DONE&category=general&priority=URGENT", ROWS / 100],
    ["assignee=none&status=DONE", 0],
    ["assignee=unavailable", 0],
  ])("a common word with %s is found in full, step by step", async (filter, expected) => {
    const filters = filter.replace("<employee>", app.employee.id);
    const numbers: number[] = [];
    let cursor = "";
    do {
      const path = `/requests?q=request&limit=100&${filters}${cursor}`;
      const { status, body } = await app.call("GET", path, { as: app.agent });
      expect(status).toBe(200);
      numbers.push(...body.items.map(({ id }: { id: string }) => Number(id.slice(3))));
      cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
    } while (cursor);
    expect(numbers).toHaveLength(expected);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b - a));
  });

  it("comparing the tables with the log sorts nothing, and reads no large table as a whole", async () => {
    asked.length = 0;
    await runSql(app.database.db, "update audit_private_values set values = '{}'");
    while ((await sealBatch(app.database.db, new Date())) > 0);
    await verifyLog(app.database.db);
    const erasures = asked.filter(({ text }) => text.includes("user.erased"));
    expect(erasures).toHaveLength(1);
    asked.splice(0, asked.length, ...erasures);
    await compareState(app.database.db, new StateReport(false));
    const statements = new Map(asked.map((each) => [each.text, each]));
    expect(statements.size).toBeGreaterThan(10);
    for (const each of statements.values()) {
      const nodes = await planOf(app.database.db, each);
      const faults = nodes.filter(
        (node) =>
          (/Sort/.test(node["Node Type"]) && node["Plan Rows"] > FEW) ||
          (node["Node Type"] === "Seq Scan" &&
            /^(audit_|requests|comments)/.test(node["Relation Name"] ?? "")),
      );
      expect({ text: each.text, faults }).toEqual({ text: each.text, faults: [] });
    }
    const inOrder = [...statements.values()].find(({ text }) => /\) > \(.*order by/s.test(text));
    const indexes = (await planOf(app.database.db, inOrder as Asked)).map((n) => n["Index Name"]);
    expect(indexes).toContain("audit_logs_subject_id_seq_idx");
  });

  describe("a page of the filtered feed", () => {
    const read = (as: Person, query: string) =>
      app.call("GET", `/events?limit=100&${query}`, { as });

    beforeAll(async () => {
      const { db } = app.database;
      while ((await sealBatch(db, new Date())) > 0);
      // As after an upgrade: nothing is known yet of what earlier builds have sealed.
      await runSql(db, "delete from request_events");
      await runSql(db, "update request_events_end set position = 0");
    });

    it("is refused until the server knows the events up to the cursor, and short before", async () => {
      const { agent } = app;
      expectProblem(await read(agent, "after=now&category=rare"), "unavailable");
      const early = await read(agent, "after=start&assignee=none&type=category.created");
      expect(early.body).toMatchObject({ items: [], hasMore: true });
      await waitUntil("all events are known", async () => {
        const { status } = await read(agent, "after=now&category=rare");
        return status === 200;
      });
      await runSql(app.database.db, "vacuum analyze request_events");
    });

    it.each([
      ["agent", "request=SF-10500", ["request_events_request_id_internal_position_pk"], 1],
      ["agent", "category=rare", ["request_events_category_idx"], 100],
      ["agent", "category=rare&assignee=none", ["request_events_category_idx"], 100],
      ["agent", "assignee=me", ["request_events_assignee_id_idx"], 0],
      ["agent", "concerning=me", ["request_participants_user_id_request_id_pk"], 67],
      ["otherAgent", "concerning=me", ["audit_seals_pkey"], 100],
      ["employee", "category=general", ["requests_requester_id_id_idx"], 67],
      ["employee", "request=SF-10500", ["requests_number_unique"], 0],
      ["otherEmployee", "category=rare", ["audit_seals_pkey"], 26],
    ] as const)("%s asking for %s reads %j", async (who, query, indexes, count) => {
      asked.length = 0;
      const { status, body } = await read(app[who], query);
      expect(status).toBe(200);
      const [first] = asked.filter(({ text }) => text.includes("candidates"));
      const nodes = await planOf(app.database.db, first as Asked);
      const used = nodes.map((node) => node["Index Name"]).filter((name) => name !== undefined);
      const seqScans = nodes
        .filter((node) => node["Node Type"] === "Seq Scan")
        .map((node) => node["Relation Name"])
        .filter((relation) => relation !== "request_events_end");
      expect({ count: body.items.length, seqScans, used }).toEqual({
        count,
        seqScans: [],
        used: expect.arrayContaining([...indexes]),
      });
    });
  });
});

async function planOf(db: Database, { text, values }: Asked): Promise<PlanNode[]> {
  const [row] = await runSql<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    db,
    `explain (format json) ${text}`,
    values,
  );
  return flatten((row as NonNullable<typeof row>)["QUERY PLAN"][0].Plan);
}

/** The statement of the page of a list. */
function pageAmong(asked: readonly Asked[]): Asked {
  return asked.findLast(({ text }) => text.includes('as "isMatch"')) as Asked;
}

/** Runs it by the plan for any values that a connection keeps, after statements that change what the planner knows. */
async function runForAny(
  url: string | null,
  { text, values }: Asked,
  before: readonly string[],
): Promise<RunNode[]> {
  return onServer(url as string, async (client) => {
    const literals = values.map((value) => {
      if (value === null) return "null";
      const array = Array.isArray(value) && `{${value.map((each) => JSON.stringify(each))}}`;
      const text = value instanceof Date ? value.toISOString() : String(value);
      return client.escapeLiteral(array || text);
    });
    await client.query("begin");
    for (const each of before) await client.query(each);
    await client.query("set local plan_cache_mode = force_generic_plan");
    await client.query(`prepare asked as ${text}`);
    const { rows } = await client.query(
      `explain (analyze, format json) execute asked${literals.length > 0 ? `(${literals})` : ""}`,
    );
    await client.query("rollback");
    return flatten<RunNode>(rows[0]["QUERY PLAN"][0].Plan);
  });
}

function rowsOf(nodes: readonly RunNode[], relation: string): number {
  return nodes
    .filter((node) => node["Relation Name"] === relation)
    .reduce((sum, node) => {
      const rows = node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0);
      return sum + Math.round(rows * node["Actual Loops"]);
    }, 0);
}

function flatten<Node extends { Plans?: Node[] }>(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap((each) => flatten<Node>(each))];
}
