import { createHash } from "node:crypto";
import { createServices } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, freshPostgres, testLog } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import {
  type Answer,
  BOOTSTRAP_KEY,
  caller,
  fetchOf,
  openTestApp,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

const DAY = 86_400;

describe.each(ENGINES)("API keys on %s", (engine) => {
  const clock = new TestClock("2026-03-02T08:00:00Z");
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
  });
  afterAll(() => app.close());

  const issue = (as: Person, body: object) => app.call("POST", "/users/me/api-keys", { as, body });
  const rotate = (as: Person, id: string, body?: object) =>
    app.call("POST", `/api-keys/${id}/rotate`, { as, body });
  const withKey = (key: string): Person => ({ ...app.agent, key });
  const works = async (key: string) =>
    (await app.call("GET", "/users/me", { as: withKey(key) })).status === 200;
  const inSeconds = (seconds: number) =>
    new Date(clock.read().getTime() + seconds * 1000).toISOString();
  const keysOf = async (as: Person): Promise<Answer["body"][]> =>
    (await app.call("GET", "/users/me/api-keys", { as })).body.items;

  it("are issued with the scopes of the issuing key, shown once and stored as a hash", async () => {
    clock.advance(1);
    const { status, body } = await issue(app.agent, { name: "  Laptop " });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^key_[0-9a-z]{26}$/),
      name: "Laptop",
      apiKey: expect.stringMatching(/^sf_[0-9A-Za-z]{49}$/),
      prefix: body.apiKey.slice(0, 7),
      lastFour: body.apiKey.slice(-4),
      scopes: ["requests:read", "requests:write", "admin"],
      effectiveScopes: ["requests:read", "requests:write", "admin"],
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
      createdAt: clock.read().toISOString(),
    });
    const { apiKey, ...shown } = body;
    expect((await keysOf(app.agent))[0]).toEqual(shown);
    expect(JSON.stringify(await keysOf(app.agent))).not.toContain(apiKey.slice(7, -4));
    const rows = await runSql<{ hash: Uint8Array; all: string }>(
      app.database.db,
      "select hash, row_to_json(k)::text as all from api_keys k where last_four = $1 and name = 'Laptop'",
      [shown.lastFour],
    );
    expect(rows).toHaveLength(1);
    expect(Buffer.from(rows[0]?.hash ?? []).toString("hex")).toBe(
      createHash("sha256").update(apiKey).digest("hex"),
    );
    expect(rows[0]?.all).not.toContain(apiKey);
  });

  it.each([
    [{ name: "" }, "/name", "too_short"],
    [{}, "/name", "required"],
    [{ name: "K", scopes: [] }, "/scopes", "too_small"],
    [{ name: "K", scopes: ["root"] }, "/scopes/0", "invalid_value"],
    [{ name: "K", expiresAt: "2026-03-02T08:00:00Z" }, "/expiresAt", "in_the_past"],
    [{ name: "K", expiresAt: "tomorrow" }, "/expiresAt", "invalid_format"],
    [{ name: "K", userId: "usr_x" }, "/userId", "unknown_field"],
  ])("are not issued for the input %o", async (body, pointer, code) => {
    expectInvalid(await issue(app.agent, body), [{ pointer, code }]);
  });

  it("cannot have scopes that the issuing key lacks", async () => {
    const narrow = await issue(app.admin, { name: "Narrow", scopes: ["admin", "requests:read"] });
    expect(narrow.body.scopes).toEqual(["requests:read", "admin"]);
    const as = { ...app.admin, key: narrow.body.apiKey };
    expect((await issue(as, { name: "Same" })).body.scopes).toEqual(["requests:read", "admin"]);
    const wide = await issue(as, { name: "Wide", scopes: ["requests:write"] });
    expectProblem(wide, "insufficient_scope");
    expect(wide.body.scope).toBe("requests:write");
    const forOther = { name: "Wide", scopes: ["requests:write"] };
    const path = `/users/${app.agent.id}/api-keys`;
    expectProblem(await app.call("POST", path, { as, body: forOther }), "insufficient_scope");
    const [full] = await keysOf(app.agent);
    expectProblem(await rotate(as, full.id), "insufficient_scope");
  });

  it("do not gain scopes by creating a user", async () => {
    const narrow = await issue(app.admin, { name: "Users only", scopes: ["admin"] });
    const as = { ...app.admin, key: narrow.body.apiKey };
    const fields = { fullName: "By A Narrow Key", email: "narrow@example.com", role: "ADMIN" };
    const made = await app.call("POST", "/users", { as, body: fields });
    expect(made.status).toBe(201);
    const person = { ...app.admin, id: made.body.id, key: made.body.apiKey };
    const [key] = await keysOf(person);
    expect(key.scopes).toEqual(["admin"]);
    const request = { title: "Not with this key" };
    expectProblem(
      await app.call("POST", "/requests", { as: person, body: request }),
      "insufficient_scope",
    );
  });

  it("can have what the scopes of the issuing key include", async () => {
    const narrow = await issue(app.admin, { name: "Narrow", scopes: ["admin"] });
    expect(narrow.body.effectiveScopes).toEqual(["requests:read", "admin"]);
    const as = { ...app.admin, key: narrow.body.apiKey };
    const reader = await issue(as, { name: "Reader", scopes: ["requests:read"] });
    expect(reader.body.effectiveScopes).toEqual(["requests:read"]);
    expectProblem(
      await issue(as, { name: "Writer", scopes: ["requests:write"] }),
      "insufficient_scope",
    );
  });

  it("are shown to their holder with what they may be used for", async () => {
    const expiresAt = inSeconds(60);
    const body = { name: "Writer", scopes: ["requests:write"], expiresAt };
    const { id, apiKey } = (await issue(app.agent, body)).body;
    const me = await app.call("GET", "/users/me", { as: { ...app.agent, key: apiKey } });
    expect(me.body).toMatchObject({
      id: app.agent.id,
      role: "AGENT",
      callingKey: {
        id,
        name: "Writer",
        scopes: ["requests:write"],
        effectiveScopes: ["requests:read", "requests:write"],
        expiresAt: new Date(expiresAt).toISOString(),
      },
    });
    expect(JSON.stringify(me.body)).not.toContain(apiKey.slice(7, -4));
    const { items } = (await app.call("GET", "/users/me/api-keys", { as: app.agent })).body;
    const listed = items.find((item: { id: string }) => item.id === id);
    expect(listed).toMatchObject({ effectiveScopes: ["requests:read", "requests:write"] });
  });

  it("stop working when they expire", async () => {
    const { body } = await issue(app.agent, { name: "Brief", expiresAt: inSeconds(60) });
    clock.advance(59.999);
    expect(await works(body.apiKey)).toBe(true);
    clock.advance(0.001);
    expect(await works(body.apiKey)).toBe(false);
    expectProblem(await rotate(app.agent, body.id), "api_key_inactive");
  });

  it.each([
    ["a day unless said", undefined, DAY],
    ["an hour", { overlapSeconds: 3600 }, 3600],
    ["a week at most", { overlapSeconds: 7 * DAY }, 7 * DAY],
  ])("are rotated with an overlap of %s", async (_, body, overlap) => {
    const scopes = ["requests:read"];
    const old = await issue(app.agent, {
      name: "Rotating",
      scopes,
      expiresAt: inSeconds(30 * DAY),
    });
    const fresh = await rotate(app.agent, old.body.id, body);
    expect(fresh.status).toBe(201);
    expect(fresh.body).toMatchObject({ name: "Rotating", scopes, expiresAt: old.body.expiresAt });
    expect(fresh.body.apiKey).not.toBe(old.body.apiKey);
    expectProblem(await rotate(app.agent, old.body.id), "api_key_inactive");
    clock.advance(overlap - 0.001);
    expect(await works(old.body.apiKey)).toBe(true);
    clock.advance(0.001);
    expect(await works(old.body.apiKey)).toBe(false);
    expect(await works(fresh.body.apiKey)).toBe(true);
  });

  it("stop working immediately when they are rotated without overlap", async () => {
    const old = await issue(app.agent, { name: "Leaked" });
    const fresh = await rotate(withKey(old.body.apiKey), old.body.id, { overlapSeconds: 0 });
    expect(await works(old.body.apiKey)).toBe(false);
    expect(await works(fresh.body.apiKey)).toBe(true);
  });

  it.each([-1, 604_801, 0.5, "60"])(
    "are not rotated with an overlap of %s",
    async (overlapSeconds) => {
      const [key] = await keysOf(app.agent);
      const { body } = await rotate(app.agent, key.id, { overlapSeconds });
      expect(body).toMatchObject({
        code: "validation_failed",
        errors: [{ pointer: "/overlapSeconds" }],
      });
    },
  );

  it("keep their expiry when they are rotated", async () => {
    const old = await issue(app.agent, { name: "Brief", expiresAt: inSeconds(60) });
    const fresh = await rotate(app.agent, old.body.id);
    clock.advance(60);
    expect(await works(old.body.apiKey)).toBe(false);
    expect(await works(fresh.body.apiKey)).toBe(false);
  });

  it("are revoked immediately, even during an overlap, and revoking twice changes nothing", async () => {
    const old = await issue(app.agent, { name: "Unwanted" });
    await rotate(app.agent, old.body.id);
    expect(await works(old.body.apiKey)).toBe(true);
    const revoke = () => app.call("DELETE", `/api-keys/${old.body.id}`, { as: app.agent });
    const first = await revoke();
    expect(first.body).toMatchObject({ id: old.body.id, revokedAt: clock.read().toISOString() });
    expect(first.body).not.toHaveProperty("apiKey");
    expect(await works(old.body.apiKey)).toBe(false);
    clock.advance(60);
    expect((await revoke()).body).toEqual(first.body);
    const path = `/audit-logs?subject=${old.body.id}&action=api_key.revoked`;
    expect((await app.call("GET", path, { as: app.admin })).body.items).toHaveLength(1);
  });

  it("of other users can be issued, listed, rotated and revoked by an administrator", async () => {
    const { call, admin, employee } = app;
    const path = `/users/${employee.id}/api-keys`;
    const made = await call("POST", path, { as: admin, body: { name: "For Eve" } });
    const me = await call("GET", "/users/me", { as: withKey(made.body.apiKey) });
    expect(me.body.id).toBe(employee.id);
    const fresh = await rotate(admin, made.body.id, { overlapSeconds: 0 });
    expect((await call("GET", "/users/me", { as: withKey(fresh.body.apiKey) })).body.id).toBe(
      employee.id,
    );
    await call("DELETE", `/api-keys/${fresh.body.id}`, { as: admin });
    const listed = (await call("GET", path, { as: admin })).body.items;
    expect(listed.map(({ revokedAt }: Answer["body"]) => revokedAt !== null)).toEqual([
      true,
      true,
      false,
    ]);
    const nobody = "/users/usr_01kjg3v9tefya8h8m6q1v0c3zd/api-keys";
    expectProblem(await call("POST", nobody, { as: admin, body: { name: "K" } }), "not_found");
    expectProblem(await call("GET", nobody, { as: admin }), "not_found");
  });
});

it("a server records when a key was used, at most once a minute", async () => {
  const clock = new TestClock("2026-03-02T08:00:00.000Z");
  const { db, drop } = await freshPostgres();
  const options = { bootstrapKey: BOOTSTRAP_KEY, clock: clock.read };
  const { services, background } = createServices(db, testLog, options);
  const call = caller(fetchOf(services));
  const made = await call("POST", "/users", {
    body: { fullName: "Ada Admin", email: "ada@example.com" },
    headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
  });
  const as = { ...made.body, key: made.body.apiKey };
  const lastUsedAfterCall = async () => {
    background.start();
    await call("GET", "/users/me", { as });
    // Writes what is pending.
    await background.stop();
    const [key] = await runSql<{ at: string }>(db, 'select last_used_at as "at" from api_keys');
    return key?.at;
  };
  expect(await lastUsedAfterCall()).toBe("2026-03-02T08:00:00.000Z");
  clock.advance(59);
  expect(await lastUsedAfterCall()).toBe("2026-03-02T08:00:00.000Z");
  clock.advance(1);
  expect(await lastUsedAfterCall()).toBe("2026-03-02T08:01:00.000Z");
  await drop();
});
