import { ServiceFlow } from "@serviceflow/sdk";
import { createServices, OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshDatabase, testLog } from "./harness/databases.ts";
import { ANSWERS_SECRET, MUTATIONS, secretIn, stageIn } from "./harness/mutations.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import {
  type Answer,
  BOOTSTRAP_KEY,
  caller,
  fetchOf,
  openTestApp,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

const DRY = { "dry-run": "true" };

/** A hash of each table, and how far the numbers of requests are. When keys were used is noted of any call, also of reads. */
async function everythingIn({ database }: TestApp): Promise<unknown[]> {
  const tables = await runSql<{ name: string }>(
    database.db,
    "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
  );
  expect(tables.length).toBeGreaterThan(10);
  const hashes = tables.map(({ name }) =>
    runSql(
      database.db,
      `select '${name}' as name, count(*)::int as rows,
         md5(coalesce(string_agg(content, ',' order by content), '')) as hash
       from (select (to_jsonb(each) - 'last_used_at')::text as content from "${name}" as each) as contents`,
    ),
  );
  const drawn = runSql(database.db, "select last_value::text, is_called from request_number");
  return Promise.all([...hashes, drawn]);
}

const NEW_IDS = /^(?:SF-\d+|(?:usr|key|cod|cmt|whk)_[0-9a-z]{26})$/;
const MOMENT = /^\d{4}-\d\d-\d\dT/;
const SECRETS = ["apiKey", "code", "secret", "prefix", "lastFour"];

/** An answer without what differs from call to call. */
function meant(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (field, value) => {
    if (SECRETS.includes(field)) return typeof value;
    if (typeof value !== "string") return value;
    return value
      .replace(NEW_IDS, "id")
      .replace(MOMENT, "moment ")
      .replace(/(?<=^moment ).*/, "");
  });
}

describe("a dry run", () => {
  let app: TestApp;
  let stage: ReturnType<typeof stageIn>;
  beforeAll(async () => {
    app = await openTestApp("postgres");
    stage = stageIn(app);
  });
  afterAll(() => app.close());

  it("is tried of every mutation that the router has", () => {
    const mutations = OPERATIONS.filter(
      ({ procedure, fleeting }) => procedure._def.type === "mutation" && !fleeting,
    );
    const tried = MUTATIONS.map(({ procedure }) => procedure);
    expect([...new Set(tried)].sort()).toEqual(mutations.map(({ name }) => name).sort());
  });

  describe.each(TRANSPORTS)("over %s", (transport) => {
    it.each(MUTATIONS)(
      "of $procedure ($variant) answers what it would, and writes nothing",
      async (kind) => {
        const input = await kind.input(stage);
        const as = app[kind.as];
        const key = { "idempotency-key": stage.unique() };
        const before = await everythingIn(app);
        const dry = await invoke(app, transport, kind.procedure, input, {
          as,
          headers: { ...key, ...DRY },
        });
        expect(await everythingIn(app)).toEqual(before);
        expect(dry.headers.get("dry-run")).toBe("true");
        for (const name of ["etag", "location", "idempotent-replayed"]) {
          expect(dry.headers.get(name)).toBeNull();
        }

        const real = await invoke(app, transport, kind.procedure, input, { as, headers: key });
        expect(real.headers.get("dry-run")).toBeNull();
        expect(real.headers.get("idempotent-replayed")).toBeNull();
        expect(real.status).toBeLessThan(300);
        expect([dry.status, meant(dry.body)]).toEqual([real.status, meant(real.body)]);
        if (ANSWERS_SECRET.includes(kind.procedure)) {
          expect(secretIn(dry.body)).toBe("");
          expect(secretIn(real.body)).toMatch(/^(sf_|sfc_|whsec_)/);
        }
      },
    );
  });

  const file = (as: Person, headers: Record<string, string>, title = "A chair for desk 12") =>
    app.call("POST", "/requests", { as, headers, body: { title } });

  it("gives what would be new the id of nothing", async () => {
    const filed = await file(app.employee, DRY);
    expect(filed.body).toMatchObject({ id: "SF-0", version: 1, status: "NEW" });
    expectProblem(await app.call("GET", "/requests/SF-0", { as: app.admin }), "not_found");
    const issued = await invoke(
      app,
      "rest",
      "apiKeys.issue",
      { name: "Laptop" },
      {
        as: app.admin,
        headers: DRY,
      },
    );
    expect(issued.body).toMatchObject({ id: `key_${"0".repeat(26)}`, apiKey: "" });
  });

  it("is refused as the call itself would be", async () => {
    const { id } = (await file(app.employee, {})).body;
    const path = `/requests/${id}`;
    const refused = async (answer: Promise<Answer>, code: Parameters<typeof expectProblem>[1]) => {
      expectProblem(await answer, code);
      expect((await answer).headers.get("dry-run")).toBe("true");
    };
    const call = (as: Person, method: string, below: string, body?: object, headers = {}) =>
      app.call(method, `${path}${below}`, { as, body, headers: { ...DRY, ...headers } });
    await refused(call(app.employee, "POST", "/claim"), "forbidden");
    await refused(call(app.otherEmployee, "POST", "/claim"), "not_found");
    await refused(call(app.agent, "PATCH", "/status", { status: "DONE" }), "illegal_transition");
    const stale = { "if-match": '"7"' };
    await refused(call(app.agent, "PATCH", "", { title: "Later" }, stale), "precondition_failed");
    const assignee = { assigneeId: app.employee.id };
    expectInvalid(await call(app.admin, "PUT", "/assignee", assignee), [
      { pointer: "/assigneeId", code: "not_eligible" },
    ]);
    const taken = { fullName: "Una", email: "abe.agent@example.com" };
    const users = { as: app.admin, headers: DRY, body: taken };
    await refused(app.call("POST", "/users", users), "email_taken");
    const stranger = { ...app.admin, key: `${app.admin.key.slice(0, -1)}!` };
    expectProblem(await file(stranger, DRY), "unauthenticated");
  });

  it("looks at the idempotency key, and does not use it up", async () => {
    const key = { "idempotency-key": stage.unique() };
    expect((await file(app.employee, { ...key, ...DRY })).body.id).toBe("SF-0");
    const filed = await file(app.employee, key);
    const again = await file(app.employee, { ...key, ...DRY });
    expect(again.body).toEqual(filed.body);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    const other = await file(app.employee, { ...key, ...DRY }, "Another chair");
    expectProblem(other, "idempotency_key_reused");
  });

  it.each(["?1", " TRUE "])("is asked for by %j as well", async (value) => {
    expect((await file(app.employee, { "dry-run": value })).body.id).toBe("SF-0");
  });

  it.each(["false", "?0"])("is not asked for by %j", async (value) => {
    const filed = await file(app.employee, { "dry-run": value });
    expect(filed.body.id).not.toBe("SF-0");
    expect(filed.headers.get("dry-run")).toBeNull();
  });

  it.each(["", "yes", "1", "true, false"])("is refused for %j, and not executed", async (value) => {
    const before = await everythingIn(app);
    expectProblem(await file(app.employee, { "dry-run": value }), "malformed_request");
    expect(await everythingIn(app)).toEqual(before);
  });

  it("means nothing to a read", async () => {
    const { status, headers } = await app.call("GET", "/requests", { as: app.agent, headers: DRY });
    expect([status, headers.get("dry-run")]).toEqual([200, null]);
  });

  it("is an option of the SDK", async () => {
    const sf = new ServiceFlow({ baseUrl: "http://test", apiKey: app.agent.key, fetch: app.fetch });
    const { id } = await sf.requests.create({ title: "A chair for desk 12" });
    const before = await everythingIn(app);
    const started = await sf.requests.start(id, {}, { dryRun: true });
    expect(started).toMatchObject({ status: "IN_PROGRESS", version: 2 });
    const comment = await sf.comments.create(id, { body: "Hello" }, { dryRun: true });
    expect(comment.id).toBe(`cmt_${"0".repeat(26)}`);
    expect(await everythingIn(app)).toEqual(before);
    await expect(sf.requests.finish(id, {}, { dryRun: true })).rejects.toMatchObject({
      code: "illegal_transition",
    });
  });
});

it("a dry run of the bootstrap creates nobody", async () => {
  const database = await freshDatabase("embedded");
  const { services } = createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY });
  const call = caller(fetchOf(services));
  const body = { fullName: "Ada Admin", email: "ada@example.com" };
  const headers = { "x-bootstrap-key": BOOTSTRAP_KEY };
  const dry = await call("POST", "/users", { body, headers: { ...headers, ...DRY } });
  expect(dry).toMatchObject({ status: 201, body: { role: "ADMIN", apiKey: "" } });
  expect(await runSql(database.db, "select id from users")).toEqual([]);
  expect((await call("POST", "/users", { body, headers })).status).toBe(201);
  await database.drop();
});
