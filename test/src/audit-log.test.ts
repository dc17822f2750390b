import { createHash } from "node:crypto";
import { readAnchor, verifyExport } from "@serviceflow/domain";
import { sealerJob } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES, testLog } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** Names, addresses and texts of which nothing may stand in the log itself. */
const PRIVATE = {
  fullName: "Wilhelmina Wanderer",
  laterName: "Wilhelmina Settler",
  email: "wilhelmina@example.com",
  title: "A kettle for the third floor",
  laterTitle: "Two kettles for the third floor",
  description: "The old one whistles in B flat.",
  body: "It has been ordered in green.",
  reason: "Somebody brought one along",
  keyName: "Under the doormat",
  category: "Kitchenware and cutlery",
  client: "Wilhelmina's pocket computer",
};

describe.each(ENGINES)("the audit log on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
    const { call, admin } = app;
    const person = await app.addUser({
      fullName: PRIVATE.fullName,
      email: PRIVATE.email,
      role: "AGENT",
    });
    const as = (method: string, path: string, body: object, by: Person = person) =>
      call(method, path, { as: by, body, headers: { "user-agent": PRIVATE.client } });
    await as("PATCH", `/users/${person.id}`, { fullName: PRIVATE.laterName }, admin);
    await as("POST", "/users/me/api-keys", { name: PRIVATE.keyName });
    await as("POST", "/categories", { slug: "kitchen", name: PRIVATE.category }, admin);
    const { title, description } = PRIVATE;
    const filed = await as("POST", "/requests", { title, description });
    const path = `/requests/${filed.body.id}`;
    await as("PATCH", path, { title: PRIVATE.laterTitle });
    await as("POST", `${path}/comments`, { body: PRIVATE.body });
    await call("POST", `${path}/claim`, { as: person });
    await as("PATCH", `${path}/status`, { status: "CANCELED", reason: PRIVATE.reason });
    await allSealed(app.database.db);
  });
  afterAll(() => app.close());

  const verify = (as: Person, query = "") => app.call("GET", `/audit-logs/verify${query}`, { as });
  const sealState = (as: Person) => app.call("GET", "/audit-logs/seal", { as });
  const exported = async (as: Person, query = "") =>
    app.call("GET", `/audit-logs/export${query}`, { as });

  it("stores names, addresses and texts outside the log, and shows them with it", async () => {
    const raw = JSON.stringify(await runSql(app.database.db, "select * from audit_logs"));
    for (const value of Object.values(PRIVATE)) expect(raw).not.toContain(value);
    const shown = await app.call("GET", "/audit-logs?limit=100", { as: app.admin });
    for (const value of Object.values(PRIVATE)) {
      expect(JSON.stringify(shown.body)).toContain(value);
    }
  });

  it("can be verified by administrators", async () => {
    const { status, body } = await verify(app.admin);
    expect(status).toBe(200);
    expect(body).toMatchObject({ valid: true, unsealed: 0, erasedValues: 0, fault: null });
    const anchor = `${body.head.position}:${body.head.hash}`;
    expect(readAnchor(anchor)).toEqual({ position: body.entries, hash: body.head.hash });
    expect((await verify(app.admin, `?anchor=${anchor}`)).body.valid).toBe(true);
    const other = `?anchor=${body.head.position}:${"0".repeat(64)}`;
    expect((await verify(app.admin, other)).body).toMatchObject({
      valid: false,
      fault: { problem: "anchor_mismatch", position: body.head.position },
    });
    expectInvalid(await verify(app.admin, "?anchor=1"), [
      { pointer: "/anchor", code: "invalid_format" },
    ]);
  });

  it("says how far it is sealed, which entries are, and at what position", async () => {
    const { admin, employee } = app;
    const { db } = app.database;
    const entries = async () =>
      (await app.call("GET", "/audit-logs?limit=5", { as: admin })).body.items as {
        position: number | null;
        sealed: boolean;
        occurredAt: string;
      }[];
    const { head } = (await verify(admin)).body;
    const whole = { head, unsealed: 0, unsealedSince: null, lastAnchor: null };
    expect((await sealState(admin)).body).toEqual(whole);
    const { position } = head;
    expect(await entries()).toMatchObject(
      [4, 3, 2, 1, 0].map((i) => ({ position: position - 4 + i })),
    );

    const { id } = (await app.call("POST", "/requests", { as: employee, body: { title: "Keys" } }))
      .body;
    const history = async () =>
      (await app.call("GET", `/requests/${id}/history`, { as: employee })).body.items;
    const [latest, earlier] = await entries();
    expect(latest).toMatchObject({ sealed: false, position: null });
    expect(earlier).toMatchObject({ sealed: true, position });
    expect(await history()).toMatchObject([{ sealed: false }]);
    const waiting = { ...whole, unsealed: 1, unsealedSince: latest?.occurredAt };
    expect((await sealState(admin)).body).toEqual(waiting);

    const now = new Date("2100-03-02T09:00:00.000Z");
    await allSealed(db);
    await sealerJob({ db, log: testLog, clock: () => now }).run();
    const sealed = (await sealState(admin)).body;
    expect(sealed.head.position).toBe(position + 1);
    const { hash } = sealed.head;
    expect(sealed).toMatchObject({
      unsealed: 0,
      lastAnchor: { position: position + 1, hash, anchoredAt: now.toISOString() },
    });
    expect(await entries()).toMatchObject([
      { sealed: true, position: position + 1 },
      {},
      {},
      {},
      {},
    ]);
    expect(await history()).toMatchObject([{ sealed: true }]);
  });

  it("can be exported by administrators, as lines that verify offline", async () => {
    const { status, headers, body } = await exported(app.admin);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/x-ndjson");
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    const lines = String(body).trimEnd().split("\n");
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const found = await verifyExport(lines, { sha256 });
    expect(found).toMatchObject({ valid: true, entries: lines.length - 2, fault: null });
    expect(body).toContain(PRIVATE.reason);

    const redacted = await exported(app.admin, "?redacted=true");
    for (const value of Object.values(PRIVATE)) expect(redacted.body).not.toContain(value);
    const both = await verifyExport(String(redacted.body).split("\n"), { sha256 });
    expect(both).toEqual({ ...found, redacted: true, erasedValues: 0 });
  });

  it("records each export and whether it was redacted", async () => {
    const list = "/audit-logs?action=audit_log.exported";
    const before = (await app.call("GET", list, { as: app.admin })).body.items.length;
    await exported(app.admin, "?redacted=true");
    const { items } = (await app.call("GET", list, { as: app.admin })).body;
    expect(items).toHaveLength(before + 1);
    expect(items[0]).toMatchObject({
      actor: { id: app.admin.id },
      subject: { type: "audit_log", id: "audit_log" },
      changes: { redacted: { from: null, to: true } },
    });
  });

  it("can be neither verified nor exported by anybody else, nor its seal read", async () => {
    for (const call of [verify, exported, sealState]) {
      for (const as of [app.agent, app.employee]) {
        const refused = await call(as);
        expectProblem(refused, "forbidden");
        expect(refused.headers.get("content-type")).toContain("application/problem+json");
      }
      expectProblem(await call({ ...app.admin, key: "sf_" }), "unauthenticated");
    }
  });

  it("is exported over REST only", async () => {
    const refused = await app.trpc("query", "audit.export", { as: app.admin, body: {} });
    expect(refused).toMatchObject({ status: 404, body: { code: "not_found" } });
  });
});
