import { createHash } from "node:crypto";
import { toUuid } from "@serviceflow/domain";
import { createLogger, createServices, formatApiKey, type Services } from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, testLog } from "./harness/databases.ts";
import { ENDINGS, type Ending, restorer } from "./harness/endings.ts";
import { interposed } from "./harness/interposed.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** The statement that asks who calls. */
const ASKING = "api_key_by_hash";

const hashOf = ({ key }: Person) => createHash("sha256").update(key).digest("base64");
const STRANGER = { id: "", fullName: "", key: formatApiKey(new Uint8Array(32)) };

describe.each(ENGINES)("a caller who has called before, on %s", (engine) => {
  let app: TestApp;
  let boss: Person;
  /** Another server on the same database, which does not learn of what the first one writes. */
  let other: TestApp["call"];
  const statements: string[] = [];
  let restore = async () => {};
  let id: string;

  beforeAll(async () => {
    app = await openTestApp(engine);
    boss = await app.addUser({ fullName: "Boss", role: "ADMIN", email: "boss@example.com" });
    const db = interposed(app.database.db, {
      before: (name) => {
        statements.push(name);
      },
    });
    other = caller(fetchOf(createServices(db, testLog).services));
    const filed = await app.call("POST", "/requests", {
      as: app.employee,
      body: { title: "Lamp" },
    });
    id = filed.body.id;
    await app.call("POST", `/requests/${id}/comments`, { as: app.employee, body: { body: "Hi" } });
    for (const as of [app.admin, app.agent, app.employee, app.otherEmployee]) {
      await other("GET", "/users/me", { as });
    }
  });
  afterEach(() => restore());
  afterAll(() => app.close());

  const READS = ["/requests", "/requests/ID", "/requests?status=NEW&sort=priority"];
  const READS_OF_TWO = ["/requests/ID/history", "/requests/ID/comments"];

  it.each([
    ...READS.map((path) => ["GET", path, undefined, 1] as const),
    ...READS_OF_TWO.map((path) => ["GET", path, undefined, 2] as const),
    ["POST", "/requests", { title: "A desk" }, 2],
    ["PATCH", "/requests/ID", { priority: "HIGH" }, 2],
    ["POST", "/requests/ID/comments", { body: "Soon" }, 2],
    ["POST", "/requests/ID/claim", {}, 2],
    ["PATCH", "/requests/ID/status", { status: "IN_PROGRESS" }, 2],
  ] as const)("is not asked for: %s %s", async (method, path, body, trips) => {
    await other("GET", "/requests", { as: app.agent });
    statements.length = 0;
    const { status } = await other(method, path.replace("ID", id), { as: app.agent, body });
    expect(status).toBeLessThan(300);
    expect(statements).toHaveLength(trips);
    expect(statements).not.toContain(ASKING);
  });

  const ASKED_FOR: [method: string, path: string, body?: object][] = [
    ["GET", "/requests"],
    ["GET", "/requests?status=DONE&category=none-of-this-name"],
    ["GET", "/requests?limit=0"],
    ["GET", "/requests?q=lamp"],
    ["GET", "/requests/SF-1"],
    ["GET", "/requests/what"],
    ["GET", "/requests/ID"],
    ["GET", "/requests/ID/history"],
    ["GET", "/requests/ID/comments"],
    ["GET", "/users/me"],
    ["POST", "/requests", { title: "A desk" }],
    ["POST", "/requests", { title: "" }],
    ["POST", "/requests", { color: "red" }],
    ["POST", "/users", { fullName: "Una", email: "una@example.com" }],
    ["PATCH", "/requests/SF-1", { priority: "HIGH" }],
    ["PATCH", "/requests/ID/status", { status: "DONE" }],
  ];
  const endings = (Object.keys(ENDINGS) as Ending[]).filter((each) => each !== "a lower role");

  const CASES = endings.flatMap((ending) => ASKED_FOR.map((asked) => ({ ending, asked })));

  it.each(CASES)("is refused like a stranger after $ending: $asked.0 $asked.1", async (each) => {
    const [method, path, body] = each.asked;
    const call = (as: Person) => other(method, path.replace("ID", id), { as, body });
    expect((await other("GET", "/users/me", { as: app.admin })).status).toBe(200);
    restore = await restorer(app, app.admin);
    await ENDINGS[each.ending](app, app.admin, boss);
    const [refused, stranger] = [await call(app.admin), await call(STRANGER)];
    expectProblem(refused, "unauthenticated");
    expect({ ...refused.body, requestId: "" }).toEqual({ ...stranger.body, requestId: "" });
    expect([...refused.headers.keys()]).toEqual([...stranger.headers.keys()]);
  });

  it("sees what the new role sees", async () => {
    restore = await restorer(app, app.agent);
    const { body: before } = await other("GET", "/requests", { as: app.agent });
    expect(before.items.map((each: { id: string }) => each.id)).toContain(id);
    await ENDINGS["a lower role"](app, app.agent, boss);
    const { body: after } = await other("GET", "/requests", { as: app.agent });
    const requesters = after.items.map((each: { requester: Person }) => each.requester.id);
    expect(new Set(requesters)).toEqual(new Set([app.agent.id]));
    expectProblem(await other("GET", `/requests/${id}`, { as: app.agent }), "not_found");
    await restore();
    expect((await other("GET", `/requests/${id}`, { as: app.agent })).status).toBe(200);
  });

  const CHANGES = {
    "a new name": "update users set full_name = 'Changed ' || full_name where id = $1",
    "a higher role": "update users set role = 'ADMIN' where id = $1",
    "another expiry":
      "update api_keys set expires_at = now() + interval '1 day' where user_id = $1",
  };

  it.each(Object.keys(CHANGES) as (keyof typeof CHANGES)[])(
    "misses nothing when %s comes between the question who calls and the read",
    async (change) => {
      restore = await restorer(app, app.agent);
      const { db } = app.database;
      const { services } = createServices(
        interposed(db, {
          async after(name) {
            if (name === ASKING) await runSql(db, CHANGES[change], [toUuid("user", app.agent.id)]);
          },
        }),
        testLog,
      );
      const unknown = caller(fetchOf(services));
      const { status, body } = await unknown("GET", `/requests/${id}`, { as: app.agent });
      expect({ status, id: body.id }).toEqual({ status: 200, id });
      services.knownCallers.delete(hashOf(app.agent));
      const page = await unknown("GET", "/requests", { as: app.agent });
      expect(page.body.items).not.toEqual([]);
    },
  );

  it("that has ended is neither named nor shown its limits when the database fails", async () => {
    const { db } = app.database;
    let isDown = false;
    const { services } = createServices(
      interposed(db, {
        before() {
          if (isDown) throw Object.assign(new Error("down"), { code: "08006" });
        },
      }),
      testLog,
    );
    const named: unknown[] = [];
    const charge: Services["limits"]["charge"] = async (_by, headers) => {
      headers.ratelimit = "shown";
    };
    const write = (line: string) => named.push(JSON.parse(line).caller);
    const log = createLogger("info", false, { write });
    const call = caller(fetchOf({ ...services, log, limits: { ...services.limits, charge } }));
    const body = { title: "A desk" };
    const known = await call("POST", "/requests", { as: app.agent, body });
    expect(known.headers.get("ratelimit")).toBe("shown");
    isDown = true;
    for (const [method, path] of [
      ["POST", "/requests"],
      ["GET", `/requests/${id}`],
    ] as const) {
      const sent = method === "POST" ? { as: app.agent, body } : { as: app.agent };
      const { status, headers } = await call(method, path, sent);
      expect({ status, shown: headers.get("ratelimit") }).toEqual({ status: 503, shown: null });
    }
    expect(named).toEqual([app.agent.id, null, null]);
  });

  it("sees their new name", async () => {
    await app.call("PATCH", `/users/${app.employee.id}`, {
      as: boss,
      body: { fullName: "Eve Newname" },
    });
    const { body } = await other("GET", `/requests/${id}`, { as: app.employee });
    expect(body.requester.fullName).toBe("Eve Newname");
  });
});
