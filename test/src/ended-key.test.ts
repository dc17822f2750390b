import { ServiceFlow } from "@serviceflow/sdk";
import { formatApiKey, type RunningServer } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, freshPostgres, type TestDatabase } from "./harness/databases.ts";
import { FaultyProxy } from "./harness/faulty-proxy.ts";
import { invoke, kindOf, operationNamed, TRANSPORTS } from "./harness/operation.ts";
import { addPeople } from "./harness/people.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { serveWith } from "./harness/serve-with.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

type Administrator = Person & { keyId: string };

interface Own {
  title: string;
  procedure: string;
  input(me: Administrator): Record<string, unknown>;
}

/** What ends the authority of the one who calls it. */
const ENDS_ONESELF: Own[] = [
  {
    title: "a demotion of oneself",
    procedure: "users.changeRole",
    input: ({ id }) => ({ id, role: "EMPLOYEE" }),
  },
  {
    title: "a deactivation of oneself",
    procedure: "users.update",
    input: ({ id }) => ({ id, active: false }),
  },
  { title: "an erasure of oneself", procedure: "users.erase", input: ({ id }) => ({ id }) },
  {
    title: "a revocation of the calling key",
    procedure: "apiKeys.revoke",
    input: ({ keyId }) => ({ id: keyId }),
  },
  {
    title: "a rotation of the calling key without overlap",
    procedure: "apiKeys.rotate",
    input: ({ keyId }) => ({ id: keyId, overlapSeconds: 0 }),
  },
];
/** After a demotion the key still works. */
const ENDS_KEY = ENDS_ONESELF.slice(1);

describe.each(ENGINES)("a call that ended the authority of its caller, on %s", (engine) => {
  let app: TestApp;
  let unique = 0;
  const clock = new TestClock("2026-03-02T10:00:00.000Z");
  const failures: (string | null)[] = [];

  beforeAll(async () => {
    app = await openTestApp(engine, {
      clock: clock.read,
      noteSignInFailure: ({ keyUuid }) => failures.push(keyUuid),
      limits: {
        charge: async (_, headers) => {
          headers.ratelimit = '"key";r=1;t=60';
        },
        requireUnblocked: () => {},
        chargeKeyless: async () => {},
        chargeSignIn: async () => {},
        countFailure: async () => {},
        noteValidKey: () => {},
        close: () => {},
      },
    });
  });
  afterAll(() => app.close());

  async function administrator(): Promise<Administrator> {
    unique += 1;
    const email = `admin${unique}@example.com`;
    const person = await app.addUser({ fullName: "Una", role: "ADMIN", email });
    const keys = await app.call("GET", "/users/me/api-keys", { as: person });
    return { ...person, keyId: keys.body.items[0].id };
  }

  const headersOf = (idempotencyKey: string) => ({ "idempotency-key": idempotencyKey });

  /** Makes the call, whose answer is then lost. */
  async function made({ procedure, input }: Own) {
    const me = await administrator();
    const headers = headersOf(`own-${unique}`);
    const first = await invoke(app, "rest", procedure, input(me), { as: me, headers });
    expect(first.status).toBe(operationNamed(procedure).status ?? 200);
    return { me, headers, first, again: { as: me, headers } };
  }

  /** That it is refused as a call with a key that never was, and is counted as one. */
  async function expectRefused(
    answer: Answer,
    procedure: string,
    input: Record<string, unknown>,
    transport: (typeof TRANSPORTS)[number] = "rest",
  ): Promise<void> {
    expectProblem(answer, "unauthenticated");
    expect(failures.pop()).toMatch(/^[0-9a-f-]{36}$/);
    const headers = { "x-api-key": formatApiKey(new Uint8Array(32)), ...headersOf("unknown") };
    const unknown = await invoke(app, transport, procedure, input, { headers });
    expect(kindOf(answer.body)).toEqual(kindOf(unknown.body));
    expect([...answer.headers.keys()]).toEqual([...unknown.headers.keys()]);
    expect(failures.pop()).toBeNull();
  }

  it.each(ENDS_ONESELF)("is answered again: $title", async (own) => {
    const { me, first, again } = await made(own);
    const entries = "select count(*)::int as n from audit_logs";
    const before = await runSql(app.database.db, entries);
    clock.advance(60);
    for (const transport of TRANSPORTS) {
      const { body, headers } = await invoke(app, transport, own.procedure, own.input(me), again);
      expect(body).toEqual(first.body);
      expect(headers.get("idempotent-replayed")).toBe("true");
      expect(headers.get("ratelimit")).not.toBeNull();
    }
    expect(await runSql(app.database.db, entries)).toEqual(before);
  });

  it("lets a new key be had that was lost", async () => {
    const { me, again } = await made(ENDS_ONESELF[4] as Own);
    const input = { id: me.keyId, overlapSeconds: 0 };
    const { body } = await invoke(app, "rest", "apiKeys.rotate", input, again);
    const headers = { "x-api-key": body.apiKey };
    expect((await app.call("GET", "/users/me", { headers })).body.id).toBe(me.id);
  });

  it.each(ENDS_KEY)("is refused after more than a minute: $title", async (own) => {
    const { me, again } = await made(own);
    clock.advance(60.001);
    const input = own.input(me);
    for (const transport of TRANSPORTS) {
      const answer = await invoke(app, transport, own.procedure, input, again);
      await expectRefused(answer, own.procedure, input, transport);
    }
  });

  describe.each(ENDS_KEY)("leaves the key without other rights: $title", (own) => {
    it.each([
      ["another input", "categories.create", { slug: "other", name: "Other" }, true],
      ["an invalid input", "categories.create", { slug: "" }, true],
      ["another idempotency key", null, null, false],
      [
        "a mutation that was never made",
        "users.create",
        { fullName: "E", email: "e@e.org" },
        false,
      ],
      ["a read", "users.list", {}, true],
      ["a read of its own", "users.me", {}, true],
    ] as const)("%s", async (_, procedure, input, withKnownKey) => {
      const { me, headers } = await made(own);
      const [name, given] = procedure ? [procedure, input] : [own.procedure, own.input(me)];
      for (const transport of TRANSPORTS) {
        const answer = await invoke(app, transport, name, given, {
          as: me,
          headers: withKnownKey ? headers : headersOf("another"),
        });
        await expectRefused(answer, name, given, transport);
      }
      expect(
        await runSql(app.database.db, "select 1 from categories where slug = 'other'"),
      ).toEqual([]);
    });

    it("the same call without its idempotency key", async () => {
      const { me } = await made(own);
      const answer = await invoke(app, "rest", own.procedure, own.input(me), { as: me });
      await expectRefused(answer, own.procedure, own.input(me));
    });

    it("a malformed idempotency key", async () => {
      const { me } = await made(own);
      const headers = { "idempotency-key": "not a token" };
      const answer = await invoke(app, "rest", own.procedure, own.input(me), { as: me, headers });
      await expectRefused(answer, own.procedure, own.input(me));
    });
  });

  it("leaves an earlier key of the user without the answer", async () => {
    const me = await administrator();
    const issue = async (name: string) =>
      (await invoke(app, "rest", "apiKeys.issue", { name }, { as: me })).body;
    const [leaked, other] = [await issue("Leaked"), await issue("Other")];
    await invoke(app, "rest", "apiKeys.revoke", { id: leaked.id }, { as: me });
    clock.advance(61);
    const headers = headersOf(`leaked-${unique}`);
    const input = { id: me.id, active: false };
    await invoke(app, "rest", "users.update", input, { as: me, headers });
    const byLeaked = { as: { ...me, key: leaked.apiKey }, headers };
    const refused = await invoke(app, "rest", "users.update", input, byLeaked);
    await expectRefused(refused, "users.update", input);
    // Another key of the same user that worked until then may ask as well.
    const byOther = { as: { ...me, key: other.apiKey }, headers };
    expect((await invoke(app, "rest", "users.update", input, byOther)).status).toBe(200);
  });

  it("gives a secret to no other key, even one that has just ended", async () => {
    const me = await administrator();
    const other = (await invoke(app, "rest", "apiKeys.issue", { name: "Other" }, { as: me })).body;
    const headers = headersOf(`secret-${unique}`);
    const input = { id: me.keyId, overlapSeconds: 0 };
    await invoke(app, "rest", "apiKeys.rotate", input, { as: me, headers });
    const asOther = { as: { ...me, key: other.apiKey }, headers };
    await invoke(app, "rest", "apiKeys.revoke", { id: other.id }, { as: asOther.as });
    const answer = await invoke(app, "rest", "apiKeys.rotate", input, asOther);
    await expectRefused(answer, "apiKeys.rotate", input);
  });

  it("does not lead past a scope", async () => {
    const me = await administrator();
    const narrow = { name: "Narrow", scopes: ["requests:read"] };
    const key = (await invoke(app, "rest", "apiKeys.issue", narrow, { as: me })).body;
    const headers = headersOf(`narrow-${unique}`);
    const input = { id: me.id, active: false };
    await invoke(app, "rest", "users.update", input, { as: me, headers });
    const byNarrow = { as: { ...me, key: key.apiKey }, headers };
    const answer = await invoke(app, "rest", "users.update", input, byNarrow);
    await expectRefused(answer, "users.update", input);
  });

  it("is answered again with an expired key as well", async () => {
    const me = await administrator();
    const expiresAt = new Date(clock.read().getTime() + 1000).toISOString();
    const short = { name: "Short", expiresAt };
    const key = (await invoke(app, "rest", "apiKeys.issue", short, { as: me })).body;
    const options = { as: { ...me, key: key.apiKey }, headers: headersOf(`short-${unique}`) };
    const first = await invoke(app, "rest", "requests.create", { title: "Late" }, options);
    clock.advance(2);
    const again = await invoke(app, "rest", "requests.create", { title: "Late" }, options);
    expect(again.body).toEqual(first.body);
    clock.advance(60);
    const late = await invoke(app, "rest", "requests.create", { title: "Late" }, options);
    await expectRefused(late, "requests.create", { title: "Late" });
  });
});

it("a role that was lost does not keep an answer back, and gives nothing else", async () => {
  const app = await openTestApp("embedded");
  const headers = { "idempotency-key": "then" };
  const other = await app.addUser({ fullName: "Una", role: "ADMIN", email: "una@example.com" });
  const input = { fullName: "Made once", email: "made@example.com" };
  const first = await invoke(app, "rest", "users.create", input, { as: other, headers });
  const role = { id: other.id, role: "AGENT" };
  await invoke(app, "rest", "users.changeRole", role, { as: app.admin });
  const again = await invoke(app, "rest", "users.create", input, { as: other, headers });
  expect(again.body).toEqual(first.body);
  const more = await invoke(app, "rest", "users.create", input, { as: other });
  expectProblem(more, "forbidden");
  await app.close();
});

describe("the SDK, when the answer is lost on the way", () => {
  let database: TestDatabase & { url: string };
  let server: RunningServer;
  let proxy: FaultyProxy;

  beforeAll(async () => {
    database = await freshPostgres();
    server = await serveWith(database, {});
    proxy = await FaultyProxy.open(server.url, 1);
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
    await database.drop();
  });

  it("gets the new key of a rotation without overlap", async () => {
    const { admin } = await addPeople(server.url);
    const sf = new ServiceFlow({ baseUrl: proxy.url, apiKey: admin.key });
    const { items } = await sf.apiKeys.list();
    let lost = 0;
    proxy.choose = () => {
      lost += 1;
      return lost <= 2 ? "drop after" : null;
    };
    const { apiKey } = await sf.apiKeys.rotate(items[0]?.id ?? "", { overlapSeconds: 0 });
    expect(lost).toBe(3);
    const renewed = new ServiceFlow({ baseUrl: server.url, apiKey });
    expect((await renewed.users.me()).id).toBe(admin.id);
    await expect(sf.users.me()).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
