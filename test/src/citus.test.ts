import { readFileSync } from "node:fs";
import { connect, type Database, exportLog, readConfig, verifyLog } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { placesIn, refusedForms } from "./harness/citus-forms.ts";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { runSql } from "./harness/raw-sql.ts";
import { ServerProcess } from "./harness/server-process.ts";
import { openTestAppOn, type TestApp } from "./harness/test-app.ts";
import { wholeJourney } from "./harness/whole-journey.ts";

// There is no Citus for these tests: what is checked is what the server sends, and what it takes from Citus's catalogue.

const FILE = new URL("../../deploy/citus/distribute.sql", import.meta.url);
const text = readFileSync(FILE, "utf8");
const places = placesIn(text);

let database: Awaited<ReturnType<typeof freshPostgres>>;
let other: typeof database;
beforeAll(async () => {
  database = await freshPostgres(4);
  other = await freshPostgres(4);
});
afterAll(async () => {
  await database.drop();
  await other.drop();
});

/** Makes a database a node of a cluster; 0: its coordinator. */
async function beNode({ db }: typeof database, group: number): Promise<void> {
  await runSql(db, "drop table if exists pg_dist_local_group");
  await runSql(db, `create table pg_dist_local_group as select ${group} as groupid`);
}

const open = ({ url }: typeof database) =>
  connect(readConfig({ DATABASE_URL: url }, false), testLog);

/** What a query was asked, with all that a transaction of it was asked. */
function observed(db: Database, seen: Map<string, string>): Database {
  const watch = (query: Database["query"]): Database["query"] =>
    new Proxy(query, {
      apply(target, self, args) {
        const [{ name, text }] = args;
        seen.set(text, name ?? "");
        return Reflect.apply(target, self, args);
      },
    });
  const query = watch(db.query);
  return {
    ...db,
    query,
    replicated: { query },
    points: { query: watch(db.points.query) },
    heavy: { query: watch(db.heavy.query) },
    batches: { query: watch(db.batches.query) },
    transaction: (run) => db.transaction((inner) => run(watch(inner))),
  };
}

it("neither a server nor a command starts on a worker, and the doctor says why", async () => {
  await beNode(database, 2);
  const environment = { DATABASE_URL: database.url };
  const why = "The database is a worker of a Citus cluster. Let DATABASE_URL name the coordinator";
  await expect(open(database)).rejects.toThrow(why);
  const verify = await ServerProcess.run(environment, "audit", "verify");
  expect(verify.stderr).toContain(why);
  const { stdout } = await ServerProcess.run(environment, "--json", "doctor");
  const { well, checks } = JSON.parse(stdout);
  expect(well).toBe(false);
  expect(checks).toContainEqual({
    name: "database",
    status: "fail",
    finding: "The database is a worker of a Citus cluster.",
    advice: expect.stringContaining("the coordinator"),
  });
});

describe("on the coordinator", () => {
  const seen = new Map<string, string>();

  beforeAll(async () => {
    await beNode(database, 0);
    const { db } = await open(database);
    await wholeJourney(observed(db, seen));
    const watching = observed(db, seen);
    await allSealed(db);
    expect(await verifyLog(watching)).toMatchObject({ valid: true });
    const origin = { actorUuid: null, keyUuid: null, requestId: "r", clientAddress: null };
    const options = { clock: () => new Date(), random: () => new Uint8Array(16), redacted: false };
    const by = { ...origin, userAgent: null, clientRequestId: null };
    for await (const _ of exportLog({ ...options, db: watching, origin: by }));
    await db.close();
  });

  it("each entry of a request carries its number", async () => {
    const rows = await runSql<{ entries: number; wrong: number }>(
      database.db,
      `select count(*)::int as entries, count(*) filter (where number is distinct from request_number)::int as wrong
       from audit_logs left join requests on requests.id = service_request_id
       where service_request_id is not null or request_number is not null`,
    );
    expect(rows).toEqual([{ entries: expect.toSatisfy((count) => count > 5), wrong: 0 }]);
  });

  it("no statement of a server has a form that Citus refuses", () => {
    expect(seen.size).toBeGreaterThan(100);
    const refused = [...seen].flatMap(([text, name]) =>
      refusedForms(text, places).map((fault) => `${name}: ${fault}`),
    );
    expect(refused).toEqual([]);
  });

  it("numbers are drawn in a statement of their own, for what is accepted", async () => {
    await beNode(other, 0);
    const { db } = await open(other);
    const texts = new Map<string, string>();
    const app = await openTestAppOn({ url: null, db: observed(db, texts), drop: () => db.close() });
    const file = (body: object, headers = {}) =>
      app.call("POST", "/requests", { as: app.employee, body, headers });
    const [first, again] = await repeated(app, { title: "Once" });
    expect(again.body).toEqual(first.body);
    expect((await file({ title: "No", category: "nowhere" })).status).toBe(422);
    expect((await file({ title: "No", requesterId: app.admin.id })).status).toBe(403);
    expect((await file({ title: "Dry" }, { "dry-run": "true" })).status).toBe(201);
    const closed = first.body.id;
    await app.call("POST", `/requests/${closed}/claim`, { as: app.agent });
    for (const status of ["IN_PROGRESS", "DONE"]) {
      await app.call("PATCH", `/requests/${closed}/status`, { as: app.agent, body: { status } });
    }
    const second = await file({ title: "Again", followsUp: closed });
    expect(second.status).toBe(201);
    expect(numberIn(second.body.id)).toBe(numberIn(closed) + 1);
    const drawing = [...texts.keys()].filter((text) => text.includes("nextval"));
    expect(drawing).toEqual([expect.not.stringContaining("from")]);
    await app.close();
  });
});

const numberIn = (id: string) => Number(id.slice("SF-".length));

function repeated(app: TestApp, body: object) {
  const headers = { "idempotency-key": "only-once-and-no-more" };
  const call = () => app.call("POST", "/requests", { as: app.employee, body, headers });
  return call().then(async (first) => [first, await call()] as const);
}

describe("the check of forms", () => {
  it.each([
    [
      "the log joined with requests",
      `select "audit_logs"."seq" from "audit_logs" left join "requests" on "requests"."id" = "audit_logs"."service_request_id"`,
      "joins the log with requests",
    ],
    [
      "under other names",
      `with "x" as (select "l"."id" from "audit_logs" "l" join "comments" "c" on true) select 1`,
      "joins the log with comments",
    ],
    [
      "a subquery that depends on the log",
      `select (select "requests"."number" from "requests" where "requests"."id" = "audit_logs"."service_request_id") from "audit_logs"`,
      "joins the log with requests",
    ],
    [
      "a subquery that depends on a request",
      `select 1 from "requests" "r" where exists (select from "audit_logs" where "audit_logs"."service_request_id" = "r"."id")`,
      "joins the log with requests",
    ],
    [
      "the former statement that loaded what a new request names",
      `select (select "categories"."active" from "categories" where "categories"."slug" = $1) as "active" from (select 1) as one left join "users" "candidate" on "candidate"."id" = $2`,
      "takes a value from a subquery, over a subquery without a table",
    ],
    [
      "its number",
      `select case when $1 then nextval('request_number') end from (select 1) as one left join "users" on true`,
      "draws from a sequence beside a table",
    ],
  ])("finds %s", (_, statement, fault) => {
    expect(refusedForms(statement, places)).toEqual([fault]);
  });

  it.each([
    `select nextval('request_number')`,
    `select 1 from "requests" where "requests"."id" = any($1)`,
    `select 1 from "audit_logs" left join "users" "actor" on "actor"."id" = "audit_logs"."actor_id"`,
    `with a as (select 1 from "requests"), b as (select 1 from "audit_logs") select 1 from a, b`,
    `insert into "audit_logs" ("id") select $1 from changed`,
    `select 'it''s "audit_logs" and "requests"' from "requests"`,
  ])("takes %s", (statement) => {
    expect(refusedForms(statement, places)).toEqual([]);
  });
});

describe("the file that distributes the tables", () => {
  const STAND_INS = `
    create function create_reference_table(text) returns void language sql as '';
    create function create_distributed_table(text, text, colocate_with text default 'default') returns void
      language sql as '';
    create function citus_add_local_table_to_metadata(text) returns void language sql as '';`;
  beforeAll(async () => {
    await runSql(other.db, "drop table if exists pg_dist_local_group");
    await runSql(other.db, STAND_INS);
    await runSql(other.db, text);
  });

  it("says of each table where it is, once", async () => {
    const tables = await runSql<{ name: string }>(
      other.db,
      "select tablename as name from pg_tables where schemaname = current_schema() order by 1",
    );
    const { reference, distributed, known, local } = places;
    const placed = [...reference, ...distributed.keys(), ...known, ...local].sort();
    expect(placed).toEqual(tables.map(({ name }) => name));
  });

  it("leaves no unique index without the column that distributes", async () => {
    const indexes = await runSql<{ table: string; name: string; columns: string[] }>(
      other.db,
      `select t.relname as "table", i.relname as name,
         array(select attname::text from pg_attribute where attrelid = i.oid order by attnum) as columns
       from pg_index join pg_class i on i.oid = indexrelid join pg_class t on t.oid = indrelid
       where indisunique and t.relnamespace = current_schema()::regnamespace`,
    );
    const lacking = indexes.filter(({ table, columns }) => {
      const column = places.distributed.get(table);
      return column !== undefined && !columns.includes(column);
    });
    expect(lacking).toEqual([]);
  });

  it("leaves no foreign key that Citus refuses", async () => {
    const keys = await runSql<Record<"name" | "from" | "to" | "column" | "target", string>>(
      other.db,
      `select conname as name, f.relname as "from", t.relname as "to",
         (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) as "column",
         (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1]) as target
       from pg_constraint join pg_class f on f.oid = conrelid join pg_class t on t.oid = confrelid
       where contype = 'f' and f.relnamespace = current_schema()::regnamespace`,
    );
    expect(keys.length).toBeGreaterThan(8);
    const { reference, distributed, known } = places;
    const refused = keys.filter(({ from, to, column, target }) => {
      if (reference.has(to))
        return !(reference.has(from) || distributed.has(from) || known.has(from));
      if (known.has(to)) return !known.has(from);
      return distributed.get(from) !== column || distributed.get(to) !== target;
    });
    expect(refused).toEqual([]);
  });
});
