import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { EventReader } from "./harness/event-reader.ts";
import { type Interposition, interposedApp } from "./harness/interposed.ts";
import { kindOf } from "./harness/operation.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const EVE = "eve.employee@example.com";
const OTTO = "otto.employee@example.com";

describe.each(ENGINES)("on %s, the requester", (engine) => {
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

  const file = (as: Person, fields: object) =>
    app.call("POST", "/requests", { as, body: { title: "A new badge", ...fields } });
  const get = (as: Person, path: string) => app.call("GET", path, { as });
  const correct = (as: Person, id: string, body: object, on = app) =>
    on.call("PATCH", `/requests/${id}`, { as, body });
  const sdkOf = ({ key }: Person) =>
    new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });

  describe("of a new request, named by address,", () => {
    it("is found by those who may file for others", async () => {
      for (const as of [app.admin, app.agent, bot]) {
        const filed = await file(as, { requesterEmail: "  Eve.Employee@EXAMPLE.com " });
        expect(filed.body).toMatchObject({
          requester: { id: app.employee.id, fullName: app.employee.fullName },
          submitter: { id: as.id },
        });
      }
      const filed = await sdkOf(bot).requests.create({ title: "Lunch", requesterEmail: OTTO });
      expect(filed.requester.id).toBe(app.otherEmployee.id);
    });

    it("must be an active user, and is named once", async () => {
      const gone = await app.addUser({ fullName: "Gus", email: "gus@example.com" });
      await app.call("PATCH", `/users/${gone.id}`, { as: app.admin, body: { active: false } });
      for (const requesterEmail of ["gus@example.com", "nobody@example.com"]) {
        expectInvalid(await file(app.agent, { requesterEmail }), [
          { pointer: "/requesterEmail", code: "not_eligible" },
        ]);
      }
      expectInvalid(await file(app.agent, { requesterEmail: "nobody" }), [
        { pointer: "/requesterEmail", code: "invalid_format" },
      ]);
      const both = { requesterEmail: EVE, requesterId: app.employee.id };
      expectInvalid(await file(app.agent, both), [
        { pointer: "/requesterEmail", code: "not_applicable" },
      ]);
    });

    it("tells those who file for themselves nothing of who else there is", async () => {
      const answers = await Promise.all(
        [OTTO, "nobody@example.com", "ada@example.com"].map((requesterEmail) =>
          file(app.employee, { requesterEmail }),
        ),
      );
      for (const answer of answers) {
        expectProblem(answer, "forbidden");
        expect(kindOf(answer.body)).toEqual(kindOf((answers[0] as Answer).body));
      }
      expect((await file(app.employee, { requesterEmail: EVE })).status).toBe(201);
    });
  });

  describe("is corrected by an administrator,", () => {
    it.each(["open", "closed"])(
      "of a request that is %s, and only the new one sees it",
      async (state) => {
        const { id } = (await file(app.agent, { requesterEmail: EVE })).body;
        const path = `/requests/${id}`;
        await app.call("POST", `${path}/comments`, {
          as: app.employee,
          body: { body: "Not mine" },
        });
        if (state === "closed") {
          const body = { status: "CANCELED", reason: "Misfiled." };
          await app.call("PATCH", `${path}/status`, { as: app.admin, body });
        }
        const before = (await get(app.admin, path)).body;
        const counted = async (as: Person) => {
          const { byStatus } = (await get(as, "/requests/stats")).body;
          return byStatus[before.status];
        };
        const [ofEve, ofOtto] = [await counted(app.employee), await counted(app.otherEmployee)];

        const answer = await correct(app.admin, id, { requesterEmail: OTTO });
        expect(answer.body).toMatchObject({
          requester: { id: app.otherEmployee.id },
          submitter: { id: app.agent.id },
          status: before.status,
          version: before.version + 1,
        });
        const history = (await get(app.otherEmployee, `${path}/history?limit=1`)).body.items;
        expect(history).toEqual([
          expect.objectContaining({
            action: "request.updated",
            actor: { id: app.admin.id, fullName: app.admin.fullName },
            changes: { requesterId: { from: app.employee.id, to: app.otherEmployee.id } },
          }),
        ]);
        for (const below of ["", "/history", "/comments"]) {
          expectProblem(await get(app.employee, `${path}${below}`), "not_found");
          expect((await get(app.otherEmployee, `${path}${below}`)).status).toBe(200);
        }
        const newest = async (as: Person) => (await get(as, "/requests?limit=1")).body.items[0]?.id;
        expect(await newest(app.otherEmployee)).toBe(id);
        expect(await newest(app.employee)).not.toBe(id);
        expect(await counted(app.employee)).toBe(ofEve - 1);
        expect(await counted(app.otherEmployee)).toBe(ofOtto + 1);
      },
    );

    it("and the one before takes part no longer, unless they filed, held or commented on it", async () => {
      const me = app.otherAgent;
      const act = (as: Person, id: string, verb: string, body?: object) =>
        app.call(verb === "assignee" ? "PUT" : "POST", `/requests/${id}/${verb}`, { as, body });
      const parts: Record<string, (id: string) => Promise<unknown>> = {
        none: async () => {},
        comment: (id) => act(me, id, "comments", { body: "Mine" }),
        holding: (id) => act(me, id, "claim"),
        "having held": async (id) => {
          await act(app.admin, id, "assignee", { assigneeId: me.id });
          await act(app.admin, id, "assignee", { assigneeId: app.agent.id });
        },
        submission: async () => {},
      };
      const ids: Record<string, string> = {};
      for (const [part, take] of Object.entries(parts)) {
        const by = part === "submission" ? me : app.agent;
        const { id } = (await file(by, { requesterId: me.id })).body;
        await take(id);
        await act(app.admin, id, "comments", { body: "Whose is it?" });
        await correct(app.admin, id, { requesterEmail: OTTO });
        await act(app.agent, id, "comments", { body: "His" });
        ids[part] = id;
      }
      const { none, ...others } = ids;
      const stay = Object.values(others).reverse();
      for (const query of ["participant=me", "unread=true"]) {
        const { items } = (await get(me, `/requests?${query}`)).body;
        expect(items.map(({ id }: { id: string }) => id)).toEqual(stay);
      }
      const { counts } = (
        await get(me, "/requests/counts?part.participant=me&unread.unread=true&read.unread=false")
      ).body;
      expect([counts.part.count, counts.unread.count]).toEqual([stay.length, stay.length]);
      expect((await get(me, `/requests/${none}`)).body.unread).toBe(false);
    });

    it("of a request with many comments, and only the new one finds it by its words", async () => {
      const { id } = (await file(app.agent, { title: "A telescope", requesterEmail: EVE })).body;
      for (const each of ["alpha", "beta", "gamma"]) {
        const words = Array.from({ length: 1_300 }, (_, index) => `${each[0]}${index}x`);
        const body = { body: [each, ...words].join(" ") };
        await app.call("POST", `/requests/${id}/comments`, { as: app.agent, body });
      }
      await correct(app.admin, id, { requesterEmail: OTTO });
      for (const q of ["telescope", "alpha", "gamma"]) {
        const found = async (as: Person) => (await get(as, `/requests?q=${q}`)).body.items;
        expect(await found(app.otherEmployee)).toMatchObject([{ id }]);
        expect(await found(app.employee)).toEqual([]);
        expect(await found(app.agent)).toMatchObject([{ id }]);
      }
    });

    it("with the SDK, by id, and to the same one without a change", async () => {
      const { id } = (await file(app.agent, {})).body;
      const sf = sdkOf(app.admin);
      const corrected = await sf.requests.correctRequester(id, { requesterId: app.employee.id });
      expect(corrected).toMatchObject({ requester: { id: app.employee.id }, version: 2 });
      const again = await sf.requests.correctRequester(corrected, { requesterEmail: EVE });
      expect(again.version).toBe(2);
      expect(again.allowedActions).toContain("correctRequester");
    });

    it("within the rules of an update where it updates more", async () => {
      const { id } = (await file(app.agent, { requesterEmail: EVE })).body;
      const more = { requesterId: app.otherEmployee.id, title: "A new badge for Otto" };
      expect((await correct(app.admin, id, more)).body).toMatchObject({
        title: more.title,
        requester: { id: app.otherEmployee.id },
        version: 2,
      });
      const body = { status: "CANCELED", reason: "Misfiled." };
      await app.call("PATCH", `/requests/${id}/status`, { as: app.admin, body });
      expectProblem(await correct(app.admin, id, { ...more, title: "Later" }), "request_closed");
    });

    it("to an active user", async () => {
      const { id } = (await file(app.agent, {})).body;
      expectInvalid(await correct(app.admin, id, { requesterEmail: "nobody@example.com" }), [
        { pointer: "/requesterEmail", code: "not_eligible" },
      ]);
      const nobody = { requesterId: "usr_01kjg3v9tefya8h8m6q1v0c3zd" };
      expectInvalid(await correct(app.admin, id, nobody), [
        { pointer: "/requesterId", code: "not_eligible" },
      ]);
    });

    it("and by nobody else, who learn nothing of who there is", async () => {
      const { id } = (await file(app.employee, {})).body;
      for (const as of [app.agent, app.employee]) {
        const [one, other] = [
          await correct(as, id, { requesterEmail: OTTO }),
          await correct(as, id, { requesterEmail: "nobody@example.com" }),
        ];
        expectProblem(one, "forbidden");
        expect(kindOf(one.body)).toEqual(kindOf(other.body));
      }
    });

    it("and the log explains the state", async () => {
      const { body } = await get(app.admin, "/audit-logs/verify?state=true");
      expect(body).toMatchObject({ valid: true });
    });
  });

  it("who is corrected while commenting no longer comments", async () => {
    const { id } = (await file(app.agent, { requesterEmail: EVE })).body;
    does.before = async (statement) => {
      if (!statement.startsWith("write_comment_insert")) return;
      delete does.before;
      await correct(app.admin, id, { requesterEmail: OTTO });
    };
    const body = { body: "Where is it?" };
    const answer = await attacked.call("POST", `/requests/${id}/comments`, {
      as: app.employee,
      body,
    });
    expectProblem(answer, "not_found");
    expect((await get(app.agent, `/requests/${id}/comments`)).body.items).toEqual([]);
  });

  it("receives the events: the new one those of before as well, the one before none", async () => {
    const open = async (as: Person, query: string) => {
      const headers = { "x-api-key": as.key };
      return EventReader.of(
        await app.fetch(`http://test/api/v1/events/stream?${query}`, { headers }),
      );
    };
    const watching = await open(app.agent, "after=now");
    // From the third event on, a stream has them from the copy that the process keeps of the newest.
    for (const title of ["One", "Another"]) {
      const filed = await file(app.agent, { title });
      expect((await watching.event()).serviceRequestId).toBe(filed.body.id);
    }
    const start = (await get(app.admin, "/events?after=now")).body.nextCursor;
    const { id } = (await file(app.agent, { requesterEmail: EVE })).body;
    expect((await watching.event()).type).toBe("request.created");
    await correct(app.admin, id, { requesterEmail: OTTO });
    expect((await watching.event()).type).toBe("request.updated");
    const marker = (await file(app.employee, { title: "Marker" })).body.id;
    expect((await watching.event()).serviceRequestId).toBe(marker);

    const before = await open(app.employee, `after=${start}`);
    expect((await before.event()).serviceRequestId).toBe(marker);
    const after = await open(app.otherEmployee, `after=${start}`);
    const types = [(await after.event()).type, (await after.event()).type];
    expect(types).toEqual(["request.created", "request.updated"]);
    const listed = (await get(app.employee, `/events?after=${start}&limit=100`)).body.items;
    expect(listed.map((event: { serviceRequestId: string }) => event.serviceRequestId)).toEqual([
      marker,
    ]);
    for (const reader of [watching, before, after]) await reader.close();
  });
});
