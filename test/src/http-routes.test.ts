import { OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
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
    expect(list.body.items).toEqual([old.body]);
  });
});

describe("X-Request-Id", () => {
  it.each(["a", "01:ab.cd_ef-GH", "x".repeat(128)])(
    "%s is in the answer and the log",
    async (id) => {
      const headers = { "x-request-id": id };
      const answer = await get("/api/v1/users/me", { headers });
      expect(answer.headers.get("x-request-id")).toBe(id);
      const missing = await get("/api/v1/requests/SF-9", { headers });
      expect(missing.body.requestId).toBe(id);
      const rpc = await get("/trpc/users.me", { headers });
      expect(rpc.headers.get("x-request-id")).toBe(id);
      const filed = { as: app.employee, headers, body: { title: "Traced" } };
      const { body } = await app.call("POST", "/requests", filed);
      const log = await app.call("GET", `/audit-logs?serviceRequestId=${body.id}`, {
        as: app.admin,
      });
      expect(log.body.items.map((entry: { requestId: string }) => entry.requestId)).toEqual([id]);
    },
  );

  it.each([
    ["empty", ""],
    ["too long", "x".repeat(129)],
    ["with a blank", "a b"],
    ["with markup", "<b>"],
    ["beyond ASCII", "é"],
  ])("is replaced when it is %s", async (_, given) => {
    const { headers } = await get("/api/v1/users/me", { headers: { "x-request-id": given } });
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is generated for each call that has none", async () => {
    const answers = [await get("/api/v1/users/me"), await get("/api/v1/users/me")];
    expect(new Set(answers.map(({ headers }) => headers.get("x-request-id"))).size).toBe(2);
  });
});
