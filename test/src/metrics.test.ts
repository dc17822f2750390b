import type { RunningServer } from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { serveWith } from "./harness/serve-with.ts";
import { BOOTSTRAP_KEY, caller } from "./harness/test-app.ts";

const TOKEN = "a-token-for-metrics";

describe("metrics", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  beforeAll(async () => {
    database = await freshPostgres();
  });
  afterEach(() => server.close());
  afterAll(() => database.drop());

  const metrics = (headers: Record<string, string> = {}) =>
    fetch(`${server.url}/metrics`, { headers });

  it("include calls by outcome, the process and the sealer's lag", async () => {
    server = await serveWith(database, {});
    const call = caller(fetch, `${server.url}/api/v1`);
    await call("POST", "/users", {
      body: { fullName: "Ada Admin", email: "ada@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
    await call("GET", "/users/me");
    const text = await (await metrics()).text();
    const lines = text.split("\n");
    expect(lines).toContain(
      'serviceflow_calls_total{procedure="users.create",transport="rest",code="ok"} 1',
    );
    expect(lines).toContain(
      'serviceflow_calls_total{procedure="users.me",transport="rest",code="unauthenticated"} 1',
    );
    expect(text).toMatch(/^serviceflow_call_duration_seconds_bucket\{le="0\.001",/m);
    expect(text).toMatch(/^serviceflow_audit_seal_lag_seconds [\d.e-]+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it("without a token are limited to this machine, and not through a proxy", async () => {
    server = await serveWith(database, {});
    expect((await metrics()).status).toBe(200);
    const unknown = await fetch(`${server.url}/nowhere`);
    for (const header of ["x-forwarded-for", "forwarded", "via"]) {
      const hidden = await metrics({ [header]: "127.0.0.1" });
      expect(hidden.status).toBe(404);
      const [one, other] = [await hidden.json(), await unknown.clone().json()] as Problem[];
      expect({ ...one, requestId: "", instance: "" }).toEqual({
        ...other,
        requestId: "",
        instance: "",
      });
    }
  });

  it("with a token are available to every bearer of it", async () => {
    server = await serveWith(database, { METRICS_TOKEN: TOKEN });
    const forwarded = { "x-forwarded-for": "198.51.100.1" };
    const given = await metrics({ ...forwarded, authorization: `Bearer ${TOKEN}` });
    expect(given.status).toBe(200);
    for (const authorization of ["", "Bearer", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`]) {
      const refused = await metrics(authorization === "" ? {} : { authorization });
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    }
  });
});

type Problem = Record<string, unknown>;
