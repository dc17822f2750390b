import { createHash } from "node:crypto";
import { verifyExport } from "@serviceflow/domain";
import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, openTestApp, type TestApp } from "./harness/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp("postgres");
});
afterAll(() => app.close());

function get(path: string, init: RequestInit = {}): Promise<Answer> {
  const headers = { "x-api-key": app.employee.key, ...(init.headers as Record<string, string>) };
  return send(app.fetch, path, { ...init, headers });
}

const PATHS = [...new Set(OPERATIONS.map(({ path }) => path))].map((path) => {
  const methods = OPERATIONS.filter((operation) => operation.path === path).map(
    ({ method }) => method,
  );
  return { path, methods: methods.includes("GET") ? [...methods, "HEAD"] : methods };
});

describe("a method that a path does not support", () => {
  it.each(PATHS)(
    "is refused at $path with the supported methods in Allow",
    async ({ path, methods }) => {
      const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].filter(
        (method) => !(methods as string[]).includes(method),
      );
      for (const base of ["/api/v1", ""]) {
        for (const method of others) {
          const answer = await get(`${base}${path.replace("{id}", "SF-1001")}`, { method });
          expectProblem(answer, "method_not_allowed");
          expect(answer.headers.get("allow")?.split(", ").sort()).toEqual([...methods].sort());
        }
      }
    },
  );
});

describe("a path that does not exist", () => {
  it.each([
    "/api/v1",
    "/api/v1/",
    "/api/v1/request",
    "/api/v1/requests/",
    "/api/v1/requests//history",
    "/api/v1/requests/SF-1001/nothing",
    "/api/v2/requests",
    "/nothing",
    "/trpc/nothing",
    "/trpc/requests",
    "/trpc/__proto__",
    "/trpc/requests.constructor",
  ])("%s is a 404", async (path) => {
    for (const init of [{}, { method: "POST", headers: JSON_TYPE, body: "{}" }]) {
      const answer = await get(path, init);
      expectProblem(answer, "not_found");
      expect(answer.body.instance).toBe(path);
    }
  });
});

describe("the unversioned paths of the original service", () => {
  it("answer as v1, for the whole life cycle of a request", async () => {
    const { fetch: fetchAt, employee, agent } = app;
    const as = (key: string, method: string, body?: object) => ({
      method,
      headers: { "x-api-key": key, ...JSON_TYPE },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const filed = await send(fetchAt, "/requests", as(employee.key, "POST", { title: "Old path" }));
    expect(filed.status).toBe(201);
    expect(filed.headers.get("location")).toBe(`/api/v1/requests/${filed.body.id}`);
    const path = `/requests/${filed.body.id}`;
    const started = await send(
      fetchAt,
      `${path}/status`,
      as(agent.key, "PATCH", { status: "IN_PROGRESS" }),
    );
    expect(started).toMatchObject({ status: 200, body: { status: "IN_PROGRESS", version: 2 } });
    const [old, v1] = [await get(path), await get(`/api/v1${path}`)];
    expect(old.body).toEqual(v1.body);
    expect(old.headers.get("etag")).toBe(v1.headers.get("etag"));
    expectProblem(await get("/requests/SF-999999"), "not_found");
    const list = await get("/requests?limit=1");
    expect(list.body).toEqual((await get("/api/v1/requests?limit=1")).body);
    expect(old.body).toMatchObject(list.body.items[0]);
  });
});

describe("X-Request-Id", () => {
  const OURS = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const ids = (answers: Answer[]) => answers.map(({ headers }) => headers.get("x-request-id"));

  it.each([
    ["an id", "order-7"],
    ["an empty one", ""],
    ["a long one", "x".repeat(300)],
    ["free text", "Ada's second try"],
    ["markup", "<b>"],
    ["beyond ASCII", "é"],
    ["no", undefined],
  ])(
    "is the server's own, for each call another one, when the client sends %s",
    async (_, given) => {
      const headers: Record<string, string> = given === undefined ? {} : { "x-request-id": given };
      const answers = [
        await get("/api/v1/users/me", { headers }),
        await get("/api/v1/users/me", { headers }),
        await get("/api/v1/requests/SF-9", { headers }),
        await get("/trpc/users.me", { headers }),
        await get("/nowhere", { headers }),
      ];
      for (const id of ids(answers)) expect(id).toMatch(OURS);
      expect(new Set(ids(answers)).size).toBe(answers.length);
      for (const { body, headers } of answers) {
        if (body.code) expect(body.requestId).toBe(headers.get("x-request-id"));
      }
    },
  );

  const entriesOf = async (id: string) => {
    const path = `/audit-logs?serviceRequestId=${id}`;
    return (await app.call("GET", path, { as: app.admin })).body.items;
  };

  it("is in the audit log, with the client's beside it", async () => {
    const headers = { "x-request-id": "Ada's order 7" };
    const created = { as: app.employee, headers, body: { title: "Traced" } };
    const filed = [
      await app.call("POST", "/requests", created),
      await app.call("POST", "/requests", created),
      await app.call("POST", "/requests", { ...created, headers: {} }),
    ];
    const entries = await Promise.all(filed.map(({ body }) => entriesOf(body.id)));
    expect(entries.flat()).toEqual(
      filed.map(({ headers }, index) =>
        expect.objectContaining({
          requestId: headers.get("x-request-id"),
          clientRequestId: index < 2 ? "Ada's order 7" : null,
        }),
      ),
    );
    const [event] = (await app.call("GET", "/events?type=request.created", { as: app.admin })).body
      .items;
    expect(event.causedBy.requestId).toMatch(OURS);
  });

  it("of the client is in no sealed text, and in no export without private values", async () => {
    const text = "sealed-for-good?";
    const headers = { "x-request-id": text };
    const body = { title: "Traced" };
    await app.call("POST", "/requests", { as: app.employee, headers, body });
    await allSealed(app.database.db);
    const sealed = await runSql(app.database.db, "select * from audit_logs");
    expect(JSON.stringify(sealed)).not.toContain(text);
    const lines = await app.call("GET", "/audit-logs/export?redacted=true", { as: app.admin });
    expect(lines.body).not.toContain(text);
    const whole = await app.call("GET", "/audit-logs/export", { as: app.admin });
    expect(whole.body).toContain(text);
    const sha256 = (line: string) => createHash("sha256").update(line).digest("hex");
    const found = await verifyExport(whole.body.split("\n"), { sha256 });
    expect(found.fault).toBeNull();
    const forged = whole.body.replace(text, "sealed-by-others");
    const { fault } = await verifyExport(forged.split("\n"), { sha256 });
    expect(fault?.problem).toBe("value_changed");
  });
});
