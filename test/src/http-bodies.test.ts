import { connectPostgres, type RunningServer, readConfig, serveOn } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres, testLog } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
import { type Answer, openTestAppOn, type TestApp } from "./harness/test-app.ts";

let app: TestApp;
let server: RunningServer;
beforeAll(async () => {
  const database = await freshPostgres();
  app = await openTestAppOn(database);
  const db = connectPostgres({
    url: database.url,
    poolSize: 2,
    preparedStatements: true,
    log: testLog,
  });
  server = await serveOn(db, readConfig({ PORT: "0" }), testLog);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

/** The two transports that create a request. */
const TRANSPORTS = [
  { transport: "REST", path: "/api/v1/requests" },
  { transport: "tRPC", path: "/trpc/requests.create" },
];

async function filed(): Promise<number> {
  const { body } = await app.call("GET", "/requests/stats", { as: app.admin });
  return body.byStatus.NEW;
}

describe.each(TRANSPORTS)("a body sent by $transport", ({ path }) => {
  const post = (body: BodyInit, headers: Record<string, string> = JSON_TYPE): Promise<Answer> =>
    send(app.fetch, path, {
      method: "POST",
      headers: { "x-api-key": app.employee.key, ...headers },
      body,
    });

  it.each([
    ["cut off", '{"title": "Half'],
    ["with a trailing comma", '{"title": "Some title",}'],
    ["in single quotes", "{'title': 'Some title'}"],
    ["that is a word", "undefined"],
    ["with a comment", '{"title": "Some title"} // no'],
    ["that is only blanks", "  "],
  ])("%s is malformed JSON", async (_, body) => {
    expectProblem(await post(body), "malformed_json");
  });

  it.each(["gzip", "br", "deflate", "gzip, identity"])(
    "is refused in the coding %s, with what is taken instead",
    async (coding) => {
      const answer = await post(JSON.stringify({ title: "Packed" }), {
        ...JSON_TYPE,
        "content-encoding": coding,
      });
      expectProblem(answer, "unsupported_media_type");
      expect(answer.body.detail).toContain("Content-Encoding");
      expect(answer.headers.get("accept-encoding")).toBe("identity");
      const plain = await post("a=b", { "content-type": "text/plain" });
      expectProblem(plain, "unsupported_media_type");
      expect(plain.headers.get("accept-encoding")).toBeNull();
    },
  );

  it("may say that it is in no coding", async () => {
    const answer = await post(JSON.stringify({ title: "Plain" }), {
      ...JSON_TYPE,
      "content-encoding": "identity",
    });
    expect(answer.status).toBeLessThan(300);
  });

  it.each([
    ["an array", '[{"title": "Some title"}]'],
    ["a string", '"Some title"'],
    ["a number", "5"],
    ["null", "null"],
    ["true", "true"],
  ])("must be an object and cannot be %s", async (_, body) => {
    expectInvalid(await post(body), [{ pointer: "", code: "invalid_type" }]);
  });

  it("with 50,000 levels does no harm", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const objects = `${'{"a":'.repeat(25_000)}1${"}".repeat(25_000)}`;
    for (const value of [deep, objects]) {
      expectInvalid(await post(`{"title": ${value}}`), [
        { pointer: "/title", code: "invalid_type" },
      ]);
      expectInvalid(await post(`{"title": "Some title", "more": ${value}}`), [
        { pointer: "/more", code: "unknown_field" },
      ]);
    }
    expectInvalid(await post(deep), [{ pointer: "", code: "invalid_type" }]);
  });

  it.each([
    "__proto__",
    "constructor",
    "toString",
    "id",
    "status",
    "version",
    "requester",
    "a/b~c",
  ])("may not have the field %s", async (field) => {
    const before = await filed();
    const pointer = `/${field.replace("~", "~0").replace("/", "~1")}`;
    expectInvalid(await post(`{"title": "Some title", "${field}": {"priority": "URGENT"}}`), [
      { pointer, code: "unknown_field" },
    ]);
    expect(({} as Record<string, unknown>).priority).toBeUndefined();
    expect(await filed()).toBe(before);
  });

  it.each([
    ["form data", "application/x-www-form-urlencoded"],
    ["plain text", "text/plain"],
    ["something like JSON", "application/jsonp"],
    ["XML", "application/xml"],
    ["multipart", "multipart/form-data; boundary=x"],
    ["of a type that is none", "json"],
  ])("may not be %s", async (_, type) => {
    const answer = await post('{"title": "Some title"}', { "content-type": type });
    expectProblem(answer, "unsupported_media_type");
  });

  it("is refused as multipart, as a browser's form sends it", async () => {
    const form = new FormData();
    form.set("title", "Some title");
    expectProblem(await post(form, {}), "unsupported_media_type");
  });

  it.each(["application/json; charset=utf-8", "Application/JSON"])("may be %s", async (type) => {
    const answer = await post('{"title": "Some title"}', { "content-type": type });
    expect(answer.body.title).toBe("Some title");
  });

  it.each([
    ["that says its length", false],
    ["in chunks", true],
  ])("of two megabytes %s is too large, over a socket", async (_, inChunks) => {
    const before = await filed();
    const big = JSON.stringify({ title: "x".repeat(2 * 1024 * 1024) });
    const init = {
      method: "POST",
      headers: { "x-api-key": app.employee.key, ...JSON_TYPE },
      body: inChunks ? new Blob([big]).stream() : big,
      ...(inChunks ? { duplex: "half" } : {}),
    };
    expectProblem(await send(fetch, `${server.url}${path}`, init), "payload_too_large");
    expect(await filed()).toBe(before);
  });
});

it("a REST body that is not UTF-8 is malformed", async () => {
  const answer = await send(app.fetch, "/api/v1/requests", {
    method: "POST",
    headers: { "x-api-key": app.employee.key, ...JSON_TYPE },
    body: Buffer.concat([Buffer.from('{"title":"'), Buffer.alloc(5, 0xff), Buffer.from('"}')]),
  });
  expectProblem(answer, "malformed_json");
});

describe("a tRPC call", () => {
  const get = (path: string): Promise<Answer> =>
    send(app.fetch, path, { headers: { "x-api-key": app.employee.key } });

  it("cannot execute a mutation by GET", async () => {
    const before = await filed();
    const input = encodeURIComponent('{"title":"By GET"}');
    expectProblem(await get(`/trpc/requests.create?input=${input}`), "method_not_allowed");
    expect(await filed()).toBe(before);
  });

  it("cannot execute a query by POST", async () => {
    const headers = { "x-api-key": app.employee.key, ...JSON_TYPE };
    const init = { method: "POST", headers, body: "{}" };
    expectProblem(await send(app.fetch, "/trpc/requests.list", init), "method_not_allowed");
  });

  it.each(["{", "%7B", "%zz", "%ff"])("cannot have the input %s in its URL", async (input) => {
    expectProblem(await get(`/trpc/requests.list?input=${input}`), "malformed_json");
  });

  it.each([
    ["/trpc/users.me?connectionParams=bad", "malformed_json", {}],
    ["/trpc/users.me?connectionParams=7", "malformed_request", {}],
    [`/trpc/${Array(11).fill("users.me").join(",")}?batch=1`, "malformed_request", {}],
    ["/trpc/users.me,requests.create?batch=1", "malformed_request", {}],
    ["/trpc/users.me,events.stream?batch=1", "malformed_request", {}],
    ["/trpc/%zz", "malformed_request", {}],
    ["/trpc/users.me", "malformed_request", { "trpc-accept": "application/jsonl" }],
    ["/trpc/nothing", "not_found", {}],
    ["/trpc/events.stream/", "not_found", {}],
    ["/trpc/users.me", "method_not_allowed", { "content-type": "multipart/form-data" }],
  ] as const)(
    "that tRPC refuses by itself names its call: %s, %s, %j",
    async (path, code, headers) => {
      const init = { headers: { "x-api-key": app.employee.key, ...headers } };
      expectProblem(await send(app.fetch, path, init), code);
    },
  );

  it.each([
    [10, 200],
    [11, 400],
  ])("in a batch of %i is answered with %i", async (size, status) => {
    const path = Array.from({ length: size }, () => "users.me").join(",");
    const url = `http://test/trpc/${path}?batch=1&input={}`;
    const response = await app.fetch(url, { headers: { "x-api-key": app.employee.key } });
    expect(response.status).toBe(status);
    const answered = (await response.text()).match(/"email"/g)?.length ?? 0;
    expect(answered).toBe(status === 200 ? size : 0);
  });

  it.each([
    ["alone", '/trpc/users.search?input={"q":"ada"}', 403, ["FORBIDDEN -32003"], {}],
    ["alone, without a key", "/trpc/users.me", 401, ["UNAUTHORIZED -32001"], { "x-api-key": "" }],
    [
      "in a batch",
      '/trpc/users.search,requests.list?batch=1&input={"0":{"q":"ada"},"1":{"limit":0}}',
      207,
      ["FORBIDDEN -32003", "UNPROCESSABLE_CONTENT -32022"],
      {},
    ],
    // The status of lines is sent before the first of them.
    [
      "in a batch of lines",
      '/trpc/users.search,requests.list?batch=1&input={"0":{"q":"ada"},"1":{"limit":0}}',
      200,
      ["FORBIDDEN -32003", "UNPROCESSABLE_CONTENT -32022"],
      { "trpc-accept": "application/jsonl" },
    ],
    ["before a procedure", "/trpc/nothing", 404, ["NOT_FOUND -32004"], {}],
    [
      "before a stream",
      '/trpc/events.stream?input={"types":7}',
      422,
      ["UNPROCESSABLE_CONTENT -32022"],
      {},
    ],
  ] as const)(
    "refused %s has the tRPC code of its status",
    async (_, path, status, codes, headers) => {
      const init = { headers: { "x-api-key": app.employee.key, ...headers } };
      const response = await app.fetch(`http://test${path}`, init);
      const text = await response.text();
      const found = text.matchAll(/"code":(-\d+),"data":\{"code":"(\w+)"/g);
      expect([...found].map(([, number, key]) => `${key} ${number}`).toSorted()).toEqual(codes);
      expect(response.status).toBe(status);
    },
  );
});
