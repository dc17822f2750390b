import { type PresentPerson, ServiceFlow } from "@serviceflow/sdk";
import { enterRequest, listPresence } from "@serviceflow/sdk/presence";
import { connectPostgres, createServices } from "@serviceflow/server";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { freshDatabase, freshPostgres, type TestDatabase, testLog } from "./harness/databases.ts";
import { type Block, EventReader } from "./harness/event-reader.ts";
import { TRANSPORTS } from "./harness/operation.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { LocalRedis, redisServer } from "./harness/redis.ts";
import { serveWith } from "./harness/serve-with.ts";
import {
  BOOTSTRAP_KEY,
  caller,
  fetchOf,
  openTestAppOn,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";
import { waitFor, waitUntil } from "./harness/waiting.ts";

interface Told {
  serviceRequestId: string;
  people: { user: { id: string }; state: string; since: string }[];
}

/** A stream of a person, read to where it is. */
class Follower {
  readonly blocks: Block[] = [];
  readonly #reader: EventReader;
  readonly #read: Promise<void>;

  private constructor(reader: EventReader) {
    this.#reader = reader;
    this.#read = this.#readAll();
  }

  static async open(fetchApp: typeof fetch, as: Person, query = ""): Promise<Follower> {
    const headers = { "x-api-key": as.key };
    const response = await fetchApp(`http://test/api/v1/events/stream${query}`, { headers });
    const follower = new Follower(await EventReader.of(response));
    await waitUntil("the stream's begin", () => follower.blocks.length > 0);
    return follower;
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const block = await this.#reader.block();
      if (block === null) return;
      this.blocks.push(block);
    }
  }

  get presence(): Told[] {
    return this.blocks
      .filter(({ event }) => event === "presence")
      .map(({ data }) => JSON.parse(data ?? ""));
  }

  /** What it received last of a request: who does what. */
  latest(id: string): string[] | null {
    const told = this.presence.findLast(({ serviceRequestId }) => serviceRequestId === id);
    return told ? summary(told) : null;
  }

  async shows(id: string, people: string[]): Promise<void> {
    const seen = () => JSON.stringify(this.latest(id));
    await waitUntil(`${people} on ${id}`, () => seen() === JSON.stringify(people));
  }

  async close(): Promise<void> {
    await this.#reader.close();
    await this.#read;
  }
}

const NAMES = new Map<string, string>();

function summary({ people }: Pick<Told, "people">): string[] {
  return people.map(({ user, state }) => `${NAMES.get(user.id)} ${state}`);
}

function name(app: TestApp): void {
  const { admin, agent, otherAgent, employee, otherEmployee } = app;
  for (const [each, who] of Object.entries({ admin, agent, otherAgent, employee, otherEmployee })) {
    NAMES.set(who.id, each);
  }
}

async function file(app: TestApp, as = app.employee): Promise<string> {
  return (await app.call("POST", "/requests", { as, body: { title: "Broken screen" } })).body.id;
}

type Fields = { state: string; clientId?: string; follow?: boolean };

function say(call: TestApp["call"], as: Person, id: string, fields: string | Fields) {
  const body = typeof fields === "string" ? { state: fields, follow: true } : fields;
  return call("PUT", `/requests/${id}/presence`, { as, body });
}

describe("presence", () => {
  const clock = new TestClock("2026-03-02T08:00:00Z");
  let app: TestApp;
  let id: string;
  const open: Follower[] = [];

  beforeAll(async () => {
    const database = await freshDatabase("embedded");
    const options = { bootstrapKey: BOOTSTRAP_KEY, clock: clock.read };
    app = await openTestAppOn(database, createServices(database.db, testLog, options).services);
    name(app);
  });
  afterAll(async () => {
    for (const each of open) await each.close();
    await app.close();
  });
  beforeEach(async () => {
    // All that was said before has expired, and the minute's counts are of other people.
    clock.advance(60);
    id = await file(app);
  });

  const tell = async (as: Person, fields: string | Fields, about = id) => {
    const { status, body } = await say(app.call, as, about, fields);
    expect(status).toBe(200);
    return summary(body);
  };
  const seenBy = async (as: Person) =>
    summary((await app.call("GET", `/requests/${id}/presence`, { as })).body);
  const follow = async (as: Person) => {
    const follower = await Follower.open(app.fetch, as);
    open.push(follower);
    return follower;
  };
  const person = async (role: string) => {
    const email = `${crypto.randomUUID()}@example.com`;
    const made = await app.addUser({ fullName: "Some Body", role, email });
    NAMES.set(made.id, "somebody");
    return made;
  };

  it("is shown as it changes, and never includes oneself", async () => {
    const { agent, otherAgent } = app;
    expect(await tell(agent, "VIEWING")).toEqual([]);
    const follower = await follow(agent);
    await follower.shows(id, []);
    expect(await tell(otherAgent, "VIEWING")).toEqual(["agent VIEWING"]);
    await follower.shows(id, ["otherAgent VIEWING"]);
    const began = follower.presence.at(-1)?.people[0]?.since;
    expect(began).toBe(clock.read().toISOString());
    clock.advance(5);
    await tell(otherAgent, "WRITING_INTERNALLY");
    await follower.shows(id, ["otherAgent WRITING_INTERNALLY"]);
    expect(follower.presence.at(-1)?.people[0]?.since).toBe(clock.read().toISOString());
    await tell(otherAgent, "LEFT");
    await follower.shows(id, []);
    expect(await seenBy(agent)).toEqual([]);
  });

  it("counts the windows of one person once, and each leaves for itself", async () => {
    const { agent, otherAgent, admin } = app;
    const follower = await follow(admin);
    await tell(admin, "VIEWING");
    await tell(agent, { state: "VIEWING", clientId: "one" });
    clock.advance(1);
    await tell(agent, { state: "WRITING", clientId: "two" });
    await tell(otherAgent, "VIEWING");
    await follower.shows(id, ["agent WRITING", "otherAgent VIEWING"]);
    await tell(agent, { state: "LEFT", clientId: "two" });
    await follower.shows(id, ["agent VIEWING", "otherAgent VIEWING"]);
    await tell(agent, { state: "LEFT", clientId: "one" });
    await follower.shows(id, ["otherAgent VIEWING"]);
  });

  it("ends after 30 s, unless it is said again", async () => {
    const { agent, otherAgent, admin } = app;
    await tell(agent, "VIEWING");
    await tell(otherAgent, "VIEWING");
    const began = clock.read().toISOString();
    const follower = await follow(agent);
    clock.advance(29);
    await tell(agent, "VIEWING");
    expect(await seenBy(agent)).toEqual(["otherAgent VIEWING"]);
    clock.advance(1);
    await follower.shows(id, []);
    expect(await seenBy(agent)).toEqual([]);
    const { body } = await app.call("GET", `/requests/${id}/presence`, { as: admin });
    expect(body.people).toMatchObject([{ user: { id: agent.id }, since: began }]);
  });

  it("shows employees who writes to them, and nothing of who reads or writes internally", async () => {
    const { agent, otherAgent, employee, admin } = app;
    const follower = await follow(employee);
    const worker = await follow(agent);
    await tell(employee, "VIEWING");
    for (const state of ["VIEWING", "WRITING_INTERNALLY"]) {
      await tell(agent, state);
      await tell(otherAgent, state);
      await worker.shows(id, [`otherAgent ${state}`]);
      expect(await seenBy(employee)).toEqual([]);
      expect(await tell(employee, "VIEWING")).toEqual([]);
    }
    await tell(otherAgent, "WRITING");
    await follower.shows(id, ["otherAgent WRITING"]);
    clock.advance(1);
    expect(await tell(employee, "WRITING")).toEqual(["otherAgent WRITING"]);
    await worker.shows(id, ["otherAgent WRITING", "employee WRITING"]);
    await tell(otherAgent, "WRITING_INTERNALLY");
    await follower.shows(id, []);
    expect(follower.presence.flatMap(({ people }) => people).map(({ state }) => state)).toEqual([
      "WRITING",
    ]);
    expectProblem(await say(app.call, employee, id, "WRITING_INTERNALLY"), "forbidden");
    expect((await seenBy(admin)).sort()).toEqual([
      "agent WRITING_INTERNALLY",
      "employee WRITING",
      "otherAgent WRITING_INTERNALLY",
    ]);
  });

  it("does not exist for those who may not see the request", async () => {
    const { agent, otherEmployee } = app;
    await tell(agent, "WRITING");
    for (const path of [`/requests/${id}/presence`, "/requests/SF-999999/presence"]) {
      for (const call of [{ method: "GET" }, { method: "PUT", body: { state: "VIEWING" } }]) {
        const { method, ...options } = call;
        const answer = await app.call(method, path, { as: otherEmployee, ...options });
        expectProblem(answer, "not_found");
        expect(answer.body.detail).toBe("There is no such request that you can see.");
      }
    }
    expect(await seenBy(agent)).toEqual([]);
  });

  it("ends at once with the right to see the request, for those who are there and for those who follow", async () => {
    const { agent, employee, otherEmployee, admin } = app;
    const worker = await follow(agent);
    await tell(agent, "VIEWING");
    const follower = await follow(employee);
    await tell(employee, "WRITING");
    await worker.shows(id, ["employee WRITING"]);
    const body = { requesterId: otherEmployee.id };
    expect((await app.call("PATCH", `/requests/${id}`, { as: admin, body })).status).toBe(200);
    await worker.shows(id, []);
    const before = follower.presence.length;
    await tell(agent, "WRITING");
    const heir = await follow(otherEmployee);
    await tell(otherEmployee, "VIEWING");
    await heir.shows(id, ["agent WRITING"]);
    expect(follower.presence.length).toBe(before);
    expectProblem(await say(app.call, employee, id, "VIEWING"), "not_found");
  });

  it.each<[string, (leaver: Person) => Promise<unknown>]>([
    [
      "are deactivated",
      ({ id: who }) =>
        app.call("PATCH", `/users/${who}`, { as: app.admin, body: { active: false } }),
    ],
    [
      "become an employee",
      ({ id: who }) =>
        app.call("PATCH", `/users/${who}/role`, { as: app.admin, body: { role: "EMPLOYEE" } }),
    ],
    [
      "have their keys revoked",
      ({ id: who }) =>
        app.call("POST", `/users/${who}/api-keys/revoke-all`, { as: app.admin, body: {} }),
    ],
  ])("ends at once when they %s", async (_, end) => {
    const { agent } = app;
    const leaver = await person("AGENT");
    const follower = await follow(agent);
    await tell(agent, "VIEWING");
    await tell(leaver, "WRITING_INTERNALLY");
    await follower.shows(id, ["somebody WRITING_INTERNALLY"]);
    const ended = await end(leaver);
    expect(ended).toMatchObject({ status: 200 });
    await follower.shows(id, []);
    expect(await seenBy(agent)).toEqual([]);
  });

  it("moves no cursor: who resumes after it misses no event", async () => {
    const { agent, otherAgent } = app;
    const follower = await follow(agent);
    await tell(agent, "VIEWING");
    for (const state of ["VIEWING", "WRITING"]) {
      await tell(otherAgent, state);
      await follower.shows(id, [`otherAgent ${state}`]);
    }
    const told = follower.blocks.filter(({ event }) => event === "presence");
    expect(told.map((block) => block.id)).toEqual(told.map(() => null));
    const cursor = follower.blocks.findLast((block) => block.id !== null)?.id;
    await app.call("POST", `/requests/${id}/claim`, { as: otherAgent });
    const resumed = await Follower.open(app.fetch, agent, `?after=${cursor}`);
    open.push(resumed);
    const events = ({ blocks }: Follower) =>
      blocks.flatMap(({ event, data }) => (!event && data ? [JSON.parse(data).type] : []));
    await waitUntil("the event", () => events(resumed).includes("request.claimed"));
    await waitUntil("the event", () => events(follower).includes("request.claimed"));
    // The stream that replaces another gets the current presence.
    await resumed.shows(id, ["otherAgent WRITING"]);
  });

  it("reaches only streams of the key that follows", async () => {
    const { agent, otherAgent } = app;
    const other = (
      await app.call("POST", "/users/me/api-keys", { as: agent, body: { name: "Bot" } })
    ).body;
    const bot = await follow({ ...agent, key: other.apiKey });
    const follower = await follow(agent);
    await tell(agent, { state: "VIEWING" });
    await tell(otherAgent, "VIEWING");
    await tell(agent, "VIEWING");
    await follower.shows(id, ["otherAgent VIEWING"]);
    await tell(agent, { state: "VIEWING" });
    await tell(otherAgent, "LEFT");
    expect(await seenBy(agent)).toEqual([]);
    expect(follower.latest(id)).toEqual(["otherAgent VIEWING"]);
    expect(bot.presence).toEqual([]);
  });

  it("comes over tRPC's subscription as well, untracked", async () => {
    const { agent, otherAgent } = app;
    const url = "http://test/trpc/events.stream";
    const reader = await EventReader.of(
      await app.fetch(url, { headers: { "x-api-key": agent.key } }),
    );
    await tell(agent, "VIEWING");
    await tell(otherAgent, "VIEWING");
    const next = async (): Promise<Block> => {
      const block = (await reader.block()) as Block;
      return block.data?.includes("otherAgent") || block.data?.includes(otherAgent.id)
        ? block
        : next();
    };
    const { id: sseId, data } = await waitFor("presence", next());
    expect(sseId).toBeNull();
    expect(JSON.parse(data ?? "")).toMatchObject({
      serviceRequestId: id,
      people: [{ state: "VIEWING" }],
    });
    await reader.close();
  });

  it("leaves no trace in the log or in tables, and a dry run not even in presence", async () => {
    const { agent, otherAgent, admin, employee } = app;
    const counts = () =>
      runSql(
        app.database.db,
        "select (select count(*) from audit_logs) as log, (select count(*) from idempotency_keys) as keys",
      );
    const before = await counts();
    const headers = { "idempotency-key": "again", "dry-run": "true" };
    const dry = await app.call("PUT", `/requests/${id}/presence`, {
      as: agent,
      body: { state: "VIEWING" },
      headers,
    });
    expect([dry.status, dry.headers.get("dry-run")]).toEqual([200, "true"]);
    expect(await seenBy(otherAgent)).toEqual([]);
    for (const state of ["VIEWING", "WRITING", "VIEWING"]) {
      await app.call("PUT", `/requests/${id}/presence`, {
        as: agent,
        body: { state },
        headers: { "idempotency-key": "again" },
      });
    }
    expect(await seenBy(otherAgent)).toEqual(["agent VIEWING"]);
    expect(await counts()).toEqual(before);
    expect((await app.call("GET", `/requests/${id}`, { as: admin })).body.version).toBe(1);
    const body = { name: "Reader", scopes: ["requests:read"] };
    const reader = await app.call("POST", "/users/me/api-keys", { as: employee, body });
    const { status } = await say(app.call, { ...employee, key: reader.body.apiKey }, id, "VIEWING");
    expect(status).toBe(200);
  });

  it("is entered, followed and left with the SDK, until the request is not one's own any more", async () => {
    const { agent, otherAgent, admin, employee, otherEmployee } = app;
    const enter = (as: Person) => {
      const sf = new ServiceFlow({ baseUrl: "http://test", apiKey: as.key, fetch: app.fetch });
      const shown: string[][] = [];
      const errors: string[] = [];
      const onChange = (people: readonly PresentPerson[]) =>
        shown.push(summary({ people: [...people] }));
      const onError = ({ code }: { code: string }) => errors.push(code);
      return { presence: enterRequest(sf, id, { onChange, onError }), shown, errors };
    };
    const [one, other, filer] = [enter(agent), enter(otherAgent), enter(employee)];
    await waitUntil("each other", () => one.shown.length > 0 && other.shown.length > 0);
    other.presence.update("WRITING_INTERNALLY");
    await waitUntil("a note", () => one.shown.at(-1)?.[0] === "otherAgent WRITING_INTERNALLY");
    other.presence.update("WRITING");
    await waitUntil("a reply", () => filer.shown.length > 0);
    expect(filer.shown).toEqual([["otherAgent WRITING"]]);
    const body = { requesterId: otherEmployee.id };
    await app.call("PATCH", `/requests/${id}`, { as: admin, body });
    filer.presence.update("WRITING");
    await waitUntil("the end", () => filer.errors.length > 0);
    expect([filer.errors, filer.presence.people]).toEqual([["not_found"], []]);
    await other.presence.leave();
    await waitUntil("the empty room", () => one.shown.at(-1)?.length === 0);
    await one.presence.leave();
    expect(await seenBy(admin)).toEqual([]);
  });

  describe("of many requests", () => {
    const listed = async (as: Person, ids: readonly string[]) => {
      const answer = await app.call("GET", `/requests/presence?ids=${ids.join(",")}`, { as });
      expect(answer.status).toBe(200);
      return answer.body.items.map((each: Told) => [each.serviceRequestId, ...summary(each)]);
    };

    it("names those on which the caller sees others, and leaves out the rest without a word", async () => {
      const { agent, otherAgent, admin, employee, otherEmployee } = app;
      const [other, quiet] = [await file(app, otherEmployee), await file(app)];
      await tell(agent, "VIEWING");
      await tell(otherAgent, "WRITING", other);
      await tell(admin, "VIEWING", quiet);
      const all = [quiet, other, "SF-999999", "sf-2147483648", id.toLowerCase(), id];
      expect(await listed(admin, all)).toEqual([
        [other, "otherAgent WRITING"],
        [id, "agent VIEWING"],
      ]);
      expect(await listed(agent, all)).toEqual([
        [quiet, "admin VIEWING"],
        [other, "otherAgent WRITING"],
      ]);
      expect(await listed(employee, all)).toEqual([]);
      expect(await listed(otherEmployee, all)).toEqual([[other, "otherAgent WRITING"]]);
      await tell(otherAgent, "LEFT", other);
      expect(await listed(admin, all)).toEqual([[id, "agent VIEWING"]]);
      clock.advance(30);
      expect(await listed(admin, all)).toEqual([]);
    });

    it("loses at once who is deactivated, and what the caller may not view any more", async () => {
      const { agent, admin, employee, otherEmployee } = app;
      const leaver = await person("AGENT");
      await tell(leaver, "WRITING");
      expect(await listed(agent, [id])).toEqual([[id, "somebody WRITING"]]);
      expect(await listed(employee, [id])).toEqual([[id, "somebody WRITING"]]);
      const requester = { requesterId: otherEmployee.id };
      await app.call("PATCH", `/requests/${id}`, { as: admin, body: requester });
      expect(await listed(employee, [id])).toEqual([]);
      const gone = { active: false };
      await app.call("PATCH", `/users/${leaver.id}`, { as: admin, body: gone });
      expect(await listed(agent, [id])).toEqual([]);
    });

    it("takes 100 ids, and names what is none of them", async () => {
      const { agent, otherAgent } = app;
      await tell(otherAgent, "VIEWING");
      const sf = new ServiceFlow({ baseUrl: "http://test", apiKey: agent.key, fetch: app.fetch });
      const ids = Array.from({ length: 99 }, (_, n) => `SF-${n + 900_000}`);
      const [first, ...others] = await listPresence(sf, [...ids, id]);
      expect([first?.serviceRequestId, first?.people.length, others]).toEqual([id, 1, []]);
      expect(await listPresence(sf, [])).toEqual([]);
      const call = (query: string) => app.call("GET", `/requests/presence${query}`, { as: agent });
      const tooMany = [...ids, id, "SF-1"].join(",");
      expectInvalid(await call(`?ids=${tooMany}`), [{ pointer: "/ids", code: "too_big" }]);
      expectInvalid(await call(""), [{ pointer: "/ids", code: "required" }]);
      expectInvalid(await call("?ids=SF-1,SF-x"), [{ pointer: "/ids/1", code: "invalid_format" }]);
    });

    it("costs no statement of its own where the caller could see nobody", async () => {
      const { agent, employee } = app;
      const crowd = await Promise.all(Array.from({ length: 5 }, () => file(app)));
      const asked = async (as: Person, ids: readonly string[]) => {
        await listed(as, ids);
        const { query } = app.database.db;
        let statements = 0;
        const spy = vi.spyOn(app.database.db, "query").mockImplementation((...args) => {
          if (args[0].name?.startsWith("presence_")) statements += 1;
          return query.apply(app.database.db, args);
        });
        await listed(as, ids);
        spy.mockRestore();
        return statements;
      };
      expect(await asked(agent, crowd)).toBe(0);
      for (const each of crowd) await tell(agent, "VIEWING", each);
      expect(await asked(agent, crowd)).toBe(0);
      expect(await asked(employee, crowd)).toBe(0);
      expect(await asked(app.otherAgent, crowd)).toBe(2);
    });
  });

  it("refuses what nobody can be", async () => {
    const put = (body: object) =>
      app.call("PUT", `/requests/${id}/presence`, { as: app.agent, body });
    expectInvalid(await put({ state: "SLEEPING" }), [{ pointer: "/state", code: "invalid_value" }]);
    expectInvalid(await put({}), [{ pointer: "/state", code: "required" }]);
    expectInvalid(await put({ state: "VIEWING", clientId: "a b" }), [
      { pointer: "/clientId", code: "invalid_format" },
    ]);
    expectInvalid(await put({ state: "VIEWING", since: "now" }), [
      { pointer: "/since", code: "unknown_field" },
    ]);
  });

  it("takes no more of a person than anybody could mean", async () => {
    const { admin } = app;
    const busy = await person("AGENT");
    const first = { state: "VIEWING", clientId: "w0", follow: true };
    expect((await say(app.call, busy, id, first)).status).toBe(200);
    const elsewhere = await file(app);
    for (let window = 1; window <= 20; window += 1) {
      await say(app.call, busy, elsewhere, { state: "VIEWING", clientId: `w${window}` });
    }
    expect(await seenBy(admin)).toEqual([]);
    const follower = await follow(admin);
    await say(app.call, admin, id, "VIEWING");
    const began = performance.now();
    let refused = await say(app.call, busy, id, "VIEWING");
    for (let calls = 0; refused.status === 200 && calls < 200; calls += 1) {
      refused = await say(app.call, busy, id, calls % 2 ? "VIEWING" : "WRITING");
    }
    expectProblem(refused, "rate_limited");
    // Changes within 50 ms are one message.
    expect(follower.presence.length).toBeLessThan(4 + (performance.now() - began) / 50);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // Who has come can leave.
    expect((await say(app.call, busy, id, "LEFT")).status).toBe(200);
    expect((await say(app.call, admin, id, "VIEWING")).status).toBe(200);
  });

  it.each(TRANSPORTS)("of a session needs JSON, over %s", async (transport) => {
    const started = await app.call("POST", "/session", {
      as: app.agent,
      headers: { "sec-fetch-site": "same-origin" },
    });
    const secret = /serviceflow=(sfs_\w+)/.exec(started.headers.get("set-cookie") ?? "")?.[1];
    const headers = {
      cookie: `serviceflow=${secret}`,
      "sec-fetch-site": "same-origin",
      "content-type": "text/plain",
    };
    const path = transport === "rest" ? `/api/v1/requests/${id}/presence` : "/trpc/presence.set";
    const response = await app.fetch(`http://test${path}`, {
      method: transport === "rest" ? "PUT" : "POST",
      headers,
      body: JSON.stringify({ state: "VIEWING", ...(transport === "rest" ? {} : { id }) }),
    });
    expect(response.status).toBe(415);
  });
});

describe("presence on two servers", () => {
  let database: TestDatabase & { url: string };
  let app: TestApp;
  let second: ReturnType<typeof serverOn>;

  function serverOn(url: string) {
    const db = connectPostgres({ url, poolSize: 4, preparedStatements: true, log: testLog });
    const fetchApp = fetchOf(createServices(db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services);
    return { fetch: fetchApp, call: caller(fetchApp), close: () => db.close() };
  }

  beforeAll(async () => {
    database = await freshPostgres(4);
    app = await openTestAppOn(database);
    second = serverOn(database.url);
    name(app);
  });
  afterAll(async () => {
    await second.close();
    await app.close();
  });

  it("reaches either, also one that has just started, and after a lost session", async () => {
    const { agent, otherAgent, admin, employee } = app;
    const id = await file(app);
    const follower = await Follower.open(second.fetch, agent);
    await say(app.call, agent, id, "VIEWING");
    await say(app.call, otherAgent, id, "WRITING_INTERNALLY");
    await follower.shows(id, ["otherAgent WRITING_INTERNALLY"]);

    const third = serverOn(database.url);
    const seen = await third.call("GET", `/requests/${id}/presence`, { as: admin });
    expect(summary(seen.body).sort()).toEqual(["agent VIEWING", "otherAgent WRITING_INTERNALLY"]);
    const hidden = await third.call("GET", `/requests/${id}/presence`, { as: employee });
    expect(summary(hidden.body)).toEqual([]);
    await say(third.call, otherAgent, id, "LEFT");
    await follower.shows(id, []);
    await third.close();

    await runSql(
      database.db,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'",
    );
    await waitUntil("what was said after the lost session", async () => {
      await say(app.call, otherAgent, id, "WRITING");
      return follower.latest(id)?.[0] === "otherAgent WRITING";
    });
    await follower.close();
  });

  it("goes through Redis where there is one", async ({ skip }) => {
    skip(redisServer === null, "neither redis-server nor valkey-server is on the PATH");
    const redis = await LocalRedis.start();
    const servers = [
      await serveWith(database, { REDIS_URL: redis.url }),
      await serveWith(database, { REDIS_URL: redis.url }),
    ] as const;
    const [one, other] = servers.map(({ url }) => caller(fetch, `${url}/api/v1`)) as [
      TestApp["call"],
      TestApp["call"],
    ];
    const { agent, admin } = app;
    const id = await file(app);
    const shows = async () => {
      await say(one, agent, id, "VIEWING");
      const { body } = await other("GET", `/requests/${id}/presence`, { as: admin });
      return summary(body)[0] === "agent VIEWING";
    };
    await waitUntil("what was said to the other server", shows);
    // The servers without Redis are another installation.
    expect((await app.call("GET", `/requests/${id}/presence`, { as: admin })).body.people).toEqual(
      [],
    );
    await redis.kill();
    expect((await say(one, agent, id, "WRITING")).status).toBe(200);
    const alone = await one("GET", `/requests/${id}/presence`, { as: admin });
    expect(summary(alone.body)).toEqual(["agent WRITING"]);
    await redis.resume();
    await waitUntil("what was said after Redis came back", async () => {
      await say(one, agent, id, "WRITING");
      const { body } = await other("GET", `/requests/${id}/presence`, { as: admin });
      return summary(body)[0] === "agent WRITING";
    });
    for (const server of servers) await server.close();
    await redis.kill();
  });
});
