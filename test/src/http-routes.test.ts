import { createHash } from "node:crypto";
import { verifyExport } from "@serviceflow/domain";
import { createServices, OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { testLog } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, fetchOf, openTestApp, type TestApp } from "./harness/test-app.ts";

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
  return {
    path,
    methods: [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort(),
  };
});

describe("a method that a path does not support", () => {
  it.each(PATHS)(
    "is refused at $path with the supported methods in Allow",
    async ({ path, methods }) => {
      const others = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter(
        (method) => !(methods as string[]).includes(method),
      );
      for (const base of ["/api/v1", ""]) {
        for (const method of others) {
          const answer = await get(`${base}${path.replace("{id}", "SF-1001")}`, { method });
          expectProblem(answer, "method_not_allowed");
          expect(allowOf(answer)).toEqual(methods);
        }
      }
    },
  );
});

function allowOf({ headers }: Answer): string[] | undefined {
  return headers.get("allow")?.split(", ").sort();
}

describe("OPTIONS", () => {
  const ask = (path: string, headers: Record<string, string> = {}) =>
    send(app.fetch, path, { method: "OPTIONS", headers });

  it.each(PATHS)("names the methods of $path, without a key", async ({ path, methods }) => {
    for (const base of ["/api/v1", ""]) {
      const answer = await ask(`${base}${path.replace("{id}", "SF-1001")}`);
      expect({ status: answer.status, body: answer.body }).toEqual({ status: 204, body: "" });
      expect(allowOf(answer)).toEqual(methods);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  it.each([
    ["/", ["GET", "HEAD", "OPTIONS"]],
    ["/docs", ["GET", "HEAD", "OPTIONS"]],
    ["/docs/swagger-ui.css", ["GET", "HEAD", "OPTIONS"]],
    ["/openapi.json", ["GET", "HEAD", "OPTIONS"]],
    ["/health/ready", ["GET", "HEAD", "OPTIONS"]],
    ["/trpc/users.me", ["GET", "HEAD", "OPTIONS"]],
    ["/trpc/events.stream", ["GET", "HEAD", "OPTIONS"]],
    ["/trpc/users.me,requests.list?batch=1", ["GET", "HEAD", "OPTIONS"]],
    ["/trpc/requests.create", ["OPTIONS", "POST"]],
  ])("names the methods of %s, and others are refused with them", async (path, methods) => {
    const answer = await ask(path);
    expect(answer.status).toBe(204);
    expect(allowOf(answer)).toEqual(methods);
    if (path.startsWith("/trpc")) return;
    const refused = await send(app.fetch, path, { method: "POST", ...JSON_TYPE });
    expectProblem(refused, "method_not_allowed");
    expect(allowOf(refused)).toEqual(methods);
  });

  it.each([
    "/nothing",
    "/api/v1/nothing",
    "/docs/nothing",
    "/metrics",
    "/trpc",
    "/trpc/nothing",
    "/trpc/users.me,nothing",
    "/trpc/__proto__",
  ])("finds nothing at %s", async (path) => {
    expectProblem(await ask(path), "not_found");
  });

  it("of a page of an allowed origin is a preflight, and of others that of the path", async () => {
    const { services } = createServices(app.database.db, testLog);
    const allowing = fetchOf({ ...services, corsOrigins: ["https://app.example.com"] });
    const preflight = await send(allowing, "/api/v1/requests", {
      method: "OPTIONS",
      headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
    });
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
    const asked = await send(allowing, "/api/v1/requests", { method: "OPTIONS" });
    expect(allowOf(asked)).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
  });
});

describe("an Accept", () => {
  it("that excludes JSON is refused before anything is done", async () => {
    const before = await app.call("GET", "/requests?limit=1", { as: app.employee });
    const refused = await app.call("POST", "/requests", {
      as: app.employee,
      body: { title: "Not acceptable" },
      headers: { accept: "text/html" },
    });
    expectProblem(refused, "not_acceptable");
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(refused.body.detail).toContain("application/json");
    const after = await app.call("GET", "/requests?limit=1", { as: app.employee });
    expect(after.body).toEqual(before.body);
  });

  it.each([
    ["/requests", "application/json", 200],
    ["/requests", "text/html, */*;q=0.1", 200],
    ["/requests", "application/json;q=0, */*", 406],
    ["/requests", "text/csv", 200],
    ["/requests", "text/plain", 406],
    ["/requests/SF-987654", "application/problem+json", 404],
    ["/requests/SF-987654", "application/xml", 406],
    ["/events/stream", "text/event-stream", 200],
    ["/events/stream", "*/*", 200],
    ["/events/stream", "application/json", 406],
    ["/audit-logs/export", "application/x-ndjson", 200],
    ["/audit-logs/export", "application/*", 200],
    ["/audit-logs/export", "text/csv", 406],
  ])("at %s of %s gets %i", async (path, accept, status) => {
    const answer = await app.call("GET", path, { as: app.admin, headers: { accept } });
    expect(answer.status).toBe(status);
  });

  it("matters neither to the documentation nor to tRPC, which has its own", async () => {
    const headers = { accept: "text/html" };
    expect(await get("/docs", { headers })).toMatchObject({ status: 200 });
    expect(await get("/openapi.json", { headers })).toMatchObject({ status: 200 });
    expect(await get("/trpc/users.me", { headers })).toMatchObject({ status: 200 });
  });
});

describe("the detail of a refusal", () => {
  it.each([
    [
      "status=OLD",
      "/status: It takes NEW, IN_PROGRESS, DONE or CANCELED; repeat the name for several.",
    ],
    [
      "status=NEW,OLD",
      "/status/1: It takes NEW, IN_PROGRESS, DONE or CANCELED; repeat the name for several.",
    ],
    [
      "createdFrom=2026-03-02T08:00:00+02:00",
      "/createdFrom: It must be a date and time with Z or an offset, such as 2026-03-02T08:00:00Z. In a query, + is written %2B.",
    ],
    ["stauts=NEW", "/stauts: Unknown field. Did you mean status?"],
    ["limit=many", "/limit: It must be a number."],
  ])("says what to write instead of %s", async (query, detail) => {
    const { body } = await get(`/api/v1/requests?${query}`);
    expect(body.detail).toBe(detail);
    expect(detail).toContain(body.errors[0].detail);
  });

  it("is none for several values, repeated or with commas", async () => {
    for (const query of [
      "status=NEW&status=DONE",
      "status=NEW,DONE",
      "category=it,hr&priority=LOW",
    ]) {
      expect((await get(`/api/v1/requests?${query}`)).status).toBe(200);
    }
  });
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
