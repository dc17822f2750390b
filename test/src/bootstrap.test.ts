import { createServices } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES, freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, BOOTSTRAP_KEY, caller, fetchOf, type Person } from "./harness/test-app.ts";

describe.each(ENGINES)("the first administrator on %s", (engine) => {
  const ADA = { fullName: "Ada", email: "ada@example.com", role: "EMPLOYEE" };
  let database: TestDatabase;
  let call: ReturnType<typeof caller>;
  let first: Answer;
  let ada: Person;

  function bootstrap(body: object, headers: Record<string, string> = {}): Promise<Answer> {
    return call("POST", "/users", {
      body,
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY, ...headers },
    });
  }

  beforeAll(async () => {
    database = await freshDatabase(engine);
    call = caller(
      fetchOf(createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services),
    );
    const keyless = await call("POST", "/users", { body: ADA });
    expectProblem(keyless, "unauthenticated");
    expect(keyless.body.detail).toMatch(/X-API-Key.*X-Bootstrap-Key/);
    const stranger = { authorization: "Bearer sf_of_somebody" };
    const keyed = await call("POST", "/users", { body: ADA, headers: stranger });
    expect(keyed.body.detail).not.toContain("X-Bootstrap-Key");
    expect((await call("GET", "/users")).body.detail).not.toContain("X-Bootstrap-Key");
    expectInvalid(await bootstrap({ ...ADA, email: "ada" }), [
      { pointer: "/email", code: "invalid_format" },
    ]);
    first = await bootstrap(ADA, { "idempotency-key": "first" });
    ada = { id: first.body.id, fullName: "Ada", key: first.body.apiKey };
  });
  afterAll(() => database.drop());

  it("is created with the bootstrap key, whichever role is asked for", async () => {
    const { apiKey, ...visible } = first.body;
    expect(first.status).toBe(201);
    expect(visible).toMatchObject({ role: "ADMIN", kind: "HUMAN", active: true, version: 1 });
    const me = await call("GET", "/users/me", { as: ada });
    expect(me.body).toMatchObject(visible);
    const log = await call("GET", "/audit-logs", { as: ada });
    const entries = log.body.items.map(({ action, actor }: Answer["body"]) => [action, actor]);
    expect(entries).toEqual([
      ["api_key.issued", null],
      ["user.bootstrapped", null],
    ]);
    expect(JSON.stringify(log.body)).not.toContain(apiKey);
  });

  it("is the only user that the bootstrap key creates", async () => {
    for (const email of [ADA.email, "eve@example.com"]) {
      expectProblem(await bootstrap({ ...ADA, email }), "bootstrap_closed");
    }
    expect(await runSql(database.db, "select email from users")).toEqual([{ email: ADA.email }]);
  });

  it("gets the same API key for a retried call, and the key is not stored in plain text", async () => {
    const again = await bootstrap(ADA, { "idempotency-key": '"first"' });
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
    const kept = "select encrypted, answer like '%sf\\_%' as readable from idempotency_keys";
    expect(await runSql(database.db, kept)).toEqual([{ encrypted: true, readable: false }]);
    const other = { ...ADA, fullName: "Eve" };
    const reused = await bootstrap(other, { "idempotency-key": "first" });
    expectProblem(reused, "idempotency_key_reused");
  });

  it("cannot be created again when every administrator is inactive", async () => {
    await runSql(database.db, "update users set active = false");
    const body = { fullName: "Eve", email: "eve@example.com" };
    expectProblem(await bootstrap(body), "bootstrap_closed");
    await runSql(database.db, "update users set active = true");
  });
});
