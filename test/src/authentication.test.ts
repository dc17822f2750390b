import { randomBytes } from "node:crypto";
import { createServices, formatApiKey, OPERATIONS } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { testLog } from "./harness/databases.ts";
import { invoke, kindOf, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { JSON_TYPE, send } from "./harness/raw-http.ts";
import { caller, fetchOf, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const clock = new TestClock("2026-03-02T08:00:00Z");
const CHALLENGE = 'ApiKey realm="ServiceFlow", header="X-API-Key"';

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
  ["a key in another header", async () => ({ authorization: `Bearer ${app.agent.key}` })],
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
});
