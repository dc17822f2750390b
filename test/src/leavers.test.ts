import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { type Interposition, interposedApp } from "./harness/interposed.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

/** Ways in which somebody can no longer work. */
const LEAVES = {
  deactivated: (app, { id }) =>
    app.call("PATCH", `/users/${id}`, { as: app.admin, body: { active: false } }),
  demoted: (app, { id }) =>
    app.call("PATCH", `/users/${id}/role`, { as: app.admin, body: { role: "EMPLOYEE" } }),
  erased: (app, { id }) => app.call("POST", `/users/${id}/erase`, { as: app.admin }),
} satisfies Record<string, (app: TestApp, leaver: Person) => Promise<Answer>>;
const WAYS = Object.keys(LEAVES) as (keyof typeof LEAVES)[];

describe.each(ENGINES)("on %s, when an assignee leaves", (engine) => {
  let app: TestApp;
  let attacked: TestApp;
  const does: Interposition = {};
  let counter = 0;
  beforeAll(async () => {
    app = await openTestApp(engine);
    attacked = interposedApp(app, does);
  });
  afterAll(() => app.close());

  const get = (as: Person, path: string) => app.call("GET", path, { as });
  const claim = (as: Person, id: string, on = app) =>
    on.call("POST", `/requests/${id}/claim`, { as });
  const move = (as: Person, id: string, body: object, on = app) =>
    on.call("PATCH", `/requests/${id}/status`, { as, body });
  const assign = (as: Person, id: string, to: Person, on = app) =>
    on.call("PUT", `/requests/${id}/assignee`, {
      as,
      body: { assigneeId: to.id, reason: "On leave." },
    });

  async function hire(): Promise<Person> {
    counter += 1;
    return app.addUser({
      fullName: `Lea ${counter}`,
      role: "AGENT",
      email: `lea.${counter}@example.com`,
    });
  }

  async function held(
    leaver: Person,
    status: "NEW" | "IN_PROGRESS",
    requester = app.employee,
  ): Promise<string> {
    const body = { title: "Left behind" };
    const { id } = (await app.call("POST", "/requests", { as: requester, body })).body;
    if (status === "NEW") await claim(leaver, id);
    else await move(leaver, id, { status });
    return id;
  }

  async function leave(leaver: Person, way: keyof typeof LEAVES): Promise<void> {
    expect((await LEAVES[way](app, leaver)).status).toBe(200);
  }

  async function comeBack({ id }: Person): Promise<void> {
    await app.call("PATCH", `/users/${id}`, { as: app.admin, body: { active: true } });
    await app.call("PATCH", `/users/${id}/role`, { as: app.admin, body: { role: "AGENT" } });
  }

  it.each(WAYS)("%s, anyone who works requests can take what they held", async (way) => {
    const leaver = await hire();
    const [fresh, started] = [await held(leaver, "NEW"), await held(leaver, "IN_PROGRESS")];
    await leave(leaver, way);

    const listed = await get(
      app.agent,
      "/requests?limit=2&include=description,followsUp,followUps",
    );
    expect(listed.body.items).toEqual([
      (await get(app.agent, `/requests/${started}`)).body,
      (await get(app.agent, `/requests/${fresh}`)).body,
    ]);
    const [ofStarted, ofFresh] = listed.body.items;
    expect(ofFresh.assignee).toMatchObject({ id: leaver.id, unavailable: true });
    expect(ofFresh.allowedActions).toEqual([
      ...["update", "claim", "assign", "start", "comment", "commentInternally"],
    ]);
    expect(ofStarted.allowedActions).toEqual([
      ...["update", "claim", "assign", "comment", "commentInternally"],
    ]);

    for (const id of [fresh, started]) {
      const taken = await claim(app.agent, id);
      expect(taken.body.assignee).toEqual({ id: app.agent.id, fullName: app.agent.fullName });
      const { items } = (await get(app.admin, `/requests/${id}/history?limit=1`)).body;
      expect(items).toEqual([
        expect.objectContaining({
          action: "request.claimed",
          changes: { assigneeId: { from: leaver.id, to: app.agent.id } },
        }),
      ]);
      expectProblem(await claim(app.otherAgent, id), "already_assigned");
    }
  });

  it.each(WAYS)("%s, nobody works in their name", async (way) => {
    const leaver = await hire();
    const [fresh, started] = [await held(leaver, "NEW"), await held(leaver, "IN_PROGRESS")];
    await leave(leaver, way);

    for (const as of [app.admin, app.agent]) {
      const done = await move(as, started, { status: "DONE" });
      expectProblem(done, "not_assigned");
      expect(done.body.detail).toContain("can no longer work");
    }
    const named = { status: "IN_PROGRESS", assigneeId: leaver.id };
    expectInvalid(await move(app.admin, fresh, named), [
      { pointer: "/assigneeId", code: "not_eligible" },
    ]);
    expectInvalid(await assign(app.admin, started, leaver), [
      { pointer: "/assigneeId", code: "not_eligible" },
    ]);
    const begun = await move(app.admin, fresh, { status: "IN_PROGRESS" });
    expect(begun.body.assignee).toEqual({ id: app.admin.id, fullName: app.admin.fullName });
    expect((await assign(app.admin, started, app.agent)).status).toBe(200);
    expect((await move(app.agent, started, { status: "DONE" })).status).toBe(200);
  });

  it("an administrator can release or cancel what they held", async () => {
    const leaver = await hire();
    const [fresh, started] = [await held(leaver, "NEW"), await held(leaver, "IN_PROGRESS")];
    await leave(leaver, "deactivated");
    const released = await app.call("POST", `/requests/${fresh}/release`, { as: app.admin });
    expect(released.body.assignee).toBeNull();
    const body = { status: "CANCELED", reason: "Nobody needs it." };
    expectProblem(await move(app.agent, started, body), "forbidden");
    expect((await move(app.admin, started, body)).body.status).toBe("CANCELED");
  });

  it.each(WAYS)("%s, nothing is written for each request that they held", async (way) => {
    const leaver = await hire();
    for (let index = 0; index < 3; index += 1) await held(leaver, "NEW");
    const rows = () => runSql(app.database.db, "select xmin::text, ctid::text from requests");
    const entries = async () =>
      (await runSql<{ n: number }>(app.database.db, "select count(*)::int as n from audit_logs"))[0]
        ?.n ?? 0;
    const [requestsBefore, entriesBefore] = [await rows(), await entries()];
    await leave(leaver, way);
    expect(await rows()).toEqual(requestsBefore);
    // An erasure also revokes the key, which is an entry of its own.
    expect(await entries()).toBe(entriesBefore + (way === "erased" ? 2 : 1));
  });

  it("demoted, they see of it what an employee sees", async () => {
    const leaver = await hire();
    const others = await held(leaver, "IN_PROGRESS");
    const own = await held(leaver, "NEW", leaver);
    const note = { body: "The cable", visibility: "INTERNAL" };
    await app.call("POST", `/requests/${own}/comments`, { as: leaver, body: note });
    const before = (await get(leaver, "/events?after=now")).body.nextCursor;
    await leave(leaver, "demoted");
    await app.call("POST", `/requests/${others}/comments`, {
      as: app.agent,
      body: { body: "Hello" },
    });

    for (const path of ["", "/history", "/comments"]) {
      expectProblem(await get(leaver, `/requests/${others}${path}`), "not_found");
    }
    for (const [method, path, body] of [
      ["POST", "/comments", { body: "Hello" }],
      ["PATCH", "/status", { status: "DONE" }],
      ["POST", "/release", undefined],
      ["PUT", "/assignee", { assigneeId: app.agent.id }],
    ] as const) {
      const answer = await app.call(method, `/requests/${others}${path}`, { as: leaver, body });
      expectProblem(answer, "not_found");
    }
    const idsIn = ({ body }: Answer) => body.items.map(({ id }: { id: string }) => id);
    expect(idsIn(await get(leaver, "/requests"))).toEqual([own]);
    expect(idsIn(await get(leaver, "/requests?assignee=me"))).toEqual([own]);
    expect((await get(leaver, "/requests/stats")).body.byStatus).toMatchObject({
      NEW: 1,
      IN_PROGRESS: 0,
    });
    expect((await get(leaver, `/events?after=${before}`)).body.items).toEqual([]);
    const events = (await get(leaver, "/events?limit=100")).body.items;
    expect(
      events.map(({ serviceRequestId }: { serviceRequestId: string }) => serviceRequestId),
    ).toEqual([own, own]);

    const seen = (await get(leaver, `/requests/${own}`)).body;
    expect(seen.allowedActions).toEqual(["comment"]);
    expect(seen.assignee).toEqual({ id: leaver.id, fullName: leaver.fullName });
    expect((await get(leaver, `/requests/${own}/comments`)).body.items).toEqual([]);
  });

  it("the requester does not learn it", async () => {
    const leaver = await hire();
    const id = await held(leaver, "NEW");
    const seen = () => get(app.employee, `/requests/${id}`).then(({ body }) => body);
    const before = await seen();
    await leave(leaver, "deactivated");
    expect(await seen()).toEqual(before);
    const events = (await get(app.employee, "/events?limit=100")).body.items;
    expect(JSON.stringify(events)).not.toContain("unavailable");
  });

  it("and comes back, the request is theirs again", async () => {
    const leaver = await hire();
    const id = await held(leaver, "NEW");
    await leave(leaver, "deactivated");
    await comeBack(leaver);
    expectProblem(await claim(app.agent, id), "already_assigned");
    const seen = (await get(app.agent, `/requests/${id}`)).body;
    expect(seen.assignee).toEqual({ id: leaver.id, fullName: leaver.fullName });
  });

  /** Calls, and does something between the load and the write. */
  async function during(between: () => Promise<unknown>, call: () => Promise<Answer>) {
    does.before = async (statement) => {
      if (!statement.startsWith("write_request_")) return;
      delete does.before;
      await between();
    };
    const answer = await call();
    expect(does.before).toBeUndefined();
    return answer;
  }

  it.each([
    ["a claim", (id: string) => claim(app.agent, id, attacked)],
    ["a start", (id: string) => move(app.agent, id, { status: "IN_PROGRESS" }, attacked)],
    ["taking it by name", (id: string) => assign(app.agent, id, app.agent, attacked)],
    [
      "an update",
      (id: string) =>
        attacked.call("PATCH", `/requests/${id}`, { as: app.agent, body: { title: "Mine now" } }),
    ],
  ])("but comes back between the load and the write, %s is refused", async (_, call) => {
    const leaver = await hire();
    const id = await held(leaver, "NEW");
    await leave(leaver, "deactivated");
    const { status } = await during(
      () => comeBack(leaver),
      () => call(id),
    );
    expect([403, 409]).toContain(status);
    expect((await get(app.admin, `/requests/${id}`)).body).toMatchObject({
      version: 2,
      assignee: { id: leaver.id },
    });
  });

  it.each(WAYS)("%s between the load and the write, nothing is given to them", async (way) => {
    const leaver = await hire();
    const id = await held(app.agent, "IN_PROGRESS");
    const answer = await during(
      () => leave(leaver, way),
      () => assign(app.admin, id, leaver, attacked),
    );
    expectInvalid(answer, [{ pointer: "/assigneeId", code: "not_eligible" }]);
  });

  it.each(WAYS)("%s between the load and the write, nobody works in their name", async (way) => {
    const leaver = await hire();
    const [fresh, started] = [await held(leaver, "NEW"), await held(leaver, "IN_PROGRESS")];
    const begun = await during(
      () => leave(leaver, way),
      () => move(app.admin, fresh, { status: "IN_PROGRESS" }, attacked),
    );
    expect(begun.body.assignee.id).toBe(app.admin.id);
    if (way === "erased") return;
    await comeBack(leaver);
    const done = await during(
      () => leave(leaver, way),
      () => move(app.admin, started, { status: "DONE" }, attacked),
    );
    expectProblem(done, "not_assigned");
  });
});
