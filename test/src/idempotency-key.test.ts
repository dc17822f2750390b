import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("an Idempotency-Key on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const file = (key: string, body: object, as: Person = app.employee) =>
    app.call("POST", "/requests", { as, body, headers: { "idempotency-key": key } });

  it("is the same quoted or bare, with fields in any order", async () => {
    const bare = await file("quoted-or-bare", { title: "Quoted", priority: "LOW" });
    const quoted = await file('"quoted-or-bare"', { priority: "LOW", title: " Quoted " });
    expect(bare.status).toBe(201);
    expect(quoted.headers.get("idempotent-replayed")).toBe("true");
    expect(quoted.body).toEqual(bare.body);
  });

  it.each([
    ["another-body", "requests.create", { title: "Second title" }],
    ["another-procedure", "apiKeys.issue", { name: "First title" }],
  ])("is refused when it was used: %s", async (what, procedure, input) => {
    expect((await file(what, { title: "First title" })).status).toBe(201);
    for (const transport of TRANSPORTS) {
      const options = { as: app.employee, headers: { "idempotency-key": what } };
      const reused = await invoke(app, transport, procedure, input, options);
      expect(reused).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    }
  });

  it("is refused for the same command on another request", async () => {
    const claim = (id: string) =>
      app.call("POST", `/requests/${id}/claim`, {
        as: app.agent,
        headers: { "idempotency-key": "claims-one" },
      });
    const [one, other] = [await file("one", { title: "One" }), await file("two", { title: "Two" })];
    expect((await claim(one.body.id)).status).toBe(200);
    expect((await claim(other.body.id)).body.code).toBe("idempotency_key_reused");
  });

  it("can be used by several users independently", async () => {
    const mine = await file("shared", { title: "Same body" });
    const theirs = await file("shared", { title: "Same body" }, app.otherEmployee);
    expect(theirs.status).toBe(201);
    expect(theirs.headers.get("idempotent-replayed")).toBeNull();
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it.each([
    ["empty", ""],
    ["with a space", "a b"],
    ["not closed", '"abc'],
    ["an empty string", '""'],
    ["two strings", '"a" "b"'],
    ["with a parameter", '"a";b=1'],
    ["beyond ASCII", "clé"],
    ["longer than 255", "x".repeat(256)],
    ["longer than 255 in quotes", `"${"x".repeat(256)}"`],
  ])("is refused when it is %s, and nothing is created", async (name, key) => {
    for (const transport of TRANSPORTS) {
      const options = { as: app.employee, headers: { "idempotency-key": key } };
      const input = { title: `Key ${name}` };
      const refused = await invoke(app, transport, "requests.create", input, options);
      expect(refused).toMatchObject({ status: 400, body: { code: "malformed_request" } });
    }
    const count = "select count(*)::int as filed from requests where title = $1";
    expect(await runSql(app.database.db, count, [`Key ${name}`])).toEqual([{ filed: 0 }]);
  });

  it.each(["x".repeat(255), `"${"x".repeat(254)}y"`, '"a b"', '"a\\"b"', "a,b;c=d"])(
    "takes the key %s",
    async (key) => {
      expect((await file(key, { title: "Fine key" })).status).toBe(201);
      const again = await file(key, { title: "Fine key" });
      expect(again.headers.get("idempotent-replayed")).toBe("true");
    },
  );

  it("can be used again after a refusal", async () => {
    const { call, agent } = app;
    const { body } = await file("to-be-finished", { title: "To be finished" });
    const path = `/requests/${body.id}/status`;
    const headers = { "idempotency-key": "finish" };
    const finish = { as: agent, body: { status: "DONE" }, headers };
    expect((await call("PATCH", path, finish)).body.code).toBe("illegal_transition");
    await call("PATCH", path, { as: agent, body: { status: "IN_PROGRESS" } });
    const done = await call("PATCH", path, finish);
    expect(done).toMatchObject({ status: 200, body: { status: "DONE" } });
    expect(done.headers.get("idempotent-replayed")).toBeNull();
  });

  it("can be used again after invalid input", async () => {
    expect((await file("put-right", { title: "N" })).status).toBe(422);
    expect((await file("put-right", { title: "Now it is long enough" })).status).toBe(201);
  });

  it("does not let a retry undo a change that came after its first attempt", async () => {
    const { call, employee } = app;
    const path = `/requests/${(await file("updated", { title: "Some title" })).body.id}`;
    const headers = { "idempotency-key": "no-change" };
    const noChange = { as: employee, body: { title: "Some title" }, headers };
    await call("PATCH", path, noChange);
    await call("PATCH", path, { as: employee, body: { title: "Later title" } });
    expect((await call("PATCH", path, noChange)).body).toMatchObject({
      title: "Some title",
      version: 1,
    });
    const { body } = await call("GET", path, { as: employee });
    expect(body).toMatchObject({ title: "Later title", version: 2 });
  });
});
