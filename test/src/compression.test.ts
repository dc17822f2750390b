import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { ServiceFlow } from "@serviceflow/sdk";
import { createServices, OPERATIONS, type RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { secretIn } from "./harness/mutations.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { serveWith } from "./harness/serve-with.ts";
import { fetchOf, openTestAppOn, type TestApp } from "./harness/test-app.ts";

const DESCRIPTION = "It has leaked since Monday; the drip tray is full. ".repeat(40);
const HOOK = { url: `https://bot.example.com/${"a".repeat(1_200)}` };
/** tRPC itself varies by the first two. */
const OF_TRPC = ["trpc-accept", "accept", "accept-encoding"];
const ORIGIN = "https://app.example.com";

let database: TestDatabase & { url: string };
let app: TestApp;
let server: RunningServer;
let id: string;
let short: string;

beforeAll(async () => {
  database = await freshPostgres();
  app = await openTestAppOn(database);
  server = await serveWith(database, { RATE_LIMIT_PER_MINUTE: "0", CORS_ORIGINS: ORIGIN });
  const file = async (body: object) =>
    (await app.call("POST", "/requests", { as: app.employee, body })).body.id;
  id = await file({ title: "Coffee machine", description: DESCRIPTION });
  short = await file({ title: "Badge" });
  await allSealed(database.db);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const DECODE = {
  gzip: (body: Uint8Array) => gunzipSync(body),
  br: (body: Uint8Array) => brotliDecompressSync(body),
};

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  app.fetch(`http://test${path}`, { method, headers: { "x-api-key": app.admin.key, ...headers } });
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const varyOf = ({ headers }: Response) => headers.get("vary")?.toLowerCase().split(", ") ?? [];

const read = () => `/api/v1/requests/${id}`;
const input = (value: object) => encodeURIComponent(JSON.stringify(value));

describe("an answer of more than 1 KB", () => {
  it.each<[string, () => string, string[]]>([
    ["over REST", read, ["accept-encoding", "authorization", "cookie", "x-api-key"]],
    [
      "that can be CSV as well",
      () => "/api/v1/requests?include=description",
      ["accept", "accept-encoding", "authorization", "cookie", "x-api-key"],
    ],
    ["over tRPC", () => `/trpc/requests.get?input=${input({ id })}`, OF_TRPC],
    [
      "of a tRPC batch",
      () => `/trpc/users.me,requests.get?batch=1&input=${input({ 0: {}, 1: { id } })}`,
      OF_TRPC,
    ],
    ["that is the OpenAPI document", () => "/openapi.json", ["accept-encoding"]],
    ["that is a script of the docs", () => "/docs/swagger-ui-bundle.js", ["accept-encoding"]],
    ["that is a style of the docs", () => "/docs/swagger-ui.css", ["accept-encoding"]],
  ])("%s is compressed for those who accept it", async (_, path, vary) => {
    const plain = await get(path());
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(varyOf(plain)).toEqual(vary);
    const expected = Buffer.from(await bytesOf(plain));
    for (const [accept, coding] of [
      ["gzip, deflate", "gzip"],
      ["gzip;q=0.5, br", "br"],
      // What was encoded once is sent again.
      ["gzip", "gzip"],
    ] as const) {
      const response = await get(path(), { "accept-encoding": accept });
      expect(response.headers.get("content-encoding")).toBe(coding);
      expect(response.headers.get("content-type")).toBe(plain.headers.get("content-type"));
      expect(varyOf(response)).toEqual(vary);
      const body = await bytesOf(response);
      expect(body.length).toBeLessThan(0.6 * expected.length);
      expect(DECODE[coding](body).equals(expected)).toBe(true);
    }
    for (const accept of ["identity", "deflate", "gzip;q=0, br;q=0", ""]) {
      const response = await get(path(), { "accept-encoding": accept });
      expect(response.headers.get("content-encoding")).toBeNull();
      expect(Buffer.from(await bytesOf(response)).equals(expected)).toBe(true);
    }
  });

  it("is not compressed where the operator has switched it off", async () => {
    const { services } = createServices(database.db, testLog);
    const fetchPlain = fetchOf({ ...services, compression: false });
    for (const path of [read(), `/trpc/requests.get?input=${input({ id })}`, "/openapi.json"]) {
      const headers = { "x-api-key": app.admin.key, "accept-encoding": "gzip" };
      const response = await fetchPlain(`http://test${path}`, { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-encoding")).toBeNull();
      await response.json();
    }
  });
});

it.each(["/api/v1/users/me", "/trpc/users.me", "/health"])(
  "an answer of less than 1 KB is sent as it is: %s",
  async (path) => {
    const response = await get(path, { "accept-encoding": "gzip" });
    expect(response.headers.get("content-encoding")).toBeNull();
    await response.json();
  },
);

it.each<[string, string, Record<string, string>]>([
  ["events", "/api/v1/events/stream?after=start", {}],
  ["events over tRPC", `/trpc/events.stream?input=${input({ after: "start" })}`, {}],
  ["the log as JSON Lines", "/api/v1/audit-logs/export", {}],
  ["a list as CSV", "/api/v1/requests?include=description", { accept: "text/csv" }],
  [
    "a tRPC batch as JSON Lines",
    `/trpc/requests.list,requests.list?batch=1&input=${input({ 0: {}, 1: {} })}`,
    { "trpc-accept": "application/jsonl" },
  ],
])("a stream is sent as it is, and no proxy may compress it: %s", async (_, path, headers) => {
  const response = await get(path, { ...headers, "accept-encoding": "gzip, br" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-encoding")).toBeNull();
  expect(response.headers.get("cache-control")).toContain("no-transform");
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(Buffer.from(value ?? []).toString()).toMatch(/^\ufeff?[\w{":]/);
  await reader?.cancel();
});

describe.each(TRANSPORTS)("a secret over %s", (transport) => {
  const asked = { "accept-encoding": "gzip, br" };
  const call = (name: string, value: object, headers: Record<string, string> = {}) =>
    invoke(app, transport, name, value as Record<string, unknown>, {
      as: app.admin,
      headers: { ...asked, ...headers },
    });
  const hook = async () =>
    (await app.call("POST", "/webhooks", { as: app.admin, body: HOOK })).body.id as string;
  const key = async () => {
    const body = { name: "Spare" };
    return (await app.call("POST", "/users/me/api-keys", { as: app.admin, body })).body.id;
  };

  const SECRETS: Record<string, (headers?: Record<string, string>) => ReturnType<typeof call>> = {
    "users.create": (headers) =>
      call(
        "users.create",
        { fullName: "New", email: `${crypto.randomUUID()}@example.com`, role: "EMPLOYEE" },
        headers,
      ),
    "apiKeys.issue": (headers) => call("apiKeys.issue", { name: "Own" }, headers),
    "apiKeys.issueFor": (headers) =>
      call("apiKeys.issueFor", { id: app.employee.id, name: "Theirs" }, headers),
    "apiKeys.rotate": async (headers) => call("apiKeys.rotate", { id: await key() }, headers),
    "apiKeys.redeem": async (headers) => {
      const { body } = await call("codes.issue", { purpose: "API_KEY" });
      return invoke(
        app,
        "rest",
        "apiKeys.redeem",
        {},
        {
          headers: { ...headers, "x-one-time-code": body.code },
        },
      );
    },
    "codes.issue": (headers) => call("codes.issue", { purpose: "SESSION" }, headers),
    "codes.issueFor": (headers) =>
      call("codes.issueFor", { id: app.employee.id, purpose: "SESSION" }, headers),
    "users.invite": (headers) =>
      call(
        "users.invite",
        { fullName: "New", email: `${crypto.randomUUID()}@example.com` },
        headers,
      ),
    "webhooks.create": (headers) => call("webhooks.create", HOOK, headers),
    "webhooks.rotate": async (headers) => call("webhooks.rotate", { id: await hook() }, headers),
  };

  it("is known of every operation that answers with one", () => {
    const fieldsOf = (output: unknown) =>
      Object.keys((output as { shape?: object } | undefined)?.shape ?? {});
    const found = OPERATIONS.filter(({ output }) =>
      fieldsOf(output).some((field) => ["apiKey", "code", "secret"].includes(field)),
    );
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(SECRETS).sort());
  });

  it.each(Object.keys(SECRETS))("is never compressed, by a proxy neither: %s", async (name) => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const answer = await SECRETS[name]?.(headers);
    expect(answer?.status).toBeLessThan(300);
    expect(secretIn(answer?.body)).toMatch(/^(sfc?_|whsec_)/);
    expect(answer?.headers.get("content-encoding")).toBeNull();
    expect(answer?.headers.get("cache-control")).toBe("no-store, no-transform");
  });
});

it("a secret that is answered again is not compressed either", async () => {
  const headers = { "idempotency-key": "hook-once", "accept-encoding": "gzip" };
  const create = () => app.call("POST", "/webhooks", { as: app.admin, body: HOOK, headers });
  const first = await create();
  const again = await create();
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("cache-control")).toBe("no-store, no-transform");
  expect(again.headers.get("content-encoding")).toBeNull();
});

describe("the ETag of a compressed answer", () => {
  const tagged = async (headers: Record<string, string>) => {
    const response = await get(read(), headers);
    await response.arrayBuffer();
    return response;
  };
  const plainTag = async () => (await tagged({})).headers.get("etag") ?? "";

  it("is strong, and another for each coding", async () => {
    const plain = await plainTag();
    const tags = await Promise.all(
      ["gzip", "br"].map(async (coding) => (await tagged({ "accept-encoding": coding })).headers),
    );
    expect(plain).toMatch(/^"1-[\w-]{22}"$/);
    expect(tags.map((headers) => headers.get("etag"))).toEqual([
      plain.replace(/"$/, '-gzip"'),
      plain.replace(/"$/, '-br"'),
    ]);
  });

  it.each(["gzip", "br", "identity"])(
    "of any coding is answered with itself in a 304 (%s)",
    async (coding) => {
      const { headers } = await tagged({ "accept-encoding": coding });
      const tag = headers.get("etag") ?? "";
      for (const accept of ["gzip", "br", "identity"]) {
        const response = await tagged({ "accept-encoding": accept, "if-none-match": `W/${tag}` });
        expect(response.status).toBe(304);
        expect(response.headers.get("etag")).toBe(tag);
        expect(response.headers.get("content-encoding")).toBeNull();
        expect(varyOf(response)).toEqual([
          "accept-encoding",
          "authorization",
          "cookie",
          "x-api-key",
        ]);
      }
    },
  );

  it("is accepted in If-Match", async () => {
    const as = app.employee;
    const path = `/requests/${short}`;
    const body = { description: DESCRIPTION };
    const first = await app.call("PATCH", path, { as, body });
    const compressed = await app.fetch(`http://test/api/v1${path}`, {
      headers: { "x-api-key": as.key, "accept-encoding": "gzip" },
    });
    const tag = compressed.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"2-[\w-]{22}-gzip"$/);
    const headers = { "if-match": tag };
    const next = await app.call("PATCH", path, { as, body: { title: "Badge lost" }, headers });
    expect({ status: next.status, version: next.body.version }).toEqual({
      status: 200,
      version: 3,
    });
    const late = await app.call("PATCH", path, { as, body: { title: "Badge" }, headers });
    expect(late.status).toBe(412);
    expect(first.headers.get("etag")).toMatch(/^"2-/);
  });
});

describe("a server", () => {
  const fetchAt = (path: string, init: RequestInit = {}) =>
    fetch(`${server.url}${path}`, {
      ...init,
      headers: { "x-api-key": app.admin.key, ...init.headers },
    });

  it("answers HEAD as GET, without the body", async () => {
    for (const path of [read(), "/openapi.json", `/trpc/requests.get?input=${input({ id })}`]) {
      const got = await fetchAt(path);
      const head = await fetchAt(path, { method: "HEAD" });
      expect(await head.text()).toBe("");
      expect(JSON.parse(await got.text())).toBeTruthy();
      if (path.startsWith("/trpc")) continue;
      for (const name of ["content-encoding", "etag", "vary", "content-type", "cache-control"]) {
        expect(head.headers.get(name), `${name} of ${path}`).toBe(got.headers.get(name));
      }
    }
  });

  it("keeps the Vary of other origins", async () => {
    const response = await fetchAt(read(), { headers: { origin: ORIGIN } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(varyOf(response).toSorted()).toEqual([
      "accept-encoding",
      "authorization",
      "cookie",
      "origin",
      "x-api-key",
    ]);
    await response.json();
  });

  it("is understood by the SDK, whose fetch accepts gzip", async () => {
    const codings: (string | null)[] = [];
    const client = new ServiceFlow({
      baseUrl: server.url,
      apiKey: app.admin.key,
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        codings.push(response.headers.get("content-encoding"));
        return response;
      },
    });
    const found = await client.requests.get(id);
    expect(found.description).toBe(DESCRIPTION.trim());
    const updated = await client.requests.update(id, { priority: "HIGH" });
    expect(updated.description).toBe(DESCRIPTION.trim());
    expect(codings).toEqual(["gzip", "gzip"]);
  });
});
