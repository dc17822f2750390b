import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { type Interposition, interposedApp } from "./harness/interposed.ts";
import { kindOf } from "./harness/operation.ts";
import { expectInvalid } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const UNKNOWN = [{ pointer: "/followsUp", code: "unknown" }];

describe.each(ENGINES)("on %s, a follow-up", (engine) => {
  let app: TestApp;
  let bot: Person;
  let attacked: TestApp;
  const does: Interposition = {};
  beforeAll(async () => {
    app = await openTestApp(engine);
    bot = await app.addUser({ fullName: "Chat Bot", email: "bot@example.com", kind: "BOT" });
    attacked = interposedApp(app, does);
  });
  afterAll(() => app.close());

  const file = (as: Person, fields: object, headers = {}) =>
    app.call("POST", "/requests", { as, body: { title: "Jammed", ...fields }, headers });
  const get = async (as: Person, path: string) => (await app.call("GET", path, { as })).body;
  const correct = (id: string, to: Person) =>
    app.call("PATCH", `/requests/${id}`, { as: app.admin, body: { requesterId: to.id } });

  async function closed(requester = app.employee): Promise<string> {
    const { id } = (await file(app.agent, { requesterId: requester.id })).body;
    const body = { status: "CANCELED", reason: "The printer works." };
    await app.call("PATCH", `/requests/${id}/status`, { as: app.admin, body });
    return id;
  }

  it("and what it follows up show each other, and nothing else changes", async () => {
    const old = await closed();
    const before = await app.call("GET", `/requests/${old}`, { as: app.agent });
    expect(before.body).toMatchObject({ followsUp: null, followUps: [] });
    const filed = await file(app.agent, { followsUp: old.toLowerCase() });
    const { id } = filed.body;
    expect(filed.body).toMatchObject({ followsUp: old, followUps: [] });
    expect(await get(app.agent, `/requests/${id}`)).toEqual(filed.body);

    const after = await app.call("GET", `/requests/${old}`, { as: app.agent });
    expect(after.body).toEqual({ ...before.body, followUps: [id] });
    const tag = before.headers.get("etag") ?? "";
    expect(after.headers.get("etag")).not.toBe(tag);
    const marked = await app.call("POST", `/requests/${old}/read`, {
      as: app.agent,
      headers: { "if-match": tag },
    });
    expect(marked.body.followUps).toEqual([id]);

    const [created] = (await get(app.admin, `/requests/${id}/history`)).items;
    expect(created.changes.followsUp).toEqual({ from: null, to: old });
    const listed = async (query: string) =>
      (await get(app.agent, `/requests?limit=2&${query}`)).items;
    const [listedNew, listedOld] = await listed("include=followsUp,followUps,description");
    expect([listedNew, listedOld]).toEqual([filed.body, marked.body]);
    expect(await listed("fields=followUps")).toEqual([
      { id, followUps: [] },
      { id: old, followUps: [id] },
    ]);
    expect(await listed("q=jammed&fields=followsUp")).toEqual([
      { id, followsUp: old },
      { id: old, followsUp: null },
    ]);
    for (const query of ["", "include=description"]) {
      for (const item of await listed(query)) {
        expect(item).not.toHaveProperty("followsUp");
        expect(item).not.toHaveProperty("followUps");
      }
    }
    const headers = { accept: "text/csv" };
    const csv = await app.call("GET", "/requests?fields=id,followUps", { as: app.agent, headers });
    expect(csv.body).toContain(`\r\n"${old}","${id}"\r\n`);
  });

  it("is filed by those who see what it follows up, with the SDK as well", async () => {
    const old = (await file(bot, { requesterId: app.employee.id })).body.id;
    await app.call("PATCH", `/requests/${old}/status`, {
      as: app.admin,
      body: { status: "CANCELED", reason: "It works." },
    });
    for (const { key } of [app.employee, app.agent, bot]) {
      const sf = new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });
      const filed = await sf.requests.create({ title: "Jammed again", followsUp: old });
      expect(filed.followsUp).toBe(old);
      expect((await sf.requests.get(old)).followUps?.[0]).toBe(filed.id);
      const { items } = await sf.requests.list({ include: ["followsUp"], limit: 1 });
      expect(items[0]?.followsUp).toBe(old);
    }
  });

  it("is refused of an open request, of none, and in the same words of one that is not seen", async () => {
    const others = await closed(app.otherEmployee);
    const open = (await file(app.otherEmployee, {})).body.id;
    const answers = await Promise.all(
      [others, open, "SF-2147483647", "SF-9999999999", "nonsense", ""].map((followsUp) =>
        file(app.employee, { followsUp }),
      ),
    );
    for (const answer of answers) {
      expectInvalid(answer, UNKNOWN);
      expect(kindOf(answer.body)).toEqual(kindOf((answers[0] as typeof answer).body));
    }
    const early = await file(app.otherEmployee, { followsUp: open });
    expectInvalid(early, [{ pointer: "/followsUp", code: "still_open" }]);
    expect(early.body.errors[0].detail).toContain(`${open} is NEW`);
    expect((await get(app.agent, `/requests/${others}`)).followUps).toEqual([]);
  });

  it("that is only tried out is answered, and not written", async () => {
    const old = await closed();
    const filed = await file(app.employee, { followsUp: old }, { "dry-run": "true" });
    expect(filed.body).toMatchObject({ id: "SF-0", followsUp: old });
    expect((await get(app.agent, `/requests/${old}`)).followUps).toEqual([]);
    expectInvalid(
      await file(app.otherEmployee, { followsUp: old }, { "dry-run": "true" }),
      UNKNOWN,
    );
  });

  it("is shown only to those who see both", async () => {
    const old = await closed();
    const before = await app.call("GET", `/requests/${old}`, { as: app.employee });
    const start = (await get(app.otherEmployee, "/events?after=now")).nextCursor;
    const { id } = (await file(app.agent, { followsUp: old, requesterId: app.otherEmployee.id }))
      .body;

    const after = await app.call("GET", `/requests/${old}`, { as: app.employee });
    expect(after.body).toEqual(before.body);
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"));

    const { otherEmployee } = app;
    const seen = [
      await get(otherEmployee, `/requests/${id}`),
      await get(otherEmployee, `/requests/${id}/history`),
      await get(otherEmployee, `/requests?include=followsUp,followUps&limit=1`),
      await get(otherEmployee, `/events?after=${start}`),
      (await app.call("POST", `/requests/${id}/read`, { as: otherEmployee })).body,
    ];
    for (const body of seen) {
      expect(JSON.stringify(body)).toContain(id);
      expect(JSON.stringify(body)).not.toContain(old);
    }
    const [ofAgent] = (await get(app.agent, `/events?after=${start}`)).items;
    expect(ofAgent).toMatchObject({
      changes: { followsUp: { from: null, to: old } },
      request: { id, followsUp: old, followUps: null },
    });
  });

  it("is one of the newest 20 that the reader sees, however many they do not", async () => {
    const old = await closed();
    const mine = (await file(app.employee, { followsUp: old })).body.id;
    const others: string[] = [];
    for (let index = 0; index < 21; index += 1) {
      const fields = { followsUp: old, requesterId: app.otherEmployee.id };
      others.unshift((await file(app.agent, fields)).body.id);
    }
    expect((await get(app.agent, `/requests/${old}`)).followUps).toEqual(others.slice(0, 20));
    expect((await get(app.employee, `/requests/${old}`)).followUps).toEqual([mine]);
  });

  it("is not filed by a requester who is corrected meanwhile", async () => {
    const old = await closed();
    does.before = async (statement) => {
      if (!statement.startsWith("write_request_insert")) return;
      delete does.before;
      await correct(old, app.otherEmployee);
    };
    const body = { title: "Again", followsUp: old };
    expectInvalid(await attacked.call("POST", "/requests", { as: app.employee, body }), UNKNOWN);
    expect(does.before).toBeUndefined();
    expect((await get(app.agent, `/requests/${old}`)).followUps).toEqual([]);
  });

  it("no longer shows what its requester may not see any more, in a stream neither", async () => {
    const open = async (as: Person, after: string) => {
      const init = { headers: { "x-api-key": as.key } };
      const url = `http://test/api/v1/events/stream?after=${after}`;
      return EventReader.of(await app.fetch(url, init));
    };
    const old = await closed();
    const watching = await open(app.agent, "now");
    // From the third event on, a stream has them from the copy that the process keeps of the newest.
    for (const title of ["One", "Another"]) {
      const filed = await file(app.agent, { title });
      expect((await watching.event()).serviceRequestId).toBe(filed.body.id);
    }
    const start = (await get(app.admin, "/events?after=now")).nextCursor;
    const { id } = (await file(app.employee, { followsUp: old })).body;
    expect((await watching.event()).changes.followsUp.to).toBe(old);
    const before = await open(app.employee, start);
    expect((await before.event()).request).toMatchObject({ id, followsUp: old });
    await correct(old, app.otherEmployee);
    expect((await watching.event()).type).toBe("request.updated");

    const after = await open(app.employee, start);
    const event = await after.event();
    expect(event.serviceRequestId).toBe(id);
    expect(JSON.stringify(event)).not.toContain(old);
    expect(await get(app.employee, `/requests/${id}`)).toMatchObject({ followsUp: null });
    for (const reader of [watching, before, after]) await reader.close();
  });

  it("and the log explains the link, and no other", async () => {
    const old = await closed();
    const { id } = (await file(app.agent, { followsUp: old })).body;
    const compared = async () =>
      (await get(app.admin, "/audit-logs/verify?state=true")).state as {
        matches: boolean;
        found: { subject: string; field: string; problem: string }[];
      };
    expect(await compared()).toMatchObject({ matches: true });
    const { db } = app.database;
    const uuid = (of: string) => `(select id from requests where number = ${of.slice(3)})`;
    const other = await closed();
    for (const [tamper, subject] of [
      [`update follow_ups set follows_up_id = ${uuid(other)} where request_id = ${uuid(id)}`, id],
      [`delete from follow_ups where request_id = ${uuid(id)}`, id],
      [`insert into follow_ups values (${uuid(other)}, ${uuid(old)})`, other],
    ] as const) {
      await runSql(db, "create table kept as table follow_ups");
      await runSql(db, tamper);
      const { found } = await compared();
      expect(found).toEqual([expect.objectContaining({ id: subject, field: "followsUp" })]);
      await runSql(db, "delete from follow_ups");
      await runSql(db, "insert into follow_ups select * from kept");
      await runSql(db, "drop table kept");
    }
    expect(await compared()).toMatchObject({ matches: true });
  });
});
