import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem } from "./harness/problem.ts";
import { type Answer, openTestApp, type TestApp } from "./harness/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp("postgres");
});
afterAll(() => app.close());

describe("a request at version 2", () => {
  let path: string;
  let current: Answer;
  beforeEach(async () => {
    const { call, employee } = app;
    const filed = await call("POST", "/requests", { as: employee, body: { title: "Versioned" } });
    path = `/requests/${filed.body.id}`;
    const body = { title: "Versioned twice" };
    current = await call("PATCH", path, { as: employee, body });
  });

  it("has its version as a strong ETag in every answer", async () => {
    const read = await app.call("GET", path, { as: app.employee });
    expect(current.headers.get("etag")).toBe('"2"');
    expect(read.headers.get("etag")).toBe('"2"');
    expect(read.body).toEqual(current.body);
    expect(read.headers.get("cache-control")).toBe("private, no-cache");
  });

  it.each([
    ["its version", '"2"'],
    ["anything", "*"],
    ["a list with it", '"1", "2"'],
    ["a list without blanks", '"1","2","7"'],
    ["a list with weak and strong", 'W/"1", "2"'],
  ])("is updated with If-Match: %s", async (_, ifMatch) => {
    const options = {
      as: app.employee,
      body: { title: "Newer" },
      headers: { "if-match": ifMatch },
    };
    const { status, headers, body } = await app.call("PATCH", path, options);
    expect({ status, etag: headers.get("etag"), version: body.version }).toEqual({
      status: 200,
      etag: '"3"',
      version: 3,
    });
  });

  it.each([
    ["an older version", '"1"'],
    ["a version to come", '"3"'],
    ["its version as a weak tag", 'W/"2"'],
    ["its version without quotes", "2"],
    ["nothing", ""],
    ["a list without it", '"1", "3"'],
    ["an unclosed tag", '"2'],
    ["nonsense", "}{"],
    ["a star among others", '"1", *'],
  ])("is not updated with If-Match: %s", async (_, ifMatch) => {
    for (const [method, verb, body] of [
      ["PATCH", "", { title: "Newer" }],
      ["PATCH", "/status", { status: "CANCELED", reason: "No" }],
      ["POST", "/claim", undefined],
      ["PUT", "/assignee", { assigneeId: app.agent.id }],
    ] as const) {
      const options = { as: app.admin, body, headers: { "if-match": ifMatch } };
      expectProblem(await app.call(method, `${path}${verb}`, options), "precondition_failed");
    }
    const read = await app.call("GET", path, { as: app.employee });
    expect(read.body).toEqual(current.body);
  });

  it("has the same precondition over tRPC", async () => {
    const id = path.slice("/requests/".length);
    const update = (tag: string) =>
      app.trpc("mutation", "requests.update", {
        as: app.employee,
        body: { id, title: "Newer" },
        headers: { "if-match": tag },
      });
    expectProblem(await update('"1"'), "precondition_failed");
    expect((await update('"2"')).body.version).toBe(3);
  });

  it.each([
    ["its version", '"2"'],
    ["its version as a weak tag", 'W/"2"'],
    ["anything", "*"],
    ["a list with it", '"1", W/"2"'],
  ])("is answered with 304 to If-None-Match: %s", async (_, tag) => {
    const options = { as: app.employee, headers: { "if-none-match": tag } };
    const { status, headers, body } = await app.call("GET", path, options);
    expect({ status, body, etag: headers.get("etag") }).toEqual({
      status: 304,
      body: "",
      etag: '"2"',
    });
    expect(headers.get("content-type")).toBeNull();
  });

  it.each(['"1"', "2", "", '"22"'])("is answered with 200 to If-None-Match: %s", async (tag) => {
    const options = { as: app.employee, headers: { "if-none-match": tag } };
    const { status, body } = await app.call("GET", path, options);
    expect({ status, body }).toEqual({ status: 200, body: current.body });
  });

  it("is answered to HEAD as to GET, without the body", async () => {
    const get = await app.call("GET", path, { as: app.employee });
    const head = await app.call("HEAD", path, { as: app.employee });
    expect({ status: head.status, body: head.body }).toEqual({ status: 200, body: "" });
    for (const name of ["etag", "content-type", "cache-control"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });
});

describe("other resources with a version", () => {
  it.each([
    ["a user", () => `/users/${app.employee.id}`, { fullName: "Eve E." }],
    ["a category", () => "/categories/general", { description: "All else." }],
  ])("are not updated if If-Match has another version: %s", async (_, path, body) => {
    const stale = { as: app.admin, body, headers: { "if-match": '"9"' } };
    expectProblem(await app.call("PATCH", path(), stale), "precondition_failed");
    const fresh = { as: app.admin, body, headers: { "if-match": '"1"' } };
    const { status, headers } = await app.call("PATCH", path(), fresh);
    expect({ status, etag: headers.get("etag") }).toEqual({ status: 200, etag: '"2"' });
  });
});

describe("links in answers", () => {
  it.each([
    ["/requests", { title: "Somewhere" }],
    ["/users", { fullName: "Una", email: "una@example.com" }],
  ])("POST %s has the new resource in Location", async (path, body) => {
    const made = await app.call("POST", path, { as: app.admin, body });
    const location = made.headers.get("location") ?? "";
    expect({ status: made.status, location }).toEqual({
      status: 201,
      location: `/api/v1${path}/${made.body.id}`,
    });
    const found = await app.fetch(`http://test${location}`, {
      headers: { "x-api-key": app.admin.key },
    });
    const { apiKey: _, ...visible } = made.body;
    expect(await found.json()).toEqual(visible);
  });

  it("the Link of a list leads to the next page with the same filters, until the last page", async () => {
    const { call, otherEmployee } = app;
    for (let i = 0; i < 5; i += 1) {
      await call("POST", "/requests", { as: otherEmployee, body: { title: `Page ${i} & more` } });
    }
    const seen: string[] = [];
    let next: string | null = "/api/v1/requests?limit=2&status=NEW&status=DONE&q=%22more%22";
    while (next !== null) {
      const page: Response = await app.fetch(`http://test${next}`, {
        headers: { "x-api-key": otherEmployee.key },
      });
      expect(page.status).toBe(200);
      const { items, nextCursor } = (await page.json()) as Answer["body"];
      seen.push(...items.map(({ title }: { title: string }) => title));
      const link: string | null = page.headers.get("link");
      expect(link === null).toBe(nextCursor === null);
      next =
        link && (/^<(\/api\/v1\/requests\?[^>]+)>; rel="next"$/.exec(link)?.[1] ?? "unreadable");
    }
    expect(seen.sort()).toEqual([0, 1, 2, 3, 4].map((i) => `Page ${i} & more`));
  });
});
