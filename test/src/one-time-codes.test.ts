import { createServices, formatCode } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, freshDatabase, testLog } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import {
  type Answer,
  BOOTSTRAP_KEY,
  fetchOf,
  openTestAppOn,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const WRONG = "This one-time code is wrong, was used or has expired: ask for a new one.";

const clock = new TestClock("2026-03-02T08:00:00Z");

let app: TestApp;
let sweep: () => Promise<unknown> | undefined;
async function open(engine: (typeof ENGINES)[number]) {
  const database = await freshDatabase(engine);
  const { services, background } = createServices(database.db, testLog, {
    bootstrapKey: BOOTSTRAP_KEY,
    clock: clock.read,
  });
  sweep = () => background.jobs.find(({ name }) => name === "remove expired one-time codes")?.run();
  return openTestAppOn(database, services);
}

async function issue(as: Person, input: object = {}, path = "/users/me/codes") {
  // No two are as old.
  clock.advance(1);
  const { status, body } = await app.call("POST", path, {
    as,
    body: { purpose: "API_KEY", ...input },
  });
  expect(status).toBe(201);
  return body as { id: string; code: string; expiresAt: string; name: string };
}

const invite = (as: Person, person: { id: string }, input: object = {}) =>
  issue(as, { purpose: "SESSION", ...input }, `/users/${person.id}/codes`);

const holding = (code: string): Person => ({ id: "", fullName: "", key: code });

const redeem = (code: string, headers = {}): Promise<Answer> =>
  app.call("POST", "/api-keys/redeem", { headers: { "x-one-time-code": code, ...headers } });
const signIn = (code: string, headers = {}): Promise<Answer> =>
  app.call("POST", "/session", { as: holding(code), headers });

/** A call of the page that was answered to. */
function page({ headers }: Answer): Person {
  const [, secret = ""] = /=(\w+);/.exec(headers.get("set-cookie") ?? "") ?? [];
  return holding(secret);
}

const audit = async (subject: string) =>
  (await app.call("GET", `/audit-logs?subject=${subject}`, { as: app.admin })).body.items;

async function expectWrong(answer: Promise<Answer>): Promise<void> {
  expectProblem(await answer, "unauthenticated");
  expect((await answer).body.detail).toBe(WRONG);
  expect((await answer).headers.get("set-cookie")).toBeNull();
}

describe.each(ENGINES)("a one-time code on %s", (engine) => {
  beforeAll(async () => {
    app = await open(engine);
  });
  afterAll(() => app.close());

  it("links a program by a key of its name and scopes, once", async () => {
    const code = await issue(app.agent, { name: "Telegram", scopes: ["requests:write"] });
    expect(code).toEqual({
      id: expect.stringMatching(/^cod_/),
      userId: app.agent.id,
      purpose: "API_KEY",
      name: "Telegram",
      scopes: ["requests:write"],
      issuerId: app.agent.id,
      createdAt: clock.read().toISOString(),
      expiresAt: new Date(clock.read().getTime() + 10 * MINUTE * 1000).toISOString(),
      code: expect.stringMatching(/^sfc_\w{49}$/),
    });
    const { code: _, ...listed } = code;
    for (const transport of TRANSPORTS) {
      const { body } = await invoke(app, transport, "codes.list", {}, { as: app.agent });
      expect(body).toEqual({ items: [listed], nextCursor: null });
    }
    const { status, body } = await redeem(code.code);
    expect([status, body.name, body.scopes, body.expiresAt]).toEqual([
      201,
      "Telegram",
      ["requests:write"],
      null,
    ]);
    const me = await app.call("GET", "/users/me", { as: holding(body.apiKey) });
    expect(me.body).toMatchObject({ id: app.agent.id, callingKey: { id: body.id } });
    await expectWrong(redeem(code.code));
    expect((await app.call("GET", "/users/me/codes", { as: app.agent })).body.items).toEqual([]);

    const [redeemed, issued] = await audit(code.id);
    expect(issued).toMatchObject({ action: "code.issued", actor: { id: app.agent.id } });
    expect(redeemed).toMatchObject({
      action: "code.redeemed",
      actor: { id: app.agent.id },
      apiKeyId: null,
      changes: { exchangedFor: { to: body.id } },
    });
  });

  it("invites a new user, who signs in by it and has no key", async () => {
    const { status, body } = await app.call("POST", "/users/invite", {
      as: app.admin,
      body: { fullName: "Nina New", email: "nina@example.com", role: "AGENT" },
    });
    expect(status).toBe(201);
    expect(body.user).toMatchObject({ fullName: "Nina New", role: "AGENT", active: true });
    const started = await signIn(body.code.code);
    expect(started.body).toMatchObject({
      startedWith: "CODE",
      scopes: ["requests:read", "requests:write", "admin"],
    });
    const nina = page(started);
    const filed = await app.call("POST", "/requests", { as: nina, body: { title: "A desk" } });
    expect(filed.body.requester.id).toBe(body.user.id);
    const keys = await app.call("GET", "/users/me/api-keys", { as: nina });
    expect(keys.body.items).toEqual([]);
    const key = await app.call("POST", "/users/me/api-keys", {
      as: nina,
      body: { name: "Laptop" },
    });
    expect([key.status, key.body.expiresAt]).toEqual([201, null]);
    const state = await app.call("GET", "/audit-logs/verify?state=true", { as: app.admin });
    expect(state.body.state).toMatchObject({ matches: true, found: [] });
  });
});

describe("a one-time code", () => {
  beforeAll(async () => {
    app = await open("postgres");
  });
  afterAll(() => app.close());

  let count = 0;
  const somebody = (role = "EMPLOYEE") => {
    count += 1;
    return app.addUser({ fullName: "Ona", role, email: `ona${count}@example.com` });
  };

  it("is redeemed by one of many calls at once", async () => {
    for (const [purpose, call] of [
      ["API_KEY", redeem],
      ["SESSION", signIn],
    ] as const) {
      const person = await somebody();
      const { code } = await issue(person, { purpose });
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(code)));
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...Array(7).fill(401)]);
      const sessions = await app.call("GET", "/users/me/sessions", { as: person });
      const keys = await app.call("GET", "/users/me/api-keys", { as: person });
      expect(sessions.body.items.length + keys.body.items.length).toBe(2);
    }
  });

  it("repeats an answer that was lost for a minute, to its holder and the key of that call alone", async () => {
    for (const [purpose, call] of [
      ["API_KEY", redeem],
      ["SESSION", signIn],
    ] as const) {
      const { code } = await issue(app.agent, { purpose });
      const { code: other } = await issue(app.agent, { purpose });
      const retry = { "idempotency-key": `retry-${purpose}` };
      // At once, too: both are the same redemption.
      const [first, twin] = await Promise.all([call(code, retry), call(code, retry)]);
      const again = await call(code, retry);
      for (const answer of [twin, again]) {
        expect([answer.status, answer.body]).toEqual([201, first.body]);
        expect(page(answer)).toEqual(page(first));
      }
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      await expectWrong(call(code, { "idempotency-key": "another" }));
      await expectWrong(call(code));
      // Another code is not the same call, even with the same key.
      expect((await call(other, retry)).body.id).not.toBe(first.body.id);
      const rows = await runSql(app.database.db, "select * from idempotency_keys");
      expect(JSON.stringify(rows)).not.toMatch(/sfs?_\w{20}/);
      clock.advance(61);
      await expectWrong(call(code, retry));
    }
  });

  it("is not used up by a call that is refused, or that is dry", async () => {
    const { code } = await issue(app.agent, { purpose: "SESSION" });
    const elsewhere = await signIn(code, { "sec-fetch-site": "cross-site" });
    expectProblem(elsewhere, "forbidden");
    await expectWrong(redeem(code));
    const dry = await signIn(code, { "dry-run": "true" });
    expect([dry.status, dry.headers.get("set-cookie")]).toEqual([201, null]);
    expect((await signIn(code)).status).toBe(201);
  });

  it("is not a key, and yields to one", async () => {
    const { code } = await issue(app.agent, { purpose: "SESSION" });
    const asKey = await app.call("GET", "/users/me", { headers: { "x-api-key": code } });
    expectProblem(asKey, "unauthenticated");
    expectProblem(await app.call("GET", "/users/me", { as: holding(code) }), "unauthenticated");
    const wrongKey = await signIn(code, { "x-api-key": "let me in" });
    expectProblem(wrongKey, "unauthenticated");
    const byKey = await signIn(code, { "x-api-key": app.employee.key });
    expect(byKey.body.startedWith).toBe("API_KEY");
    expect((await signIn(code)).body.startedWith).toBe("CODE");
    expectProblem(await app.call("POST", "/api-keys/redeem", { as: app.agent }), "unauthenticated");
  });

  const VOID: [string, () => Promise<string>][] = [
    ["that nobody has", async () => formatCode(new Uint8Array(32))],
    ["whose checksum is off", async () => (await issue(app.agent)).code.replace(/.$/, "_")],
    ["that is not a code", async () => "let me in"],
    [
      "that has expired",
      async () => {
        const { code } = await issue(app.agent);
        clock.advance(10 * MINUTE);
        return code;
      },
    ],
    [
      "of three days ago",
      async () => {
        const { code } = await invite(app.admin, await somebody(), { purpose: "API_KEY" });
        clock.advance(72 * HOUR);
        return code;
      },
    ],
    [
      "that was revoked",
      async () => {
        const { id, code } = await issue(app.agent);
        expect((await app.call("DELETE", `/codes/${id}`, { as: app.agent })).status).toBe(200);
        return code;
      },
    ],
    [
      "that ten others followed",
      async () => {
        const person = await somebody();
        const { id, code } = await issue(person);
        for (let i = 0; i < 10; i += 1) await issue(person);
        expect((await app.call("GET", "/users/me/codes", { as: person })).body.items).toHaveLength(
          10,
        );
        expect((await audit(id))[0]).toMatchObject({ action: "code.revoked" });
        return code;
      },
    ],
    [
      "whose user was deactivated",
      async () => {
        const person = await somebody();
        const { code } = await invite(app.admin, person, { purpose: "API_KEY" });
        await app.call("PATCH", `/users/${person.id}`, { as: app.admin, body: { active: false } });
        return code;
      },
    ],
    [
      "whose user was erased",
      async () => {
        const person = await somebody();
        const { id, code } = await invite(app.admin, person, { purpose: "API_KEY" });
        await app.call("POST", `/users/${person.id}/erase`, { as: app.admin });
        expect((await audit(id))[0]).toMatchObject({ action: "code.revoked" });
        return code;
      },
    ],
    [
      "of somebody all of whose keys were revoked",
      async () => {
        const person = await somebody();
        const { id, code } = await issue(person);
        await app.call("POST", `/users/${person.id}/api-keys/revoke-all`, { as: app.admin });
        expect((await audit(id))[0]).toMatchObject({ action: "code.revoked" });
        return code;
      },
    ],
    [
      "that a key issued for its holder, and has ended",
      async () => {
        const person = await somebody();
        const { body: key } = await app.call("POST", "/users/me/api-keys", {
          as: person,
          body: { name: "Leaked" },
        });
        const { code } = await issue(holding(key.apiKey));
        await app.call("DELETE", `/api-keys/${key.id}`, { as: person });
        return code;
      },
    ],
    [
      "of an administrator who is one no longer",
      async () => {
        const boss = await somebody("ADMIN");
        const { code } = await invite(boss, app.employee, { purpose: "API_KEY" });
        const body = { role: "AGENT" };
        await app.call("PATCH", `/users/${boss.id}/role`, { as: app.admin, body });
        return code;
      },
    ],
  ];

  it.each(VOID)("%s gets the answer of a wrong one", async (_, codeOf) => {
    const code = await codeOf();
    for (const headers of [{}, { "idempotency-key": "void" }]) {
      await expectWrong(redeem(code, headers));
    }
    const known = await redeem(code);
    const unknown = await redeem(formatCode(new Uint8Array(32).fill(9)));
    expect([...known.headers.keys()]).toEqual([...unknown.headers.keys()]);
  });

  it("outlives the session of the administrator who invited", async () => {
    const boss = page(await app.call("POST", "/session", { as: app.admin }));
    const { code } = await invite(boss, await somebody());
    await app.call("DELETE", "/session", { as: boss });
    expect((await signIn(code)).status).toBe(201);
  });

  it("makes a session that ends with the key whose holder issued it, in a session of it too", async () => {
    const { body: key } = await app.call("POST", "/users/me/api-keys", {
      as: app.agent,
      body: { name: "Leaked" },
    });
    const { code } = await issue(holding(key.apiKey), { purpose: "SESSION" });
    const session = page(await signIn(code));
    const { code: another } = await issue(session, { purpose: "SESSION" });
    const next = page(await signIn(another));
    expect((await app.call("GET", "/session", { as: next })).status).toBe(200);
    await app.call("DELETE", `/api-keys/${key.id}`, { as: app.agent });
    expectProblem(await app.call("GET", "/session", { as: session }), "unauthenticated");
    expectProblem(await app.call("GET", "/session", { as: next }), "unauthenticated");
  });

  it("grants no more than the key that issued it, in scopes and in time", async () => {
    const expiresAt = new Date(clock.read().getTime() + HOUR * 1000).toISOString();
    const { body: key } = await app.call("POST", "/users/me/api-keys", {
      as: app.agent,
      body: { name: "Short", scopes: ["admin"], expiresAt },
    });
    const by = holding(key.apiKey);
    const wider = await app.call("POST", "/users/me/codes", {
      as: by,
      body: { purpose: "API_KEY", scopes: ["requests:write"] },
    });
    expectProblem(wider, "insufficient_scope");
    const linked = await redeem((await issue(by)).code);
    expect(linked.body).toMatchObject({ scopes: ["admin"], expiresAt });
    const session = page(await signIn((await issue(by, { purpose: "SESSION" })).code));
    const current = await app.call("GET", "/session", { as: session });
    expect(current.body).toMatchObject({ scopes: ["admin"], expiresAt });
    const issued = await app.call("POST", "/users/me/api-keys", {
      as: session,
      body: { name: "x" },
    });
    expect(issued.body.expiresAt).toBe(expiresAt);
  });

  it("is seen, issued and revoked for others by administrators alone", async () => {
    const { id } = await issue(app.agent);
    const path = `/users/${app.agent.id}/codes`;
    const body = { purpose: "SESSION" };
    expectProblem(await app.call("POST", path, { as: app.otherAgent, body }), "forbidden");
    expectProblem(await app.call("GET", path, { as: app.otherAgent }), "forbidden");
    expectProblem(await app.call("DELETE", `/codes/${id}`, { as: app.otherAgent }), "not_found");
    const invited = { fullName: "Eve", email: "eve@example.com" };
    expectProblem(
      await app.call("POST", "/users/invite", { as: app.agent, body: invited }),
      "forbidden",
    );
    const listed = await app.call("GET", path, { as: app.admin });
    expect(listed.body.items[0].id).toBe(id);
    expect(JSON.stringify(listed.body)).not.toContain("sfc_");
    const revoked = await app.call("DELETE", `/codes/${id}`, { as: app.admin });
    expect(revoked.body.id).toBe(id);
    expectProblem(await app.call("DELETE", `/codes/${id}`, { as: app.admin }), "not_found");
  });

  it("counts as a failed sign-in for its address, whichever code it is", async () => {
    const failures: (string | null)[] = [];
    const counting = fetchOf({
      ...createServices(app.database.db, testLog, { clock: clock.read }).services,
      noteSignInFailure: ({ address }) => failures.push(address),
      limits: {
        charge: async () => {},
        requireUnblocked: (_, keyHash) => void failures.push(`asked ${keyHash}`),
        countFailure: async () => void failures.push("counted"),
        chargeKeyless: async () => {},
        chargeSignIn: async () => {},
        noteValidKey: () => {},
        close: () => {},
      },
    });
    const { code } = await issue(app.agent);
    for (const each of [formatCode(new Uint8Array(32)), "nonsense"]) {
      failures.length = 0;
      await counting("http://test/api/v1/api-keys/redeem", {
        method: "POST",
        headers: { "x-one-time-code": each },
      });
      expect(failures).toEqual(["asked null", null, "counted"]);
    }
    failures.length = 0;
    await counting("http://test/api/v1/api-keys/redeem", {
      method: "POST",
      headers: { "x-one-time-code": code },
    });
    expect(failures).toEqual(["asked null"]);
  });

  it("is removed some time after its expiry, with an entry", async () => {
    const { id } = await issue(app.agent);
    const { id: young, code } = await invite(app.admin, app.employee);
    clock.advance(10 * MINUTE);
    await Promise.all([sweep(), sweep()]);
    const entries = await audit(id);
    expect(entries.map(({ action }: { action: string }) => action)).toEqual([
      "code.expired",
      "code.issued",
    ]);
    const rows = await runSql(
      app.database.db,
      "select id from one_time_codes where expires_at <= $1",
      [clock.read()],
    );
    expect(rows).toEqual([]);
    expect((await audit(young))[0].action).toBe("code.issued");
    expect((await signIn(code)).status).toBe(201);
  });

  it("leaves a log that explains every row, and no secret anywhere", async () => {
    await issue(app.agent);
    const state = await app.call("GET", "/audit-logs/verify?state=true", { as: app.admin });
    expect(state.body.state).toMatchObject({ matches: true, found: [] });
    const rows = await runSql(
      app.database.db,
      `select to_jsonb(audit_logs)::text as text from audit_logs union all
       select to_jsonb(audit_private_values)::text from audit_private_values union all
       select to_jsonb(one_time_codes)::text from one_time_codes`,
    );
    expect(JSON.stringify(rows)).not.toMatch(/sf[cs]?_\w{20}/);
  });
});
