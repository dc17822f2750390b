import { toUuid } from "@serviceflow/domain";
import { compareState, createServices, StateReport, verifyLog } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES, type Engine, testLog } from "./harness/databases.ts";
import { type Interposition, interposed } from "./harness/interposed.ts";
import { insertKeys } from "./harness/key-rows.ts";
import { LONG } from "./harness/long-run.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { caller, fetchOf, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

// More entries than one statement could spell out in its 65,535 parameters.
const KEYS = 12_000;
/** The statement is the same, and this engine slow. */
const EMBEDDED_KEYS = LONG ? KEYS : 1_000;

describe.each(ENGINES)("an erased user on %s", (engine: Engine) => {
  const NAME = "Wilhelmina Gone";
  const ADDRESS = "wilhelmina@example.com";
  const BEFORE = "Wilma Before";
  const TYPED = ["A title with Wilhelmina in it", "Wilhelmina wrote this", "Wilhelmina's tablet"];
  let app: TestApp;
  let person: Person;
  let requestId: string;

  beforeAll(async () => {
    app = await openTestApp(engine);
    person = await app.addUser({ fullName: BEFORE, email: ADDRESS, role: "AGENT" });
    const patch = { fullName: NAME };
    await app.call("PATCH", `/users/${person.id}`, { as: app.admin, body: patch });
    const filed = await app.call("POST", "/requests", { as: person, body: { title: TYPED[0] } });
    requestId = filed.body.id;
    await app.call("POST", `/requests/${requestId}/comments`, {
      as: person,
      body: { body: TYPED[1] },
      headers: {
        "user-agent": "Wilhelmina's browser",
        "x-request-id": "Wilhelmina's second try",
        "idempotency-key": "hers",
      },
    });
    await app.call("POST", "/users/me/api-keys", { as: person, body: { name: TYPED[2] } });
    await app.call("POST", `/users/${person.id}/api-keys`, {
      as: app.admin,
      body: { name: "For Wilhelmina" },
      headers: { "user-agent": "Ada's browser", "x-request-id": "Ada's call" },
    });
    await allSealed(app.database.db);
  });
  afterAll(() => app.close());

  const erase = (as: Person, id: string, headers: Record<string, string> = {}) =>
    app.call("POST", `/users/${id}/erase`, { as, headers });
  const stored = async () =>
    JSON.stringify([
      await runSql(app.database.db, "select * from audit_logs"),
      await runSql(app.database.db, "select * from audit_private_values"),
      await runSql(app.database.db, "select * from users"),
      await runSql(app.database.db, "select name from api_keys"),
      await runSql(app.database.db, "select answer from idempotency_keys"),
    ]);

  it("cannot be erased by an employee, by an agent, or at another version", async () => {
    expectProblem(await erase(app.employee, person.id), "forbidden");
    expectProblem(await erase(person, person.id), "forbidden");
    expectProblem(await erase(app.admin, "usr_00000000000000000000000000"), "not_found");
    expectProblem(await erase(app.admin, person.id, { "if-match": '"1"' }), "precondition_failed");
    expectProblem(await erase(app.admin, app.admin.id), "last_admin");
    expect(await stored()).toContain(ADDRESS);
  });

  it("has no name, address or text left in any table except in requests and comments", async () => {
    const erased = await erase(app.admin, person.id, { "idempotency-key": "erase" });
    expect(erased.status).toBe(200);
    expect(erased.body).toMatchObject({
      id: person.id,
      fullName: "Erased user",
      active: false,
      erasedAt: expect.any(String),
      version: 3,
    });
    expect(erased.body.email).toMatch(/^usr-[0-9a-z]{26}@erased\.invalid$/);
    const left = await stored();
    for (const text of [NAME, ADDRESS, BEFORE, ...TYPED, "For Wilhelmina", "Wilhelmina"]) {
      expect(left).not.toContain(text);
    }
    expect(left).toContain("Ada's browser");
    expect(left).toContain("Ada's call");
  });

  it("keeps requests and comments with their text, without the name", async () => {
    const request = await app.call("GET", `/requests/${requestId}`, { as: app.admin });
    expect(request.body).toMatchObject({
      title: TYPED[0],
      requester: { id: person.id, fullName: "Erased user" },
    });
    const history = await app.call("GET", `/requests/${requestId}/history`, { as: app.admin });
    const created = history.body.items.at(-1);
    expect(created.actor).toEqual({ id: person.id, fullName: "Erased user" });
    expect(created.changes.title).toEqual({ from: null, to: "[erased]" });
  });

  it("cannot authenticate with any key and cannot be changed", async () => {
    expectProblem(await app.call("GET", "/users/me", { as: person }), "unauthenticated");
    const path = `/users/${person.id}`;
    const as = app.admin;
    expectProblem(await app.call("PATCH", path, { as, body: { active: true } }), "user_erased");
    const role = await app.call("PATCH", `${path}/role`, { as, body: { role: "ADMIN" } });
    expectProblem(role, "user_erased");
  });

  it("is erased once, and the log records that and the revoked keys", async () => {
    const again = await erase(app.admin, person.id);
    expect(again.body.version).toBe(3);
    const log = await app.call("GET", `/audit-logs?limit=100`, { as: app.admin });
    const actions = log.body.items.map(({ action }: { action: string }) => action);
    expect(actions.filter((action: string) => action === "user.erased")).toHaveLength(1);
    expect(actions.filter((action: string) => action === "api_key.revoked")).toHaveLength(3);
  });

  it("can have thousands of keys", async () => {
    const app = await openTestApp(engine);
    const { db } = app.database;
    const keys = engine === "embedded" ? EMBEDDED_KEYS : KEYS;
    await insertKeys(db, app.employee, keys);
    // An entry about a key by somebody else, who named it after the person.
    const path = `/users/${app.employee.id}/api-keys?limit=1`;
    const [key] = (await app.call("GET", path, { as: app.admin })).body.items;
    await app.call("POST", `/api-keys/${key.id}/rotate`, {
      as: app.admin,
      body: { overlapSeconds: 0 },
      headers: { "user-agent": "Ada's browser" },
    });
    const erased = await app.call("POST", `/users/${app.employee.id}/erase`, { as: app.admin });
    expect(erased.status).toBe(200);
    expectProblem(await app.call("GET", "/users/me", { as: app.employee }), "unauthenticated");
    const [row] = await runSql<Record<string, number>>(
      db,
      `select
         (select count(*)::int from audit_logs where action = 'api_key.revoked') as revoked,
         (select count(*)::int from api_keys where name = 'Bulk') as named,
         (select count(*)::int from api_keys join users on users.id = user_id
          where erased_at is not null and revoked_at is null) as working,
         (select count(*)::int from users where log_erased_at is not null) as erased`,
    );
    expect(row).toEqual({ revoked: keys + 1, named: 0, working: 0, erased: 1 });
    const values = JSON.stringify(await runSql(db, "select values from audit_private_values"));
    expect(values).not.toContain("Bulk");
    expect(values).not.toContain("Eve Employee");
    expect(values).toContain("Ada's browser");
    await allSealed(db);
    expect(await verifyLog(db)).toMatchObject({ valid: true, fault: null, unsealed: 0 });
    await app.close();
  });

  it("can have thousands of stored answers, which go in batches", async () => {
    const { db } = app.database;
    const other = await app.addUser({ fullName: "Ann Swered", email: "answered@example.com" });
    const id = toUuid("user", other.id);
    await runSql(
      db,
      `insert into idempotency_keys (user_id, key, fingerprint, answer, encrypted, created_at)
       select $1, chr(33 + n % 94) || n, '', '{}', false, now() - interval '1 minute' from generate_series(1, 5000) as n`,
      [id],
    );
    for (const sql of [
      `create function refuse_many() returns trigger language plpgsql as $$ begin
         if (select count(*) from gone) > 2000 then raise 'too many rows'; end if; return null; end $$`,
      `create trigger refuse_many after delete on idempotency_keys referencing old table as gone
         for each statement execute function refuse_many()`,
    ]) {
      await runSql(db, sql);
    }
    expect((await erase(app.admin, other.id)).status).toBe(200);
    const left = "select key from idempotency_keys where user_id = $1";
    expect(await runSql(db, left, [id])).toEqual([]);
  });

  it("can have no further key, even one that was decided on before, or the tables would differ from the log", async () => {
    const body = { name: "For Wilhelmina" };
    const other = await app.addUser({ fullName: "Ray Cer", email: "racer@example.com" });
    const { db } = app.database;
    const does: Interposition = {
      async before(statement) {
        if (!statement.startsWith("write_api_key_insert")) return;
        delete does.before;
        await erase(app.admin, other.id);
      },
    };
    const call = caller(fetchOf(createServices(interposed(db, does), testLog).services));
    const issue = () => call("POST", `/users/${other.id}/api-keys`, { as: app.admin, body });
    expectProblem(await issue(), "user_erased");
    expect(does.before).toBeUndefined();
    expectProblem(await issue(), "user_erased");

    await allSealed(db);
    const report = new StateReport(false);
    await compareState(db, report);
    expect(report.result().found).toEqual([]);
  });

  it("is erased from what the log has of sessions whose rows are gone", async () => {
    const { db } = app.database;
    const other = await app.addUser({ fullName: "Page Reader", email: "pages@example.com" });
    const ago = new Date(Date.now() - 70 * 24 * 3_600_000);
    const { services, background } = createServices(db, testLog, { clock: () => ago });
    const started = await caller(fetchOf(services))("POST", "/session", {
      as: other,
      headers: { "sec-fetch-site": "same-origin", "user-agent": "Mozilla/5.0 Firefox/128.0" },
    });
    const { id } = started.body;
    const cookie = started.headers.get("set-cookie")?.split(";")[0] as string;
    const now = createServices(db, testLog);
    const late = await caller(fetchOf(now.services))("GET", "/users/me", {
      headers: { "sec-fetch-site": "same-origin", cookie },
    });
    expectProblem(late, "unauthenticated");
    const run = (name: string) => now.background.jobs.find((job) => job.name === name)?.run();
    await run("record failed sign-ins");
    const rows = () => runSql(db, "select 1 from api_keys where id = $1", [toUuid("apiKey", id)]);
    expect(await rows()).toHaveLength(1);
    await run("remove sessions that ended long ago");
    expect(await rows()).toEqual([]);

    const kept = async () =>
      JSON.stringify(
        await runSql(
          db,
          "select values from audit_private_values join audit_logs on id = entry_id where subject_id = $1",
          [id],
        ),
      );
    expect(await kept()).toContain("Firefox");
    expect((await erase(app.admin, other.id)).status).toBe(200);
    expect(await kept()).toBe('[{"values":{}},{"values":{}}]');
    await allSealed(db);
    const report = new StateReport(false);
    await compareState(db, report);
    expect(report.result().found).toEqual([]);
    await Promise.all([background.stop(), now.background.stop()]);
  });

  it("leaves the chain valid", async () => {
    await allSealed(app.database.db);
    const verification = await verifyLog(app.database.db);
    expect(verification).toMatchObject({ valid: true, fault: null, unsealed: 0 });
    expect(verification.erasedValues).toBeGreaterThan(8);
  });
});
