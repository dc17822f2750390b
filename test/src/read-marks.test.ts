import { toUuid } from "@serviceflow/domain";
import { completeParticipants, migrate } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { oldDatabase } from "./harness/old-database.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("read marks on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const file = async (as = app.employee, fields = {}) => {
    const body = { title: "Broken screen", ...fields };
    return (await app.call("POST", "/requests", { as, body })).body.id as string;
  };
  const act = async (as: Person, id: string, verb: string, body?: object) => {
    const method = verb === "status" ? "PATCH" : verb === "assignee" ? "PUT" : "POST";
    const { status, body: answer } = await app.call(method, `/requests/${id}/${verb}`, {
      as,
      body,
    });
    expect(status).toBeLessThan(300);
    return answer;
  };
  const say = (as: Person, id: string, visibility = "PUBLIC") =>
    act(as, id, "comments", { body: "Words", visibility });
  const get = async (as: Person, id: string) =>
    (await app.call("GET", `/requests/${id}`, { as })).body;
  const unread = async (as: Person, id: string) => (await get(as, id)).unread;
  const listed = async (as: Person, query: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await app.call("GET", `/requests?limit=2&${query}${cursor}`, { as });
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      if (body.nextCursor === null) return ids;
      cursor = `&cursor=${body.nextCursor}`;
    }
  };
  const person = (name: string, role: string) =>
    app.addUser({ fullName: name, role, email: `${name.toLowerCase()}@example.com` });
  const setRole = (who: Person, role: string) =>
    app.call("PATCH", `/users/${who.id}/role`, { as: app.admin, body: { role } });

  it("say what others have done since, and never what one has done oneself", async () => {
    const { employee, agent, otherAgent } = app;
    const id = await file();
    expect(await unread(employee, id)).toBe(false);
    expect((await act(agent, id, "claim")).unread).toBe(false);
    expect(await unread(employee, id)).toBe(true);
    expect((await act(employee, id, "read")).unread).toBe(false);
    await say(employee, id);
    expect(await unread(employee, id)).toBe(false);
    expect(await unread(agent, id)).toBe(true);
    // A comment of one's own does not mean that one has read those of others.
    await say(agent, id);
    expect(await unread(agent, id)).toBe(true);
    expect(await unread(otherAgent, id)).toBe(false);
    await say(otherAgent, id);
    await say(employee, id);
    expect(await unread(otherAgent, id)).toBe(true);
    const list = (await app.call("GET", "/requests", { as: employee })).body.items;
    expect(list[0]).toMatchObject({ id, unread: true });
  });

  it("begin with who is filed for and assigned, unless by themselves", async () => {
    const { employee, admin, agent } = app;
    const id = await file(admin, { requesterId: employee.id });
    expect([await unread(employee, id), await unread(admin, id)]).toEqual([true, false]);
    await act(admin, id, "assignee", { assigneeId: agent.id });
    expect([await unread(agent, id), await unread(admin, id)]).toEqual([true, false]);
  });

  it("are set and taken back by oneself, without a version, an entry or an event", async () => {
    const { employee, agent, admin } = app;
    const id = await file();
    await act(agent, id, "claim");
    const before = await get(employee, id);
    const entries = (await app.call("GET", "/audit-logs?limit=1", { as: admin })).body;
    const read = await act(employee, id, "read");
    expect(read).toEqual({ ...before, unread: false, readUpTo: before.lastActivityAt });
    expect(await act(employee, id, "read")).toEqual(read);
    const back = { ...read, unread: true };
    expect(await act(employee, id, "unread")).toEqual(back);
    expect(await act(employee, id, "unread")).toEqual(back);
    // Of a request that one has nothing to do with.
    expect((await act(admin, id, "unread")).unread).toBe(true);
    expect(await listed(admin, "participant=me&unread=true")).not.toContain(id);
    expect((await act(admin, id, "read")).unread).toBe(false);
    expect((await app.call("GET", "/audit-logs?limit=1", { as: admin })).body).toEqual(entries);
    for (const verb of ["read", "unread"]) {
      const path = `/requests/${id}/${verb}`;
      const { status, body } = await app.call("POST", path, { as: app.otherEmployee });
      expect([status, body.code]).toEqual([404, "not_found"]);
    }
  });

  it("say up to where one has read, until one reads on", async () => {
    const { employee, agent } = app;
    const id = await file();
    const { lastActivityAt } = await act(agent, id, "claim");
    expect((await get(employee, id)).readUpTo).toBe(null);
    await act(employee, id, "read", { lastActivityAt });
    await say(agent, id);
    await say(employee, id);
    const [listing] = (await app.call("GET", "/requests?limit=1", { as: employee })).body.items;
    expect(listing).toMatchObject({ id, unread: true, readUpTo: lastActivityAt });
    // Too late: it leaves both as they are.
    const late = await act(employee, id, "read", { lastActivityAt });
    expect(late).toMatchObject({ unread: true, readUpTo: lastActivityAt });
    const read = await act(employee, id, "read");
    expect(read).toMatchObject({ unread: false, readUpTo: listing.lastActivityAt });
    expect((await get(agent, id)).readUpTo).toBe(null);
  });

  it("leave unread what has happened since the request was read", async () => {
    const { employee, agent } = app;
    const id = await file();
    const seen = await act(agent, id, "claim");
    await say(agent, id);
    const { lastActivityAt } = seen;
    expect((await act(employee, id, "read", { lastActivityAt })).unread).toBe(true);
    const now = await get(employee, id);
    // What the employee cannot see does not make their mark too old.
    await say(agent, id, "INTERNAL");
    const late = { lastActivityAt: now.lastActivityAt };
    expect((await act(employee, id, "read", late)).unread).toBe(false);
  });

  it("are made by keys that only read", async () => {
    const { employee, agent } = app;
    const id = await file();
    await act(agent, id, "claim");
    const body = { name: "Reader", scopes: ["requests:read"] };
    const key = await app.call("POST", "/users/me/api-keys", { as: employee, body });
    const reader = { ...employee, key: key.body.apiKey };
    expect((await act(reader, id, "read")).unread).toBe(false);
    expect((await act(reader, id, "unread")).unread).toBe(true);
  });

  it("reach the last assignee of a closed request, and who released it", async () => {
    const { employee } = app;
    const former = await person("Rita", "AGENT");
    const last = await person("Lars", "AGENT");
    const id = await file();
    await act(former, id, "claim");
    await act(former, id, "release");
    await act(last, id, "status", { status: "IN_PROGRESS" });
    await act(last, id, "status", { status: "DONE" });
    for (const as of [former, last]) await act(as, id, "read");
    await say(employee, id);
    for (const as of [former, last]) {
      expect(await listed(as, "unread=true")).toEqual([id]);
      expect(await listed(as, "unread=true&status=DONE&status=NEW")).toEqual([id]);
      expect(await listed(as, "unread=true&q=broken+screen&participant=me")).toEqual([id]);
      expect(await listed(as, "unread=false&q=broken&participant=me")).toEqual([]);
      expect(await listed(as, "unread=false&participant=me")).toEqual([]);
      await act(as, id, "read");
      expect(await listed(as, "unread=true")).toEqual([]);
      expect(await listed(as, "unread=false&participant=me")).toEqual([id]);
    }
  });

  it("of internal comments are for those who see them, and leak nothing after a demotion", async () => {
    const { employee, otherAgent } = app;
    const former = await person("Fay", "AGENT");
    const own = await file(former);
    const id = await file();
    await act(former, id, "claim");
    for (const each of [id, own]) await say(otherAgent, each, "INTERNAL");
    for (const each of [id, own]) expect(await unread(former, each)).toBe(true);
    expect(await listed(former, "unread=true")).toEqual([id, own]);
    await act(employee, id, "read");
    await say(otherAgent, id, "INTERNAL");
    expect(await unread(employee, id)).toBe(false);

    await setRole(former, "EMPLOYEE");
    expect(await unread(former, own)).toBe(false);
    expect(await listed(former, "unread=true")).toEqual([]);
    expect(await listed(former, "unread=false")).toEqual([own]);
    expect(await listed(former, "participant=me")).toEqual([own]);
    await say(otherAgent, own);
    expect(await listed(former, "unread=true")).toEqual([own]);
    await act(former, own, "read");
    await setRole(former, "AGENT");
    expect(await listed(former, "unread=true")).toEqual([id, own]);
  });

  it("and lists know what one filed, received or commented on", async () => {
    const { employee, otherEmployee, admin } = app;
    const me = await person("Mia", "AGENT");
    const filed = await file(me);
    const forOther = await file(me, { requesterId: otherEmployee.id });
    const held = await file();
    await act(me, held, "claim");
    await act(me, held, "release");
    const commented = await file();
    await say(me, commented);
    const noted = await file();
    await say(me, noted, "INTERNAL");
    const read = await file();
    await act(me, read, "unread");
    expect(await listed(me, "participant=me")).toEqual([noted, commented, held, forOther, filed]);
    expect(await listed(me, "participant=me&requester=me")).toEqual([filed]);
    expect(await listed(otherEmployee, "participant=me")).toContain(forOther);
    expect(await listed(employee, "participant=me")).not.toContain(forOther);
    const { status } = await app.call("GET", `/requests?participant=${me.id}`, { as: admin });
    expect(status).toBe(422);
    await setRole(me, "EMPLOYEE");
    expect(await listed(me, "participant=me")).toEqual([filed]);
  });

  it("are written for 24 people at most, those who took part last", async () => {
    const { employee, agent, otherAgent } = app;
    const id = await file();
    await act(agent, id, "claim");
    const { db } = app.database;
    const ofRequest = "request_id = (select id from requests where number = $1)";
    const number = Number(id.slice(3));
    await runSql(
      db,
      `insert into users (id, email, full_name, role, kind, created_at)
       select gen_random_uuid(), 'crowd' || i || '@example.com', 'Crowd ' || i, 'AGENT', 'HUMAN', now()
       from generate_series(1, 300) as i`,
    );
    await runSql(
      db,
      `insert into request_participants (user_id, request_id, participated_at, unread, unread_internally)
       select users.id, requests.id, now() - make_interval(mins => substr(email, 6, length(email) - 17)::int),
         false, false
       from users, requests where email like 'crowd%' and number = $1`,
      [number],
    );
    await say(otherAgent, id);
    const rows = await runSql<{ name: string }>(
      db,
      `select full_name as name from request_participants join users on users.id = user_id
       where unread and ${ofRequest}`,
      [number],
    );
    expect(rows.length).toBeLessThanOrEqual(24);
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["Crowd 1", "Crowd 17"]));
    expect(names).not.toContain("Crowd 30");
    expect([await unread(employee, id), await unread(agent, id)]).toEqual([true, true]);
  });

  it("of an erased user go, and come no more", async () => {
    const { admin, agent } = app;
    const leaver = await person("Lea", "AGENT");
    const id = await file(leaver);
    await act(leaver, id, "claim");
    await app.call("POST", `/users/${leaver.id}/erase`, { as: admin });
    await say(agent, id);
    const rows = await runSql(
      app.database.db,
      "select * from request_participants where user_id = $1",
      [toUuid("user", leaver.id)],
    );
    expect(rows).toEqual([]);
  });
});

describe("a mark on PostgreSQL", () => {
  it("never hides what is written at the same time", async () => {
    const app = await openTestApp("postgres");
    onTestFinished(() => app.close());
    const { call, employee, agent, otherAgent } = app;
    const filed = await call("POST", "/requests", { as: employee, body: { title: "Busy" } });
    const path = `/requests/${filed.body.id}`;
    await call("POST", `${path}/claim`, { as: agent });
    for (let round = 0; round < 25; round += 1) {
      const { lastActivityAt } = (await call("GET", path, { as: employee })).body;
      const body = { lastActivityAt };
      const [read] = await Promise.all([
        call("POST", `${path}/read`, { as: employee, body }),
        call("POST", `${path}/comments`, { as: agent, body: { body: "One" } }),
        call("POST", `${path}/comments`, { as: otherAgent, body: { body: "Two" } }),
      ]);
      expect(read.status).toBe(200);
      expect((await call("GET", path, { as: employee })).body.unread).toBe(true);
    }
  });
});

describe.each(ENGINES)("what an earlier build left, on %s", (engine) => {
  it("is completed in batches", async () => {
    const database = await oldDatabase(engine, "activity");
    onTestFinished(() => database.drop());
    const { db } = database;
    await runSql(
      db,
      `insert into users (id, email, full_name, role, kind, created_at)
       select ('00000000-0000-7000-8000-00000000000' || i)::uuid, 'u' || i || '@example.com', 'U' || i, 'AGENT',
         'HUMAN', now() from generate_series(1, 4) as i`,
    );
    const user = (i: number) => `'00000000-0000-7000-8000-00000000000${i}'::uuid`;
    await runSql(
      db,
      `insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
         assignee_id, created_at, updated_at)
       select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, i, 'Old ' || i, '', 'NEW', 'LOW',
         'general', ${user(1)}, ${user(1)}, case when i % 2 = 0 then ${user(2)} end, '2026-01-01', '2026-01-01'
       from generate_series(1, 450) as i`,
    );
    await runSql(
      db,
      `insert into comments (id, request_id, author_id, visibility, body, created_at)
       select gen_random_uuid(), id, ${user(3)}, v, 'Words', case v when 'PUBLIC' then '2026-01-02' else '2026-01-03' end::timestamptz
       from requests, (values ('PUBLIC'), ('INTERNAL')) as kinds (v) where number % 3 = 0`,
    );
    await migrate(db, database.url);
    const stop = new AbortController().signal;
    await completeParticipants(db, stop);
    const counts = () =>
      runSql<{ who: number; n: number }>(
        db,
        `select right(user_id::text, 1)::int as who, count(*)::int as n from request_participants
         where not unread and participated_at is not null group by 1 order by 1`,
      );
    const expected = [
      { who: 1, n: 450 },
      { who: 2, n: 225 },
      { who: 3, n: 150 },
    ];
    expect(await counts()).toEqual(expected);
    const [active] = await runSql<{ n: number }>(
      db,
      `select count(*)::int as n from requests
       where last_comment_at = '2026-01-03' and last_public_comment_at = '2026-01-02'`,
    );
    expect(active).toEqual({ n: 150 });
    await completeParticipants(db, stop);
    expect(await counts()).toEqual(expected);
  });
});
