import { randomBytes } from "node:crypto";
import { ServiceFlow } from "@serviceflow/sdk";
import { createServices, formatApiKey, OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { testLog } from "./harness/databases.ts";
import { invoke, kindOf, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
import { caller, fetchOf, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const clock = new TestClock("2026-03-02T08:00:00Z");
const CHALLENGE = 'ApiKey realm="ServiceFlow", header="X-API-Key", Bearer realm="ServiceFlow"';

let app: TestApp;
let sleeper: Person;
beforeAll(async () => {
  app = await openTestApp("postgres", { clock: clock.read });
  sleeper = await app.addUser({ fullName: "Sam Sleeper", email: "sam@example.com" });
  await app.call("PATCH", `/users/${sleeper.id}`, { as: app.admin, body: { active: false } });
});
afterAll(() => app.close());

async function issue(fields: object): Promise<{ id: string; apiKey: string }> {
  const body = { name: "Short-lived", ...fields };
  return (await app.call("POST", "/users/me/api-keys", { as: app.agent, body })).body;
}

/** Headers without a valid key. */
const REJECTED: [string, () => Promise<Record<string, string>>][] = [
  ["no key", async () => ({})],
  ["an empty key", async () => ({ "x-api-key": "" })],
  ["nonsense", async () => ({ "x-api-key": "let me in" })],
  [
    "a key whose checksum is off",
    async () => {
      const key = app.agent.key;
      return { "x-api-key": `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}` };
    },
  ],
  ["a key nobody has", async () => ({ "x-api-key": formatApiKey(randomBytes(32)) })],
  ["a key in another header", async () => ({ "x-token": app.agent.key })],
  ["a key as another credential", async () => ({ authorization: `Basic ${app.agent.key}` })],
  ["a bearer of nonsense", async () => ({ authorization: "Bearer let-me-in" })],
  [
    "a bearer of two keys",
    async () => ({ authorization: `Bearer ${app.agent.key} ${app.admin.key}` }),
  ],
  [
    "a wrong key, although the bearer is right",
    async () => ({ "x-api-key": "let me in", authorization: `Bearer ${app.agent.key}` }),
  ],
  ["two keys at once", async () => ({ "x-api-key": `${app.agent.key}, ${app.admin.key}` })],
  [
    "a revoked key",
    async () => {
      const { id, apiKey } = await issue({});
      await app.call("DELETE", `/api-keys/${id}`, { as: app.agent });
      return { "x-api-key": apiKey };
    },
  ],
  [
    "an expired key",
    async () => {
      const { apiKey } = await issue({
        expiresAt: new Date(clock.read().getTime() + 1000).toISOString(),
      });
      clock.advance(1);
      return { "x-api-key": apiKey };
    },
  ],
  ["the key of an inactive user", async () => ({ "x-api-key": sleeper.key })],
];

describe("a call without a valid key", () => {
  it.each(REJECTED)("gets the same answer for %s", async (_, headersOf) => {
    const headers = await headersOf();
    for (const transport of TRANSPORTS) {
      const answer = await invoke(app, transport, "users.me", {}, { headers });
      expectProblem(answer, "unauthenticated");
      expect(answer.headers.get("www-authenticate")).toBe(CHALLENGE);
      const withNone = await invoke(app, transport, "users.me");
      expect(kindOf(answer.body)).toEqual(kindOf(withNone.body));
      expect([...answer.headers.keys()]).toEqual([...withNone.headers.keys()]);
    }
  });

  it.each(OPERATIONS.map(({ name }) => name))("is refused by %s", async (name) => {
    const input =
      name === "users.create" ? { fullName: "Nobody", email: "nobody@example.com" } : { id: "x" };
    for (const transport of TRANSPORTS) {
      expectProblem(await invoke(app, transport, name, input), "unauthenticated");
    }
  });

  it("is refused before its body is read", async () => {
    const init = { method: "POST", headers: JSON_TYPE, body: "{ not JSON" };
    expectProblem(await send(app.fetch, "/api/v1/requests", init), "unauthenticated");
  });

  it("is accepted until the key expires", async () => {
    const { apiKey } = await issue({
      expiresAt: new Date(clock.read().getTime() + 1).toISOString(),
    });
    const { status } = await app.call("GET", "/users/me", { headers: { "x-api-key": apiKey } });
    expect(status).toBe(200);
  });
});

describe("a key as a bearer", () => {
  it.each(["Bearer", "bearer", "BEARER  "])("is taken, written %s", async (scheme) => {
    for (const transport of TRANSPORTS) {
      const headers = { authorization: `${scheme} ${app.agent.key}` };
      const { status, body } = await invoke(app, transport, "users.me", {}, { headers });
      expect([status, body.id]).toEqual([200, app.agent.id]);
    }
  });

  it("yields to X-API-Key", async () => {
    const headers = { authorization: `Bearer ${app.agent.key}`, "x-api-key": app.admin.key };
    const { body } = await app.call("GET", "/users/me", { headers });
    expect(body.id).toBe(app.admin.id);
  });

  it("reads again what it answered a secret to, by either header", async () => {
    const idempotent = { "idempotency-key": "bearer-1" };
    const body = { name: "Bot" };
    const path = "/users/me/api-keys";
    const as = { authorization: `Bearer ${app.agent.key}` };
    const first = await app.call("POST", path, { body, headers: { ...idempotent, ...as } });
    const again = await app.call("POST", path, { as: app.agent, body, headers: idempotent });
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
  });
});

describe("a wrong bootstrap key", () => {
  const body = { fullName: "Eve", email: "eve@example.org" };

  it.each([
    ["another", "another-key-that-is-long-enough-too"],
    ["an empty one", ""],
  ])("is refused: %s", async (_, key) => {
    const answer = await app.call("POST", "/users", {
      body,
      headers: { "x-bootstrap-key": key },
    });
    expectProblem(answer, "unauthenticated");
    expect(answer.headers.get("www-authenticate")).toBe(CHALLENGE);
  });

  it("is every key when none is configured", async () => {
    const call = caller(fetchOf(createServices(app.database.db, testLog).services));
    for (const key of ["null", ""]) {
      const answer = await call("POST", "/users", { body, headers: { "x-bootstrap-key": key } });
      expectProblem(answer, "unauthenticated");
    }
  });

  it("is refused even with a valid API key", async () => {
    const headers = { "x-bootstrap-key": "wrong" };
    const answer = await app.call("POST", "/users", { as: app.admin, body, headers });
    expectProblem(answer, "unauthenticated");
  });
});

describe("a page of another origin", () => {
  const ORIGIN = "https://app.example.com";
  const preflight = {
    method: "OPTIONS",
    headers: { origin: ORIGIN, "access-control-request-method": "POST" },
  };
  const corsHeaders = (headers: Headers) =>
    [...headers.keys()].filter((name) => name.startsWith("access-control-"));

  it.each(["/api/v1/requests", "/trpc/requests.create"])(
    "may not call %s by default",
    async (path) => {
      const calls = [preflight, { headers: { origin: ORIGIN } }];
      for (const init of calls)
        expect(corsHeaders((await send(app.fetch, path, init)).headers)).toEqual([]);
    },
  );

  it.each([
    [ORIGIN, ORIGIN],
    ["https://evil.example.com", null],
    ["https://app.example.com.evil.com", null],
    ["http://app.example.com", null],
    ["null", null],
  ])("%s may call when it is configured: %s", async (origin, allowed) => {
    const services = createServices(app.database.db, testLog).services;
    const fetchApp = fetchOf({ ...services, corsOrigins: [ORIGIN] });
    for (const path of ["/api/v1/users/me", "/trpc/users.me", "/api/v1/nothing"]) {
      const asked = { ...preflight, headers: { ...preflight.headers, origin } };
      const { headers, status } = await send(fetchApp, path, asked);
      expect(headers.get("access-control-allow-origin")).toBe(allowed);
      if (allowed) expect(status).toBe(204);
      const refused = await send(fetchApp, path, { headers: { origin } });
      expect(refused.headers.get("access-control-allow-origin")).toBe(allowed);
      expect(refused.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  describe("that is configured", () => {
    let fetchApp: typeof fetch;
    beforeAll(() => {
      const { services } = createServices(app.database.db, testLog, { bootstrapKey: KEY });
      fetchApp = fetchOf({ ...services, corsOrigins: [ORIGIN] });
    });
    const KEY = "a-bootstrap-key-for-a-page-with-it";
    const allowedBy = (headers: Headers) =>
      new Set(headers.get("access-control-allow-headers")?.toLowerCase().split(","));

    /** As a browser does: asks first for what is not on the safelist of the Fetch standard. */
    const browserFetch = async (input: string, init: RequestInit): Promise<Response> => {
      const { method = "GET", headers } = init;
      const safe = (name: string, value: string) =>
        /^(accept|accept-language|content-language)$/.test(name) ||
        (name === "content-type" && /^(text\/plain|multipart\/|application\/x-www)/.test(value));
      const names = [...new Headers(headers)].flatMap(([name, value]) =>
        safe(name, value) ? [] : [name],
      );
      const asked = await fetchApp(input, {
        method: "OPTIONS",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": method,
          "access-control-request-headers": names.sort().join(","),
        },
      });
      if (!asked.ok) throw new TypeError(`The preflight failed with ${asked.status}.`);
      const standard = await fetchApp(input, { method: "OPTIONS", headers: { origin: ORIGIN } });
      for (const name of names) {
        if (!allowedBy(asked.headers).has(name)) throw new TypeError(`${name} is not allowed.`);
        if (!OWN.has(name) && !allowedBy(standard.headers).has(name)) listed.push(name);
      }
      return fetchApp(input, { ...init, headers: { ...headers, origin: ORIGIN } });
    };
    /** Headers of the page itself, not of the SDK. */
    const OWN = new Set(["x-tenant"]);
    const listed: string[] = [];

    it("may send every header of the SDK, and its own", async () => {
      const sf = new ServiceFlow({
        baseUrl: "http://test",
        apiKey: app.admin.key,
        headers: { "x-tenant": "7", "x-request-id": "from-a-page" },
        fetch: (input, init) =>
          browserFetch(input, { ...init, headers: Object.fromEntries(new Headers(init.headers)) }),
        maxRetries: 0,
      });
      const filed = await sf.requests.create({ title: "From a page" });
      await sf.requests.update(filed.id, { title: "Again" }, { ifVersion: filed.version });
      await sf.requests.list({ limit: 1 });
      const bootstrapped = sf.users.bootstrap({ fullName: "Eve", email: "eve@example.org" }, KEY);
      await expect(bootstrapped).rejects.toMatchObject({ code: "bootstrap_closed" });
      for await (const line of sf.audit.export({ redacted: true })) {
        expect(line).toBeDefined();
        break;
      }
      for await (const event of sf.events.subscribe({ after: "start" })) {
        expect(event.id).toMatch(/^evt_/);
        break;
      }
      expect(listed).toEqual([]);
    });

    it.each([
      "traceparent",
      "tracestate",
      "baggage",
      "sentry-trace",
      "trpc-accept",
      "last-event-id",
      "if-none-match",
      "x-request-id",
    ])("may send %s", async (name) => {
      const { headers } = await send(fetchApp, "/trpc/users.me", preflight);
      expect(allowedBy(headers)).toContain(name);
    });
  });
});
