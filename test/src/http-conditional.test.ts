import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectProblem } from "./harness/problem.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp("postgres");
});
afterAll(() => app.close());

function tagOf({ headers }: Answer): string {
  return headers.get("etag") ?? "";
}

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

  it("has a strong ETag that begins with its version in every answer", async () => {
    const read = await app.call("GET", path, { as: app.employee });
    expect(current.headers.get("etag")).toMatch(/^"2-[\w-]{22}"$/);
    expect(read.headers.get("etag")).toBe(tagOf(current));
    expect(read.body).toEqual(current.body);
    expect(read.headers.get("cache-control")).toBe("private, no-cache");
  });

  it.each([
    ["its version", '"2"'],
    ["its version, as another answer had it", '"2-47DEQpj8HBSa-_TImW-5JC"'],
    ["anything", "*"],
    ["a list with it", '"1", "2"'],
    ["a list of tags with it", '"1-x", "2-y"'],
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
      etag: expect.stringMatching(/^"3-/),
      version: 3,
    });
  });

  it("is updated with the ETag of any answer about that version, also to another caller", async () => {
    const { call, admin, employee } = app;
    const seen = tagOf(await call("GET", path, { as: admin }));
    const options = { as: employee, body: { title: "Newer" }, headers: { "if-match": seen } };
    expect((await call("PATCH", path, options)).status).toBe(200);
    expectProblem(await call("PATCH", path, options), "precondition_failed");
  });

  it.each([
    ["an older version", '"1"'],
    ["the tag of an older version", '"1-2"'],
    ["a version to come", '"3"'],
    ["its version as a weak tag", 'W/"2"'],
    ["its tag as a weak one", 'W/"2-x"'],
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
    expectProblem(await update('"2-x"'), "precondition_failed");
    expect((await update('"3-x"')).status).toBe(200);
  });

  it.each<[string, (tag: string) => string]>([
    ["its tag", (tag) => tag],
    ["its tag as a weak one", (tag) => `W/${tag}`],
    ["anything", () => "*"],
    ["a list with it", (tag) => `"1-x", W/${tag}`],
  ])("is answered with 304 to If-None-Match: %s", async (_, given) => {
    const etag = tagOf(current);
    const options = { as: app.employee, headers: { "if-none-match": given(etag) } };
    const { status, headers, body } = await app.call("GET", path, options);
    expect({ status, body, etag: headers.get("etag") }).toEqual({ status: 304, body: "", etag });
    expect(headers.get("content-type")).toBeNull();
  });

  it.each(['"2"', '"1"', "2", "", '"22"', '"2-x"'])(
    "is answered with 200 to If-None-Match: %s",
    async (tag) => {
      const options = { as: app.employee, headers: { "if-none-match": tag } };
      const { status, body } = await app.call("GET", path, options);
      expect({ status, body }).toEqual({ status: 200, body: current.body });
    },
  );

  it("is answered to HEAD as to GET, without the body", async () => {
    const get = await app.call("GET", path, { as: app.employee });
    const head = await app.call("HEAD", path, { as: app.employee });
    expect({ status: head.status, body: head.body }).toEqual({ status: 200, body: "" });
    for (const name of ["etag", "content-type", "cache-control"]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
  });
});

describe("what changes in an answer without a new version", () => {
  /** Reads with the tag of an earlier answer. */
  const again = (path: string, as: Person, seen: Answer) =>
    app.call("GET", path, { as, headers: { "if-none-match": tagOf(seen) } });

  let requester: Person;
  let reader: Person;
  let path: string;
  beforeEach(async () => {
    const email = (name: string) => `${name}-${randomUUID()}@example.com`;
    requester = await app.addUser({ fullName: "Rita Before", email: email("rita") });
    reader = await app.addUser({ fullName: "Ray", role: "AGENT", email: email("ray") });
    const filed = await app.call("POST", "/requests", {
      as: requester,
      body: { title: "Seen by several" },
    });
    path = `/requests/${filed.body.id}`;
  });

  it.each<[string, () => Promise<Answer>, object]>([
    [
      "a name",
      () =>
        app.call("PATCH", `/users/${requester.id}`, {
          as: app.admin,
          body: { fullName: "Rita After" },
        }),
      { requester: { fullName: "Rita After" } },
    ],
    [
      "a person who is erased",
      () => app.call("POST", `/users/${requester.id}/erase`, { as: app.admin }),
      { requester: { fullName: "Erased user" } },
    ],
    [
      "the reader's role",
      () =>
        app.call("PATCH", `/users/${reader.id}/role`, { as: app.admin, body: { role: "ADMIN" } }),
      { allowedActions: expect.arrayContaining(["assign", "cancel"]) },
    ],
  ])("is never answered with 304: %s", async (_, change, expected) => {
    const seen = await app.call("GET", path, { as: reader });
    expect((await again(path, reader, seen)).status).toBe(304);
    expect((await change()).status).toBe(200);
    const { status, body } = await again(path, reader, seen);
    expect({ status, version: body.version }).toEqual({ status: 200, version: 1 });
    expect(body).toMatchObject(expected);
  });

  it("is never answered with 304: the view of another caller", async () => {
    const seen = await app.call("GET", path, { as: requester });
    const { status, body } = await again(path, reader, seen);
    expect({ status, actions: body.allowedActions }).not.toMatchObject({
      actions: seen.body.allowedActions,
    });
    expect(status).toBe(200);
  });

  it("is never answered with 304: the same user with another key", async () => {
    const { call, admin } = app;
    const body = { name: "Second", scopes: ["requests:read"] };
    const issued = await call("POST", "/users/me/api-keys", { as: admin, body });
    const seen = await call("GET", "/users/me", { as: admin });
    const second = { ...admin, key: issued.body.apiKey };
    const answer = await again("/users/me", second, seen);
    expect({ status: answer.status, name: answer.body.callingKey?.name }).toEqual({
      status: 200,
      name: "Second",
    });
    expect((await again("/users/me", admin, seen)).status).toBe(304);
  });

  it("is never answered with 304: the owner of a webhook who is renamed", async () => {
    const { call, admin, addUser } = app;
    const owner = await addUser({
      fullName: "Wanda Before",
      role: "ADMIN",
      email: "wanda@example.com",
    });
    const made = await call("POST", "/webhooks", {
      as: owner,
      body: { url: "https://bot.example.com/hook" },
    });
    const at = `/webhooks/${made.body.id}`;
    const seen = await call("GET", at, { as: admin });
    expect((await again(at, admin, seen)).status).toBe(304);
    const renamed = { as: admin, body: { fullName: "Wanda After" } };
    await call("PATCH", `/users/${owner.id}`, renamed);
    const answer = await again(at, admin, seen);
    expect({ status: answer.status, name: answer.body.owner?.fullName }).toEqual({
      status: 200,
      name: "Wanda After",
    });
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
    expect({ status, etag: headers.get("etag") }).toEqual({
      status: 200,
      etag: expect.stringMatching(/^"2-/),
    });
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
