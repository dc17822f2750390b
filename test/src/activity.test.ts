import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { TestClock } from "./harness/clock.ts";
import { ENGINES } from "./harness/databases.ts";
import { LONG } from "./harness/long-run.ts";
import { kindOf } from "./harness/operation.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const START = "2026-03-02T08:00:00.000Z";

describe.each(ENGINES)("activity on %s", (engine) => {
  const clock = new TestClock(START);
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
  });
  afterAll(() => app.close());

  const file = async (title = "Broken screen") => {
    clock.advance(60);
    const { body } = await app.call("POST", "/requests", { as: app.employee, body: { title } });
    return body.id as string;
  };
  const say = async (as: Person, id: string, visibility: string) => {
    clock.advance(60);
    const body = { body: "Words", visibility };
    const { status } = await app.call("POST", `/requests/${id}/comments`, { as, body });
    expect(status).toBe(201);
    return clock.read().toISOString();
  };
  const get = async (as: Person, id: string) =>
    (await app.call("GET", `/requests/${id}`, { as })).body;
  const listed = async (as: Person, query: string) =>
    (await app.call("GET", `/requests?limit=100&${query}`, { as })).body.items.map(
      ({ id }: { id: string }) => id,
    );

  it("is a change or a comment, and a comment changes nothing else", async () => {
    const { employee, agent } = app;
    const id = await file();
    const filed = await get(employee, id);
    expect(filed.lastActivityAt).toBe(filed.createdAt);
    const said = await say(employee, id, "PUBLIC");
    for (const as of [employee, agent]) {
      const { allowedActions } = await get(as, id);
      const expected = { ...filed, allowedActions, lastActivityAt: said };
      expect(await get(as, id)).toEqual(expected);
      expect((await app.call("GET", "/requests", { as })).body.items[0]).toMatchObject({
        id,
        lastActivityAt: said,
      });
    }
    clock.advance(60);
    const claimed = await app.call("POST", `/requests/${id}/claim`, { as: agent });
    expect(claimed.body.lastActivityAt).toBe(claimed.body.updatedAt);
    expect(claimed.body.lastActivityAt > said).toBe(true);
    expect(await get(employee, id)).toMatchObject({ lastActivityAt: claimed.body.updatedAt });
  });

  it("is an internal comment only for those who see it", async () => {
    const { employee, agent, admin } = app;
    const id = await file();
    const said = await say(agent, id, "PUBLIC");
    const whispered = await say(agent, id, "INTERNAL");
    expect(await get(employee, id)).toMatchObject({ lastActivityAt: said });
    for (const as of [agent, admin]) {
      expect(await get(as, id)).toMatchObject({ lastActivityAt: whispered });
    }
    await allSealed(app.database.db);
    for (const [as, lastActivityAt] of [
      [employee, said],
      [agent, whispered],
    ] as const) {
      const { body } = await app.call("GET", "/events?limit=100&type=request.created", { as });
      const ofRequest = body.items.find((event: { request: { id: string } }) => {
        return event.request.id === id;
      });
      expect(ofRequest.request.lastActivityAt).toBe(lastActivityAt);
      expect(JSON.stringify(body)).not.toMatch(/CommentAt/);
    }
  });

  it("selects requests from and to a moment, as far as the caller sees it", async () => {
    const { employee, agent } = app;
    const quiet = await file("Quiet");
    const loud = await file("Loud");
    const secret = await file("Secret");
    clock.advance(3600);
    const from = clock.read().toISOString();
    const said = await say(agent, loud, "PUBLIC");
    const whispered = await say(agent, secret, "INTERNAL");
    expect(await listed(agent, `activeFrom=${from}`)).toEqual([secret, loud]);
    expect(await listed(employee, `activeFrom=${from}`)).toEqual([loud]);
    expect(await listed(agent, `activeFrom=${said}&activeTo=${whispered}`)).toEqual([loud]);
    expect(await listed(employee, `activeFrom=${said}&activeTo=${whispered}`)).toEqual([loud]);
    expect(await listed(agent, `activeTo=${from}`)).toContain(quiet);
    expect(await listed(agent, `activeTo=${from}`)).not.toContain(secret);
    expect(await listed(employee, `activeTo=${from}`)).toContain(secret);
  });
});

const WHO = ["employee", "former", "agent", "otherAgent", "admin"] as const;
const STEPS = {
  say: ["POST", "comments", { body: "Words" }],
  whisper: ["POST", "comments", { body: "Secret words", visibility: "INTERNAL" }],
  claim: ["POST", "claim"],
  release: ["POST", "release"],
  start: ["PATCH", "status", { status: "IN_PROGRESS" }],
  finish: ["PATCH", "status", { status: "DONE" }],
  hurry: ["PATCH", "", { priority: "URGENT" }],
  read: ["POST", "read"],
  unread: ["POST", "unread"],
} as const;
const step = fc.record({
  who: fc.constantFrom(...WHO),
  verb: fc.oneof(
    fc.constant("whisper" as const),
    fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
  ),
  on: fc.nat({ max: 1 }),
});

describe("an internal comment", () => {
  const clock = new TestClock(START);
  let app: TestApp;
  /** An agent who became an employee, and holds a request. */
  let former: Person;
  beforeAll(async () => {
    app = await openTestApp("postgres", { clock: clock.tick });
    former = await app.addUser({ fullName: "Fay", role: "AGENT", email: "fay@example.com" });
  });
  afterAll(() => app.close());

  /** All that somebody sees but the end of the feed, which moves with everybody's events. */
  async function seenBy(as: Person, ids: readonly string[]) {
    await allSealed(app.database.db);
    const moment = START.replace("08", "09");
    const paths = [
      ...ids.flatMap((id) => [
        `/requests/${id}`,
        `/requests/${id}/comments`,
        `/requests/${id}/history`,
      ]),
      "/requests",
      `/requests?activeFrom=${moment}`,
      `/requests?activeTo=${moment}`,
      "/requests?unread=true",
      "/requests?unread=false",
      "/requests?participant=me",
      "/requests/stats",
      "/events?limit=100",
    ];
    const answers = [];
    for (const path of paths) {
      const { status, body, headers } = await app.call("GET", path, { as });
      const isFeed = path.startsWith("/events");
      const seen = isFeed ? body.items : kindOf(body);
      const tags = isFeed ? [] : [headers.get("etag"), headers.get("link")];
      answers.push({ path, status, seen, tags });
    }
    return answers;
  }

  it("moves nothing that those see who may not see it, in any history", async () => {
    const { call, employee, admin } = app;
    let whispers = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: LONG ? 30 : 8 }),
        async (steps) => {
          const ids: string[] = [];
          for (const as of [employee, former]) {
            const body = { title: "Some title" };
            ids.push((await call("POST", "/requests", { as, body })).body.id);
          }
          await call("PATCH", `/users/${former.id}/role`, { as: admin, body: { role: "AGENT" } });
          await call("POST", `/requests/${ids[0]}/claim`, { as: former });
          const role = { role: "EMPLOYEE" };
          await call("PATCH", `/users/${former.id}/role`, { as: admin, body: role });
          for (const { who, verb, on } of steps) {
            const [method, path, body] = STEPS[verb] as readonly [string, string, object?];
            const at = `/requests/${ids[on]}${path === "" ? "" : `/${path}`}`;
            const as = who === "former" ? former : app[who];
            if (verb !== "whisper") {
              await call(method, at, { as, body });
              continue;
            }
            const before = [await seenBy(employee, ids), await seenBy(former, ids)];
            const { status } = await call(method, at, { as, body });
            if (status === 201) whispers += 1;
            expect([await seenBy(employee, ids), await seenBy(former, ids)]).toEqual(before);
          }
        },
      ),
      { numRuns: LONG ? 60 : 4 },
    );
    expect(whispers).toBeGreaterThan(0);
  });
});
