import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import {
  createLogger,
  createServices,
  formatSessionSecret,
  type RunningServer,
} from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, freshDatabase, type TestDatabase, testLog } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { serveWith } from "./harness/serve-with.ts";
import {
  type Answer,
  fetchOf,
  openTestAppOn,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const HOUR = 3600;
const DAY = 24 * HOUR;

const clock = new TestClock("2026-03-02T08:00:00Z");
const bounds = { idleHours: 2, maxDays: 10 };

interface SignedIn {
  id: string;
  cookie: string;
  /** Of a call that the page makes. */
  headers: Record<string, string>;
}

async function open(engine: (typeof ENGINES)[number]) {
  const database = await freshDatabase(engine);
  const { services, background } = createServices(database.db, testLog, {
    bootstrapKey: "a-bootstrap-key-that-is-long-enough",
    clock: clock.read,
    sessionBounds: bounds,
  });
  const app = await openTestAppOn(database, services);
  const run = (name: string) => background.jobs.find((job) => job.name === name)?.run();
  return { app, noteUses: () => run("record when keys were last used") };
}

function cookieOf({ headers }: Answer): string {
  return headers.get("set-cookie")?.split(";")[0] as string;
}

async function signIn(app: TestApp, as: Person, headers = {}): Promise<SignedIn> {
  // No two are as old, so that it is never the newest that ends for another.
  clock.advance(1);
  const answer = await app.call("POST", "/session", {
    as,
    headers: { ...SAME_ORIGIN, "user-agent": FIREFOX, ...headers },
  });
  expect(answer.status).toBe(201);
  const cookie = cookieOf(answer);
  return { id: answer.body.id, cookie, headers: { ...SAME_ORIGIN, cookie } };
}

async function issue(app: TestApp, as: Person, fields: object = {}): Promise<Person> {
  const body = { name: "Laptop", ...fields };
  const { body: key } = await app.call("POST", "/users/me/api-keys", { as, body });
  return { ...as, id: key.id, key: key.apiKey };
}

describe.each(ENGINES)("a session on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    ({ app } = await open(engine));
  });
  afterAll(() => app.close());

  it("is started with a key, calls, lists itself, and ends", async () => {
    const started = await app.call("POST", "/session", {
      as: app.agent,
      headers: { ...SAME_ORIGIN, "user-agent": FIREFOX },
    });
    expect(started.status).toBe(201);
    expect(started.headers.get("set-cookie")).toMatch(
      /^serviceflow=sfs_\w{49}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=864000$/,
    );
    expect(started.body).toEqual({
      id: expect.stringMatching(/^key_/),
      device: "Firefox on Linux",
      startedWith: "API_KEY",
      scopes: ["requests:read", "requests:write", "admin"],
      effectiveScopes: ["requests:read", "requests:write", "admin"],
      current: true,
      createdAt: clock.read().toISOString(),
      lastUsedAt: null,
      idleEndsAt: new Date(clock.read().getTime() + (2 * HOUR + 60) * 1000).toISOString(),
      expiresAt: new Date(clock.read().getTime() + 10 * DAY * 1000).toISOString(),
    });
    expect(JSON.stringify(started.body)).not.toContain("sfs_");

    const headers = { ...SAME_ORIGIN, cookie: cookieOf(started) };
    for (const transport of TRANSPORTS) {
      const filed = await invoke(
        app,
        transport,
        "requests.create",
        { title: `By ${transport}` },
        { headers },
      );
      expect(filed.body).toMatchObject({ requester: { id: app.agent.id } });
      const me = await invoke(app, transport, "users.me", {}, { headers });
      expect(me.body).toMatchObject({ id: app.agent.id, callingKey: { id: started.body.id } });
      expect(me.headers.get("cache-control")).toBe("no-store");
      const current = await invoke(app, transport, "sessions.current", {}, { headers });
      expect(current.body).toMatchObject({ ...started.body, user: { id: app.agent.id } });
      const listed = await invoke(app, transport, "sessions.list", {}, { headers });
      expect(listed.body).toEqual({ items: [started.body], nextCursor: null });
    }
    const keys = await app.call("GET", "/users/me/api-keys", { headers });
    expect(keys.body.items).toHaveLength(1);
    expect(keys.headers.get("vary")).toContain("Cookie");

    const ended = await app.call("DELETE", "/session", { headers });
    expect(ended.body).toEqual({ id: started.body.id, endedAt: clock.read().toISOString() });
    expect(ended.headers.get("set-cookie")).toBe(
      "serviceflow=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
    );
    const after = await app.call("GET", "/session", { headers });
    expectProblem(after, "unauthenticated");
    expect(after.body.detail).toBe("The session has ended: sign in again.");
    const state = await app.call("GET", "/audit-logs/verify?state=true", { as: app.admin });
    expect(state.body.state).toMatchObject({ matches: true });
  });
});

describe("a session", () => {
  let app: TestApp;
  let noteUses: () => Promise<unknown> | undefined;
  beforeAll(async () => {
    ({ app, noteUses } = await open("postgres"));
  });
  afterAll(() => app.close());

  const status = async ({ headers }: Pick<SignedIn, "headers">) =>
    (await app.call("GET", "/users/me", { headers })).status;

  describe("counts for", () => {
    const CALLS: [string, (session: SignedIn) => Record<string, string>, number][] = [
      ["a page of the same origin", ({ headers }) => headers, 200],
      ["a page of the same site", ({ cookie }) => ({ cookie, "sec-fetch-site": "same-site" }), 401],
      ["another site", ({ cookie }) => ({ cookie, "sec-fetch-site": "cross-site" }), 401],
      ["an address that was typed", ({ cookie }) => ({ cookie, "sec-fetch-site": "none" }), 401],
      ["a call that says nothing", ({ cookie }) => ({ cookie }), 401],
      [
        "two sessions",
        ({ headers, cookie }) => ({ ...headers, cookie: `${cookie}; ${cookie}` }),
        401,
      ],
      [
        "the cookie of TLS",
        ({ headers, cookie }) => ({ ...headers, cookie: `__Host-${cookie}` }),
        401,
      ],
      [
        "a quoted secret",
        ({ headers, cookie }) => ({ ...headers, cookie: cookie.replace(/=(.*)/, '="$1"') }),
        401,
      ],
      [
        "a session nobody has",
        ({ headers }) => ({
          ...headers,
          cookie: `serviceflow=${formatSessionSecret(new Uint8Array(32))}`,
        }),
        401,
      ],
      [
        "a key in its place",
        ({ headers }) => ({ ...headers, cookie: `serviceflow=${app.agent.key}` }),
        401,
      ],
      [
        "its secret as a key",
        ({ cookie }) => ({ ...SAME_ORIGIN, "x-api-key": cookie.replace("serviceflow=", "") }),
        401,
      ],
      [
        "its secret as a bearer",
        ({ cookie }) => ({ authorization: `Bearer ${cookie.replace("serviceflow=", "")}` }),
        401,
      ],
      ["a wrong key beside it", ({ headers }) => ({ ...headers, "x-api-key": "let me in" }), 401],
      [
        "a wrong bearer beside it",
        ({ headers }) => ({ ...headers, authorization: "Bearer x" }),
        401,
      ],
      ["an empty key beside it", ({ headers }) => ({ ...headers, "x-api-key": "" }), 401],
      [
        "a proxy's own password beside it",
        ({ headers }) => ({ ...headers, authorization: "Basic eA==" }),
        200,
      ],
    ];

    it.each(CALLS)("%s", async (_, headersOf, expected) => {
      const session = await signIn(app, app.agent);
      expect(await status(session)).toBe(200);
      const headers = headersOf(session);
      for (const transport of TRANSPORTS) {
        const read = await invoke(app, transport, "users.me", {}, { headers });
        expect(read.status).toBe(expected);
        const input = { title: "By a page?" };
        const write = await invoke(app, transport, "requests.create", input, { headers });
        expect(write.status).toBe(expected === 200 ? (transport === "rest" ? 201 : 200) : 401);
        if (expected === 401) expectProblem(read, "unauthenticated");
      }
      const stream = await app.fetch("http://test/api/v1/events/stream", { headers });
      expect(stream.status).toBe(expected);
      await stream.body?.cancel();
    });

    it.each([
      ["several cookies", (cookie: string) => `${cookie}; ${cookie}`],
      ["a cookie of something else", () => "serviceflow=theme-dark"],
    ])("nothing in a page with %s, as the refusal says", async (_, cookieOf) => {
      const { headers, cookie } = await signIn(app, app.agent);
      const refused = await app.call("GET", "/users/me", {
        headers: { ...headers, cookie: cookieOf(cookie) },
      });
      expectProblem(refused, "unauthenticated");
      expect(refused.body.detail).toMatch(/^The call has several session cookies, or one that/);
    });

    it("nothing where a valid key calls as somebody else", async () => {
      const session = await signIn(app, app.agent);
      const { body } = await app.call("GET", "/users/me", {
        as: app.employee,
        headers: session.headers,
      });
      expect(body.id).toBe(app.employee.id);
    });
  });

  it.each([
    ["application/x-www-form-urlencoded", "title=Forged", 415],
    ["application/x-www-form-urlencoded", "", 415],
    ["multipart/form-data; boundary=x", "--x--", 415],
    ["text/plain", '{"title":"Forged"}', 415],
    ["application/json", '{"title":"Mine"}', 201],
  ])("refuses a form: %s with %j", async (type, body, expected) => {
    const { headers } = await signIn(app, app.agent);
    const post = async (path: string) =>
      (
        await app.fetch(`http://test${path}`, {
          method: "POST",
          headers: { ...headers, "content-type": type },
          body,
        })
      ).status;
    expect(await post("/api/v1/requests")).toBe(expected);
    expect(await post("/trpc/requests.create")).toBe(expected === 201 ? 200 : 415);
  });

  it("is part of a batch, and of one that is streamed", async () => {
    const { headers } = await signIn(app, app.agent);
    const ask = async (more: Record<string, string>) => {
      const url = `http://test/trpc/users.me,sessions.current?batch=1&input=%7B%7D`;
      const response = await app.fetch(url, { headers: { ...headers, ...more } });
      return response.text();
    };
    for (const more of [{}, { "trpc-accept": "application/jsonl" }]) {
      const answer = await ask(more);
      expect(answer.match(new RegExp(app.agent.id, "g"))).toHaveLength(2);
      expect(await ask({ ...more, "sec-fetch-site": "cross-site" })).not.toContain(app.agent.id);
    }
  });

  describe("is started", () => {
    it.each([
      ["another site", { "sec-fetch-site": "cross-site" }, "forbidden"],
      ["another port", { "sec-fetch-site": "same-site" }, "forbidden"],
      ["an address that was typed", { "sec-fetch-site": "none" }, "forbidden"],
      [
        "a streamed batch",
        { ...SAME_ORIGIN, "trpc-accept": "application/jsonl" },
        "malformed_request",
      ],
    ] as const)("by no call of %s", async (_, headers, code) => {
      const before = await sessionsOf(app.otherAgent);
      const answer = await app.call("POST", "/session", { as: app.otherAgent, headers });
      expectProblem(answer, code);
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(await sessionsOf(app.otherAgent)).toEqual(before);
    });

    it("by no other session", async () => {
      const { headers } = await signIn(app, app.agent);
      expectProblem(await app.call("POST", "/session", { headers }), "unauthenticated");
    });

    it("in a dry run without a cookie", async () => {
      const headers = { ...SAME_ORIGIN, "dry-run": "true" };
      const before = await sessionsOf(app.otherAgent);
      const answer = await app.call("POST", "/session", { as: app.otherAgent, headers });
      expect([answer.status, answer.headers.get("set-cookie")]).toEqual([201, null]);
      expect(await sessionsOf(app.otherAgent)).toEqual(before);
    });

    it("once by a call that is repeated, which gets the same cookie", async () => {
      const key = { "idempotency-key": "sign-in-1" };
      const [first, again] = [await signIn(app, app.agent, key), await signIn(app, app.agent, key)];
      expect(again).toEqual(first);
      expect(await status(again)).toBe(200);
      const rows = await runSql<{ answer: string }>(
        app.database.db,
        "select answer from idempotency_keys where key = 'sign-in-1'",
      );
      expect(JSON.stringify(rows)).not.toContain("sfs_");
    });
  });

  async function sessionsOf(as: Person): Promise<string[]> {
    const { body } = await app.call("GET", "/users/me/sessions", { as });
    return body.items.map(({ id }: { id: string }) => id);
  }

  describe("ends", () => {
    it("when nobody uses it, and not while somebody does", async () => {
      const used = await signIn(app, app.agent);
      const idle = await signIn(app, app.agent);
      for (let hour = 0; hour < 3; hour += 1) {
        clock.advance(HOUR);
        expect(await status(used)).toBe(200);
        await noteUses();
      }
      expect([await status(used), await status(idle)]).toEqual([200, 401]);
      const ids = await sessionsOf(app.agent);
      expect([ids.includes(used.id), ids.includes(idle.id)]).toEqual([true, false]);
      clock.advance(2 * HOUR + 61);
      expect(await status(used)).toBe(401);
      await noteUses();
      expect(await status(used)).toBe(401);
    });

    it("in the end, however much it is used", async () => {
      const session = await signIn(app, app.agent);
      for (let hour = 0; hour < 10 * 24 - 2; hour += 2) {
        clock.advance(2 * HOUR);
        if ((await status(session)) !== 200) break;
        await noteUses();
      }
      expect(await status(session)).toBe(200);
      clock.advance(2 * HOUR);
      expect(await status(session)).toBe(401);
    });

    const ENDINGS: [string, (key: Person, session: SignedIn, owner: Person) => Promise<Answer>][] =
      [
        [
          "the key is revoked that it was exchanged for",
          (key) => app.call("DELETE", `/api-keys/${key.id}`, { as: app.admin }),
        ],
        [
          "that key is rotated",
          (key) =>
            app.call("POST", `/api-keys/${key.id}/rotate`, {
              as: app.admin,
              body: { overlapSeconds: 0 },
            }),
        ],
        [
          "its user ends it elsewhere",
          (_, { id }, owner) => app.call("DELETE", `/sessions/${id}`, { as: owner }),
        ],
        [
          "an administrator ends it",
          (_, { id }) => app.call("DELETE", `/sessions/${id}`, { as: app.admin }),
        ],
        [
          "all keys of its user are revoked",
          (_key, _session, owner) =>
            app.call("POST", `/users/${owner.id}/api-keys/revoke-all`, { as: app.admin }),
        ],
        [
          "its user is deactivated",
          (_key, _session, owner) =>
            app.call("PATCH", `/users/${owner.id}`, { as: app.admin, body: { active: false } }),
        ],
        [
          "its user is erased",
          (_key, _session, owner) =>
            app.call("POST", `/users/${owner.id}/erase`, { as: app.admin }),
        ],
      ];

    let count = 0;
    it.each(ENDINGS)("everywhere from the next call when %s", async (_, end) => {
      count += 1;
      const owner = await app.addUser({ fullName: "Lea Leaver", email: `lea${count}@example.com` });
      const key = await issue(app, owner);
      const session = await signIn(app, key);
      // A second server, which knows the caller from before.
      const elsewhere = fetchOf({
        ...createServices(app.database.db, testLog, { clock: clock.read }).services,
      });
      const there = async () =>
        (await elsewhere("http://test/api/v1/requests", { headers: session.headers })).status;
      const stream = await app.fetch("http://test/api/v1/events/stream", {
        headers: session.headers,
      });
      expect([await status(session), await there(), stream.status]).toEqual([200, 200, 200]);
      expect((await end(key, session, owner)).status).toBeLessThan(300);
      expect([await status(session), await there()]).toEqual([401, 401]);
      const written = await app.call("POST", "/requests", {
        headers: session.headers,
        body: { title: "Too late" },
      });
      expectProblem(written, "unauthenticated");
      // It ends by itself, or this would not come back.
      await new Response(stream.body).text().catch(() => {});
    });

    it("with its stream when it idles out", async () => {
      const session = await signIn(app, app.agent);
      const stream = await app.fetch("http://test/api/v1/events/stream", {
        headers: session.headers,
      });
      expect(stream.status).toBe(200);
      clock.advance(2 * HOUR + 61);
      await new Response(stream.body).text().catch(() => {});
      expect(await status(session)).toBe(401);
    });
  });

  it("is at most one of 20 of its user: the one that was not used for longest ends", async () => {
    const owner = await app.addUser({ fullName: "Max Many", email: "max@example.com" });
    const sessions: SignedIn[] = [];
    for (let i = 0; i < 20; i += 1) {
      clock.advance(1);
      sessions.push(await signIn(app, owner));
    }
    clock.advance(60);
    const [first, second, third] = sessions as [SignedIn, SignedIn, SignedIn];
    await status(first);
    await noteUses();
    // Two at once, which both have to find room.
    const [one, other] = await Promise.all([signIn(app, owner), signIn(app, owner)]);
    const statuses = await Promise.all([first, second, third, one, other].map(status));
    expect(statuses).toEqual([200, 401, 401, 200, 200]);
    expect(await sessionsOf(owner)).toHaveLength(20);
    const audit = await app.call("GET", `/audit-logs?subject=${second.id}`, { as: app.admin });
    expect(audit.body.items[0]).toMatchObject({
      action: "api_key.revoked",
      actor: { id: owner.id },
    });
    // Keys are counted apart.
    expect(
      (await app.call("POST", "/users/me/api-keys", { as: owner, body: { name: "x" } })).status,
    ).toBe(201);
  });

  describe("grants no more than the key that it was exchanged for:", () => {
    it("its scopes", async () => {
      const key = await issue(app, app.agent, { scopes: ["requests:read"] });
      const { headers } = await signIn(app, key);
      expect((await app.call("GET", "/requests", { headers })).status).toBe(200);
      const write = await app.call("POST", "/requests", { headers, body: { title: "No" } });
      expectProblem(write, "insufficient_scope");
      expectProblem(await app.call("GET", "/users/me/sessions", { headers }), "insufficient_scope");
      expect((await app.call("DELETE", "/session", { headers })).status).toBe(200);
    });

    it("its time, for itself and for keys that it issues", async () => {
      const expiresAt = new Date(clock.read().getTime() + HOUR * 1000).toISOString();
      const key = await issue(app, app.agent, { expiresAt });
      const { headers } = await signIn(app, key);
      const current = await app.call("GET", "/session", { headers });
      expect(current.body.expiresAt).toBe(expiresAt);
      const issued = await app.call("POST", "/users/me/api-keys", { headers, body: { name: "x" } });
      expect(issued.body.expiresAt).toBe(expiresAt);
    });

    it("a key without end can be issued through a session of one", async () => {
      const { headers } = await signIn(app, app.agent);
      const issued = await app.call("POST", "/users/me/api-keys", { headers, body: { name: "x" } });
      expect([issued.status, issued.body.expiresAt]).toEqual([201, null]);
      expect(issued.body.apiKey).toMatch(/^sf_/);
    });
  });

  describe("is not a key:", () => {
    it.each([
      [
        "rotated",
        (id: string) => app.call("POST", `/api-keys/${id}/rotate`, { as: app.admin, body: {} }),
      ],
      ["revoked as one", (id: string) => app.call("DELETE", `/api-keys/${id}`, { as: app.admin })],
    ])("it cannot be %s", async (_, call) => {
      const session = await signIn(app, app.agent);
      expectProblem(await call(session.id), "not_found");
      expect(await status(session)).toBe(200);
    });

    it("a key cannot be ended as a session", async () => {
      const key = await issue(app, app.agent);
      expectProblem(
        await app.call("DELETE", `/sessions/${key.id}`, { as: app.agent }),
        "not_found",
      );
      expectProblem(await app.call("GET", "/session", { as: key }), "not_found");
      expectProblem(await app.call("DELETE", "/session", { as: key }), "not_found");
      expect((await app.call("GET", "/users/me", { as: key })).status).toBe(200);
    });

    it("the last administrator's key stays, although they have a session", async () => {
      const { headers } = await signIn(app, app.admin);
      const { body } = await app.call("GET", "/users/me/api-keys", { headers });
      const last = body.items.at(-1).id;
      expectProblem(await app.call("DELETE", `/api-keys/${last}`, { headers }), "last_admin");
      const all = await app.call("POST", "/users/me/api-keys/revoke-all", {
        headers,
        body: { keepCallingKey: true },
      });
      expectProblem(all, "last_admin");
    });
  });

  describe("over TLS at a proxy", () => {
    let server: RunningServer;
    let cookie: string;
    const TLS = {
      host: "sf.example",
      "x-forwarded-proto": "https",
      "x-forwarded-for": "192.0.2.7",
    };
    const ORIGIN = { origin: "https://sf.example" };
    const JSON_BODY = { "content-type": "application/json" };
    const FORM = { "content-type": "application/x-www-form-urlencoded" };

    beforeAll(async () => {
      const database = app.database as TestDatabase & { url: string };
      server = await serveWith(database, {
        TRUST_PROXY: "loopback",
        AUTH_FAILURES_PER_MINUTE: "0",
      });
      const started = await send("POST", "/api/v1/session", {
        ...TLS,
        ...ORIGIN,
        "x-api-key": app.agent.key,
      });
      const [set] = started.headers["set-cookie"] ?? [];
      expect(set).toMatch(
        /^__Host-serviceflow=.*; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+; Secure$/,
      );
      cookie = set?.split(";")[0] as string;
    });
    afterAll(() => server.close());

    /** Every header as it stands: no browser and no fetch would send these. */
    async function send(method: string, path: string, headers: Record<string, string>, body = "") {
      const sent = request(`${server.url}${path}`, { method, headers, agent: false });
      sent.end(body);
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
    }

    it.each<[string, () => Record<string, string>, number]>([
      ["a page of its own", () => ({ ...TLS, ...ORIGIN, ...JSON_BODY, cookie }), 201],
      [
        "a page that names the port",
        () => ({ ...TLS, ...ORIGIN, ...JSON_BODY, cookie, host: "sf.example:443" }),
        201,
      ],
      [
        "a page of another port",
        () => ({ ...TLS, ...JSON_BODY, cookie, origin: "https://sf.example:8443" }),
        401,
      ],
      [
        "a page without TLS",
        () => ({ ...TLS, ...JSON_BODY, cookie, origin: "http://sf.example" }),
        401,
      ],
      [
        "a page of another site",
        () => ({ ...TLS, ...JSON_BODY, cookie, origin: "https://evil.example" }),
        401,
      ],
      ["a page of no origin", () => ({ ...TLS, ...JSON_BODY, cookie, origin: "null" }), 401],
      ["somebody who says nothing", () => ({ ...TLS, ...JSON_BODY, cookie }), 401],
      [
        "a page of another site that claims the origin",
        () => ({ ...TLS, ...ORIGIN, ...JSON_BODY, cookie, "sec-fetch-site": "cross-site" }),
        401,
      ],
      [
        "a cookie that any host beside it could have set",
        () => ({ ...TLS, ...ORIGIN, ...JSON_BODY, cookie: cookie.replace("__Host-", "") }),
        401,
      ],
      [
        "a connection without TLS",
        () => ({
          ...ORIGIN,
          ...JSON_BODY,
          host: "sf.example",
          cookie,
          origin: "http://sf.example",
        }),
        401,
      ],
      [
        "a form of another port",
        () => ({ ...TLS, ...FORM, cookie, origin: "https://sf.example:8443" }),
        401,
      ],
      ["a form of its own", () => ({ ...TLS, ...FORM, ...ORIGIN, cookie }), 415],
    ])("it is answered to %s", async (_, headersOf, status) => {
      const body = '{"title":"By a page?"}';
      const headers: Record<string, string> = {
        ...headersOf(),
        "content-length": String(body.length),
      };
      const rest = await send("POST", "/api/v1/requests", headers, body);
      expect(rest.status).toBe(status);
      const trpc = await send("POST", "/trpc/requests.create", headers, body);
      // tRPC refuses a form before it looks who sends it.
      const isForm = headers["content-type"] === FORM["content-type"];
      expect(trpc.status).toBe(isForm ? 415 : status === 201 ? 200 : status);
    });

    it.each<[string, Record<string, string>, number]>([
      ["by a page", { "sec-fetch-site": "same-origin" }, 200],
      [
        "by a link of another site",
        { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
        401,
      ],
      [
        "by an address that was typed",
        { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" },
        401,
      ],
      ["by an older browser, of which nothing is known", {}, 401],
      ["by two who contradict each other", { "sec-fetch-site": "same-origin, cross-site" }, 401],
    ])("it reads %s", async (_, headers, status) => {
      for (const path of [
        "/api/v1/users/me",
        "/trpc/users.me",
        "/users/me",
        "/api/v1/events/stream",
      ]) {
        const sent = request(`${server.url}${path}`, { headers: { ...TLS, ...headers, cookie } });
        sent.end();
        const [answer] = (await once(sent, "response")) as [IncomingMessage];
        answer.destroy();
        expect([path, answer.statusCode]).toEqual([path, status]);
      }
    });
  });

  it("warns once where a proxy ends TLS of which the server does not know", async () => {
    let lines = "";
    const log = createLogger("warn", false, {
      write(line) {
        lines += line;
      },
    });
    const { services } = createServices(app.database.db, log, { clock: clock.read });
    const start = (origin: string) =>
      fetchOf(services)("http://sf.example/api/v1/session", {
        method: "POST",
        headers: { ...SAME_ORIGIN, origin, "x-api-key": app.agent.key },
      });
    await start("http://sf.example");
    expect(lines).toBe("");
    await start("https://sf.example");
    await start("https://sf.example");
    expect(lines.match(/set TRUST_PROXY/g)).toHaveLength(1);
  });

  it("that has ended locks out nobody who signs in from the same address", async () => {
    const database = app.database as TestDatabase & { url: string };
    const server = await serveWith(database, { AUTH_FAILURES_PER_MINUTE: "2" });
    onTestFinished(() => server.close());
    const post = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/v1/session`, {
        method: "POST",
        headers: { ...SAME_ORIGIN, ...headers },
      });
    const started = await post({ "x-api-key": app.agent.key });
    const cookie = started.headers.get("set-cookie")?.split(";")[0] as string;
    const headers = { ...SAME_ORIGIN, cookie };
    const ended = await fetch(`${server.url}/api/v1/session`, { method: "DELETE", headers });
    expect(ended.status).toBe(200);
    const stale: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      stale.push((await fetch(`${server.url}/api/v1/users/me`, { headers })).status);
    }
    expect(stale).toEqual([401, 401, 429, 429]);
    const issued = await app.call("POST", "/users/me/codes", {
      as: app.agent,
      body: { purpose: "SESSION" },
    });
    // The server's clock is the real one, by which this code expired long ago.
    await runSql(
      app.database.db,
      "update one_time_codes set expires_at = now() + interval '1 hour'",
    );
    expect((await post({ "x-one-time-code": issued.body.code })).status).toBe(201);
    const guesses = [1, 2, 3].map((n) => formatSessionSecret(new Uint8Array(32).fill(n)));
    const answers: number[] = [];
    for (const guess of guesses) {
      const forged = { ...SAME_ORIGIN, cookie: `serviceflow=${guess}` };
      answers.push((await fetch(`${server.url}/api/v1/users/me`, { headers: forged })).status);
    }
    expect(answers).toEqual([401, 401, 429]);
    expect((await post({ "x-one-time-code": "guess" })).status).toBe(429);
  });

  it("is seen and ended by its user and administrators alone", async () => {
    const session = await signIn(app, app.agent);
    const path = `/users/${app.agent.id}/sessions`;
    expectProblem(await app.call("GET", path, { as: app.otherAgent }), "forbidden");
    const ending = await app.call("DELETE", `/sessions/${session.id}`, { as: app.otherAgent });
    expectProblem(ending, "not_found");
    const listed = await app.call("GET", path, { as: app.admin });
    expect(listed.body.items).toContainEqual(
      expect.objectContaining({ id: session.id, current: false }),
    );
    expect(await status(session)).toBe(200);
  });

  it("is named by what it does in the audit log, and tells its secret nowhere", async () => {
    const session = await signIn(app, app.agent);
    const made = await app.call("POST", "/requests", {
      headers: session.headers,
      body: { title: "Named" },
    });
    const { body } = await app.call("GET", `/audit-logs?serviceRequestId=${made.body.id}`, {
      as: app.admin,
    });
    expect(body.items[0]).toMatchObject({ actor: { id: app.agent.id }, apiKeyId: session.id });
    const start = await app.call("GET", `/audit-logs?subject=${session.id}`, { as: app.admin });
    expect(start.body.items[0].changes).toMatchObject({
      sessionFrom: { from: null, to: "API_KEY" },
      name: { from: null, to: "Firefox on Linux" },
    });
    const state = await app.call("GET", "/audit-logs/verify?state=true", { as: app.admin });
    expect(state.body.state).toMatchObject({ matches: true });
    const rows = await runSql(app.database.db, "select * from audit_logs, audit_private_values");
    expect(JSON.stringify(rows)).not.toContain(session.cookie.slice(-20));
  });
});
