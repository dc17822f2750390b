import { createServices, hasAdminKey } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, testLog } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openReplicas, type Replicas } from "./harness/replicas.ts";
import {
  type Answer,
  caller,
  fetchOf,
  openTestApp,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

const DAY = 86_400;

describe.each(ENGINES)("new API keys on %s", (engine) => {
  const clock = new TestClock("2026-03-02T08:00:00Z");
  let app: TestApp;
  /** The same database under a maximum lifetime of 90 days and at most 5 keys. */
  let bounded: TestApp["call"];
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
    const options = { clock: clock.read, keyBounds: { maxPerUser: 5, maxLifetimeDays: 90 } };
    bounded = caller(fetchOf(createServices(app.database.db, testLog, options).services));
  });
  afterAll(() => app.close());

  const inSeconds = (seconds: number) =>
    new Date(clock.read().getTime() + seconds * 1000).toISOString();
  const issue = (as: Person, body: object = {}, call = app.call) =>
    call("POST", "/users/me/api-keys", { as, body: { name: "Some key", ...body } });
  const rotate = (as: Person, id: string, overlapSeconds: number, call = app.call) =>
    call("POST", `/api-keys/${id}/rotate`, { as, body: { overlapSeconds } });
  const withKey = (as: Person, { body }: Answer): Person => ({ ...as, key: body.apiKey });
  let people = 0;
  const somebody = (role = "EMPLOYEE") => {
    people += 1;
    return app.addUser({ fullName: "Sam Body", email: `sam${people}@example.com`, role });
  };

  describe("expire no later than the key that issues them", () => {
    let brief: Person;
    let end: string;
    beforeAll(async () => {
      end = inSeconds(3600);
      brief = withKey(app.admin, await issue(app.admin, { expiresAt: end }));
    });

    it("by default, and at most when asked", async () => {
      expect((await issue(brief)).body.expiresAt).toBe(end);
      expect((await issue(brief, { expiresAt: end })).body.expiresAt).toBe(end);
      const sooner = inSeconds(60);
      expect((await issue(brief, { expiresAt: sooner })).body.expiresAt).toBe(sooner);
      const later = await issue(brief, { expiresAt: inSeconds(3601) });
      expectInvalid(later, [{ pointer: "/expiresAt", code: "after_calling_key" }]);
      expect(later.body.errors[0].detail).toContain(end);
    });

    it("for another user, and as the first key of a new one", async () => {
      const other = await app.call("POST", `/users/${app.agent.id}/api-keys`, {
        as: brief,
        body: { name: "For an agent" },
      });
      expect(other.body.expiresAt).toBe(end);
      const made = await app.call("POST", "/users", {
        as: brief,
        body: { fullName: "Made Briefly", email: "briefly@example.com", role: "ADMIN" },
      });
      const listed = await app.call("GET", `/users/${made.body.id}/api-keys`, { as: app.admin });
      expect(listed.body.items).toMatchObject([{ expiresAt: end }]);
    });

    it("when they are rotated, also from one that never expires", async () => {
      const unlimited = await issue(app.admin);
      const fresh = await rotate(brief, unlimited.body.id, 60);
      expect(fresh.body.expiresAt).toBe(end);
      const listed = await app.call("GET", "/users/me/api-keys?limit=100", { as: app.admin });
      const old = listed.body.items.find(({ id }: Answer["body"]) => id === unlimited.body.id);
      expect(old.expiresAt).toBeNull();
    });

    it("through any number of keys that issue one another", async () => {
      let last = await issue(brief);
      for (let i = 0; i < 4; i += 1) {
        const as = withKey(app.admin, last);
        last = i % 2 === 0 ? await rotate(as, last.body.id, 0) : await issue(as);
        expect(last.body.expiresAt).toBe(end);
      }
      const as = withKey(app.admin, last);
      expect((await app.call("GET", "/users/me", { as })).status).toBe(200);
      clock.advance(3600);
      expectProblem(await app.call("GET", "/users/me", { as }), "unauthenticated");
    });
  });

  it("end with the overlap of a key that was rotated", async () => {
    const old = await issue(app.agent);
    await rotate(app.agent, old.body.id, 600);
    const next = await issue(withKey(app.agent, old));
    expect(next.body.expiresAt).toBe(inSeconds(600));
  });

  describe("under a maximum lifetime of 90 days", () => {
    it("expire then, unless they are asked for less", async () => {
      const person = await somebody();
      const end = inSeconds(90 * DAY);
      expect((await issue(person, {}, bounded)).body.expiresAt).toBe(end);
      expect((await issue(person, { expiresAt: end }, bounded)).status).toBe(201);
      const later = await issue(person, { expiresAt: inSeconds(90 * DAY + 1) }, bounded);
      expectInvalid(later, [{ pointer: "/expiresAt", code: "beyond_max_lifetime" }]);
      expect(later.body.errors[0].detail).toContain("90 days");
    });

    it("expire then when they are rotated, and when they are a user's first", async () => {
      const person = await somebody();
      const end = inSeconds(90 * DAY);
      const unlimited = await issue(person);
      expect(unlimited.body.expiresAt).toBeNull();
      expect((await rotate(person, unlimited.body.id, 0, bounded)).body.expiresAt).toBe(end);
      const made = await bounded("POST", "/users", {
        as: app.admin,
        body: { fullName: "Under A Bound", email: "bound@example.com" },
      });
      const listed = await bounded("GET", `/users/${made.body.id}/api-keys`, { as: app.admin });
      expect(listed.body.items).toMatchObject([{ expiresAt: end }]);
    });
  });

  describe("are at most five for each user who may have five", () => {
    it("and every key that works counts", async () => {
      const person = await somebody();
      // With the first key, which every user has.
      const keys: Answer[] = [];
      for (let i = 0; i < 4; i += 1) keys.push(await issue(person, {}, bounded));
      const refused = await issue(person, {}, bounded);
      expectProblem(refused, "too_many_api_keys");
      expect(refused.body.detail).toContain("at most 5 active API keys");
      const byAdmin = await bounded("POST", `/users/${person.id}/api-keys`, {
        as: app.admin,
        body: { name: "One more" },
      });
      expectProblem(byAdmin, "too_many_api_keys");

      const [one, two] = keys as [Answer, Answer];
      expectProblem(await rotate(person, one.body.id, 60, bounded), "too_many_api_keys");
      const replaced = await rotate(person, one.body.id, 0, bounded);
      expect(replaced.status).toBe(201);
      expectProblem(await issue(person, {}, bounded), "too_many_api_keys");

      await bounded("DELETE", `/api-keys/${two.body.id}`, { as: person });
      const overlapping = await rotate(person, replaced.body.id, 60, bounded);
      expect(overlapping.status).toBe(201);
      expectProblem(await issue(person, {}, bounded), "too_many_api_keys");
      clock.advance(60);
      const brief = await issue(person, { expiresAt: inSeconds(60) }, bounded);
      expect(brief.status).toBe(201);
      expectProblem(await issue(person, {}, bounded), "too_many_api_keys");
      clock.advance(60);
      expect((await issue(person, {}, bounded)).status).toBe(201);
    });

    it("and one who had more keeps them, and can rotate a key that leaked", async () => {
      const person = await somebody();
      const keys = await Promise.all(Array.from({ length: 7 }, () => issue(person)));
      expectProblem(await issue(person, {}, bounded), "too_many_api_keys");
      const [leaked] = keys as [Answer];
      const fresh = await rotate(person, leaked.body.id, 0, bounded);
      expect(fresh.status).toBe(201);
      const { status } = await bounded("GET", "/users/me", { as: withKey(person, fresh) });
      expect(status).toBe(200);
    });
  });

  describe("when every one with which an administrator can act has ended", () => {
    it("come from the operator alone", async () => {
      const other = await openTestApp(engine, { clock: clock.read });
      const { db } = other.database;
      expect(await hasAdminKey(db, clock.read())).toBe(true);
      await runSql(
        db,
        "update api_keys set expires_at = $1 where user_id in (select id from users where role = 'ADMIN')",
        [inSeconds(60)],
      );
      expect(await hasAdminKey(db, clock.read())).toBe(true);
      clock.advance(60);
      expect(await hasAdminKey(db, clock.read())).toBe(false);
      const bootstrap = await other.call("POST", "/users", {
        body: { fullName: "Eve", email: "eve@example.net" },
        headers: { "x-bootstrap-key": "a-bootstrap-key-that-is-long-enough" },
      });
      expectProblem(bootstrap, "bootstrap_closed");
      await other.close();
    });
  });
});

describe("100 concurrent calls on two replicas", () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await openReplicas();
  });
  afterAll(() => replicas.close());

  const activeKeys = async (person: Person) => {
    const { app } = replicas;
    const [row] = await runSql<{ count: number }>(
      app.database.db,
      `select count(*)::int as count from api_keys join users on users.id = user_id
       where full_name = $1 and (revoked_at is null or revoked_at > now())`,
      [person.fullName],
    );
    return row?.count;
  };
  const atOnce = async (make: (call: TestApp["call"], i: number) => Promise<Answer>) => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => make(replicas.calls[i % 2] as TestApp["call"], i)),
    );
    const outcomes = answers.map(({ status, body }) => (status === 201 ? "ok" : body.code));
    return (outcome: string) => outcomes.filter((each) => each === outcome).length;
  };

  it("that issue keys leave the user with fifty", async () => {
    const person = await replicas.app.addUser({ fullName: "Many Keys", email: "m@example.com" });
    const count = await atOnce((call, i) =>
      call("POST", "/users/me/api-keys", { as: person, body: { name: `Key ${i}` } }),
    );
    expect(count("ok")).toBe(49);
    expect(count("too_many_api_keys")).toBe(51);
    expect(await activeKeys(person)).toBe(50);
  });

  it("that rotate and issue leave the user with fifty", async () => {
    const person = await replicas.app.addUser({ fullName: "Both Ways", email: "b@example.com" });
    const ids: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      const { body } = await replicas.app.call("POST", "/users/me/api-keys", {
        as: person,
        body: { name: `Key ${i}` },
      });
      ids.push(body.id);
    }
    const count = await atOnce((call, i) =>
      i < 30
        ? call("POST", `/api-keys/${ids[i]}/rotate`, { as: person, body: {} })
        : call("POST", `/users/${person.id}/api-keys`, {
            as: replicas.app.admin,
            body: { name: `Key ${i}` },
          }),
    );
    expect(count("ok")).toBe(19);
    expect(count("too_many_api_keys")).toBe(81);
    expect(await activeKeys(person)).toBe(50);
  });
});
