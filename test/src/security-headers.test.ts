import { createServices } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testLog } from "./harness/databases.ts";
import { fetchOf, openTestApp, type TestApp } from "./harness/test-app.ts";

const EVERYWHERE = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const NOTHING = "default-src 'none'; frame-ancestors 'none'";

describe("security headers", () => {
  let app: TestApp;
  let fetchApp: typeof fetch;
  beforeAll(async () => {
    app = await openTestApp("embedded");
    fetchApp = fetchOf({
      ...createServices(app.database.db, testLog).services,
      corsOrigins: ["https://app.example.com"],
    });
  });
  afterAll(() => app.close());

  const key = () => ({ "x-api-key": app.admin.key });
  const json = { "content-type": "application/json" };

  it.each<[string, string, () => RequestInit, number]>([
    ["data over REST", "/api/v1/users/me", () => ({ headers: key() }), 200],
    ["the unversioned path", "/users/me", () => ({ headers: key() }), 200],
    ["a refusal", "/api/v1/users/me", () => ({}), 401],
    ["a wrong method", "/api/v1/users/me", () => ({ method: "PUT" }), 405],
    ["an unknown path", "/nowhere", () => ({}), 404],
    ["data over tRPC", "/trpc/users.me", () => ({ headers: key() }), 200],
    ["a refusal over tRPC", "/trpc/users.me", () => ({}), 401],
    [
      "a form sent to tRPC",
      "/trpc/requests.create",
      () => ({ method: "POST", body: new FormData(), headers: key() }),
      415,
    ],
    ["a mutation by GET", "/trpc/requests.create?input={}", () => ({ headers: key() }), 405],
    [
      "malformed JSON",
      "/api/v1/requests",
      () => ({ method: "POST", body: "{", headers: { ...key(), ...json } }),
      400,
    ],
    ["health", "/health/live", () => ({}), 200],
    ["readiness", "/health", () => ({}), 200],
    ["the document", "/openapi.json", () => ({}), 200],
    ["a redirect", "/", () => ({ redirect: "manual" }), 302],
    ["metrics that are not for all", "/metrics", () => ({}), 404],
    [
      "a preflight",
      "/api/v1/requests",
      () => ({
        method: "OPTIONS",
        headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
      }),
      204,
    ],
  ])("are in the answer to %s", async (_, path, init, status) => {
    const answer = await fetchApp(`http://test${path}`, init());
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...EVERYWHERE,
      "content-security-policy": NOTHING,
    });
    for (const name of ["server", "x-powered-by", "strict-transport-security"]) {
      expect(answer.headers.get(name)).toBeNull();
    }
    const text = await answer.text();
    if (status >= 400) expect(text).not.toMatch(/\.(ts|js):\d+|node_modules|at .*\(|\d+\.\d+\.\d+/);
  });

  it.each(["/docs", "/docs/start.js", "/docs/swagger-ui.css"])(
    "let %s run its own scripts only",
    async (path) => {
      const answer = await fetchApp(`http://test${path}`);
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(Object.fromEntries(answer.headers)).toMatchObject(EVERYWHERE);
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe|https?:|\*/);
      if (path === "/docs") expect(await answer.text()).not.toMatch(/<script>|<script [^>]*>[^<]/);
    },
  );
});
