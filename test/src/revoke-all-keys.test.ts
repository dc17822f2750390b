import { ServiceFlow } from "@serviceflow/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { insertKeys } from "./harness/key-rows.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openReplicas, type Replicas } from "./harness/replicas.ts";
import { type Answer, openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("revoking all keys of a user on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  let people = 0;
  const somebody = (role = "EMPLOYEE") => {
    people += 1;
    return app.addUser({ fullName: "Sam Body", email: `sam${people}@example.com`, role });
  };
  const issue = async (as: Person): Promise<Person> => {
    const { body } = await app.call("POST", "/users/me/api-keys", { as, body: { name: "More" } });
    return { ...as, key: body.apiKey };
  };
  const works = async (as: Person) => (await app.call("GET", "/users/me", { as })).status === 200;
  const revokeAll = (as: Person, path: string, body?: object) =>
    app.call("POST", `/users/${path}/api-keys/revoke-all`, { as, ...(body ? { body } : {}) });
  const revocations = async (id: string) => {
    const keys = (await app.call("GET", `/users/${id}/api-keys?limit=100`, { as: app.admin })).body;
    const ids = new Set(keys.items.map((key: { id: string }) => key.id));
    const log = await app.call("GET", "/audit-logs?action=api_key.revoked&limit=100", {
      as: app.admin,
    });
    return log.body.items.filter((entry: Answer["body"]) => ids.has(entry.subject.id));
  };

  it("ends each of them, in its overlap too, with one entry for each", async () => {
    const person = await somebody();
    const [one, two] = [await issue(person), await issue(person)];
    const { body } = await app.call("GET", "/users/me/api-keys?limit=1", { as: person });
    await app.call("POST", `/api-keys/${body.items[0].id}/rotate`, { as: person, body: {} });
    const first = await revokeAll(app.admin, person.id);
    expect({ status: first.status, body: first.body }).toEqual({
      status: 200,
      body: { revoked: 4 },
    });
    for (const each of [person, one, two]) expect(await works(each)).toBe(false);
    expect((await revokeAll(app.admin, person.id)).body).toEqual({ revoked: 0 });
    const entries = await revocations(person.id);
    expect(entries).toHaveLength(4);
    expect(entries.every(({ actor }: Answer["body"]) => actor.id === app.admin.id)).toBe(true);
  });

  it("by the user ends the calling key too, unless it is kept", async () => {
    const person = await somebody();
    const other = await issue(person);
    expect((await revokeAll(person, "me", { keepCallingKey: true })).body).toEqual({ revoked: 1 });
    expect([await works(person), await works(other)]).toEqual([true, false]);
    expect((await revokeAll(person, person.id, { keepCallingKey: true })).body.revoked).toBe(0);
    expect((await revokeAll(person, person.id)).body).toEqual({ revoked: 1 });
    expect(await works(person)).toBe(false);
    expect(await revocations(person.id)).toHaveLength(2);
  });

  it("is for administrators, and for nobody who does not exist", async () => {
    expectProblem(await revokeAll(app.agent, app.employee.id), "forbidden");
    expect(await works(app.employee)).toBe(true);
    const nobody = "usr_01kjg3v9tefya8h8m6q1v0c3zd";
    expectProblem(await revokeAll(app.admin, nobody), "not_found");
    // Whether a user exists is not for others to know.
    expectProblem(await revokeAll(app.agent, nobody), "forbidden");
  });

  it("works through the SDK", async () => {
    const person = await somebody();
    const other = await issue(person);
    const sdk = ({ key }: Person) =>
      new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });
    expect(await sdk(person).apiKeys.revokeAll({ keepCallingKey: true })).toEqual({ revoked: 1 });
    expect(await works(other)).toBe(false);
    expect(await sdk(app.admin).apiKeys.revokeAllOf(person.id)).toEqual({ revoked: 1 });
    expect(await works(person)).toBe(false);
    await expect(sdk(app.agent).apiKeys.revokeAllOf(app.employee.id)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("has more entries than a statement has parameters when there are so many keys", async () => {
    const person = await somebody();
    await insertKeys(app.database.db, person, 5000);
    expect((await revokeAll(app.admin, person.id)).body).toEqual({ revoked: 5001 });
    const [row] = await runSql<{ entries: number; kept: number }>(
      app.database.db,
      `select count(*)::int as entries, count(kept.entry_id)::int as kept
       from audit_logs left join audit_private_values kept on kept.entry_id = audit_logs.id
       where action = 'api_key.revoked' and actor_id is not null
         and occurred_at = (select max(occurred_at) from audit_logs)`,
    );
    expect(row).toEqual({ entries: 5001, kept: 5001 });
  });
});

describe("keys that are issued while all are revoked", () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await openReplicas();
  });
  afterAll(() => replicas.close());

  it("are revoked too, or were issued afterwards: the log agrees with the keys, in 20 rounds", async () => {
    const { app, calls } = replicas;
    for (let round = 0; round < 20; round += 1) {
      const person = await app.addUser({ fullName: "Race", email: `race${round}@example.com` });
      const issues = [0, 1, 2].map((i) =>
        calls[i % 2]?.("POST", `/users/${person.id}/api-keys`, {
          as: app.admin,
          body: { name: `Key ${i}` },
        }),
      );
      const revoking = calls[1]("POST", `/users/${person.id}/api-keys/revoke-all`, {
        as: app.admin,
      });
      await Promise.all(issues);
      const { revoked } = (await revoking).body;
      const { body } = await app.call("GET", `/users/${person.id}/api-keys`, { as: app.admin });
      const ended = body.items.filter((key: Answer["body"]) => key.revokedAt !== null);
      expect(ended).toHaveLength(revoked);
      // In the order of the log, every key that was issued before the revocation was revoked.
      const rows = await runSql<{ action: string; subject: string }>(
        app.database.db,
        `select action, subject_id as subject from audit_logs
         where subject_id = any($1) order by seq`,
        [body.items.map((key: Answer["body"]) => key.id)],
      );
      const firstRevoked = rows.findIndex(({ action }) => action === "api_key.revoked");
      const before = rows.slice(0, firstRevoked).map(({ subject }) => subject);
      expect(new Set(ended.map((key: Answer["body"]) => key.id))).toEqual(new Set(before));
    }
  });
});
