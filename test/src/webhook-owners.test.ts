import { ServiceFlow } from "@serviceflow/sdk";
import { verifyLog } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allSealed } from "./harness/all-sealed.ts";
import { ENGINES } from "./harness/databases.ts";
import { invoke, TRANSPORTS } from "./harness/operation.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted field by field
type Json = any;

const URL = "https://bot.example.com/";

/** Everything that ends an administrator's authority. */
const ENDS = [
  ["loses the role", "OWNER_LOST_ROLE", "PATCH", "/role", { role: "AGENT" }],
  ["becomes an employee", "OWNER_LOST_ROLE", "PATCH", "/role", { role: "EMPLOYEE" }],
  ["is deactivated", "OWNER_DEACTIVATED", "PATCH", "", { active: false }],
  ["is erased", "OWNER_ERASED", "POST", "/erase", undefined],
] as const;

describe.each(ENGINES)("the owners of webhooks on %s", (engine) => {
  let app: TestApp;
  let count = 0;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const addAdmin = async (): Promise<Person> => {
    count += 1;
    const fullName = `Owner Number ${count}`;
    return app.addUser({ fullName, email: `owner${count}@example.com`, role: "ADMIN" });
  };
  const create = async (as: Person, settings: Json = {}): Promise<Json> => {
    const made = await app.call("POST", "/webhooks", { as, body: { url: URL, ...settings } });
    expect(made.status).toBe(201);
    return made.body;
  };
  const get = async ({ id }: Json): Promise<Json> =>
    (await app.call("GET", `/webhooks/${id}`, { as: app.admin })).body;
  const patch = ({ id }: Json, body: Json, as = app.admin, headers = {}) =>
    app.call("PATCH", `/webhooks/${id}`, { as, body, headers });
  const takeOver = ({ id }: Json, as = app.admin, headers = {}) =>
    app.call("POST", `/webhooks/${id}/take-over`, { as, headers });
  const end = (owner: Person, index: number, headers = {}) => {
    const [, , method, path, body] = ENDS[index] as (typeof ENDS)[number];
    return app.call(method, `/users/${owner.id}${path}`, { as: app.admin, body, headers });
  };
  const entriesOf = async ({ id }: Json, action: string): Promise<Json[]> => {
    const path = `/audit-logs?subject=${id}&action=${action}`;
    return (await app.call("GET", path, { as: app.admin })).body.items;
  };
  const sdkAs = ({ key }: Person) =>
    new ServiceFlow({ baseUrl: "http://test", apiKey: key, fetch: app.fetch });

  it("are the administrators who created them, and lists can be filtered by them", async () => {
    const owner = await addAdmin();
    const { secret: _, ...webhook } = await create(owner);
    const ref = { id: owner.id, fullName: owner.fullName };
    expect(webhook).toMatchObject({ owner: ref, createdBy: ref });
    await create(app.admin);
    for (const transport of TRANSPORTS) {
      const list = (input: Json) =>
        invoke(app, transport, "webhooks.list", input, { as: app.admin });
      expect((await list({ owner: owner.id })).body.items).toEqual([webhook]);
      expect((await list({ owner: app.agent.id })).body.items).toEqual([]);
      expect((await list({})).body.items.length).toBeGreaterThan(1);
      const refused = await list({ owner: "somebody" });
      expectProblem(refused, "validation_failed");
      expect(refused.body.errors[0].pointer).toBe("/owner");
    }
    const listed = await Array.fromAsync(sdkAs(app.admin).webhooks.list({ owner: owner.id }));
    expect(listed).toEqual([webhook]);
    const [entry] = await entriesOf(webhook, "webhook.created");
    expect(entry.changes.ownerId).toEqual({ from: null, to: owner.id });
  });

  it.each(ENDS.map(([what, because], index) => [what, because, index] as const))(
    "an owner who %s has their webhooks disabled (%s) by the same change",
    async (_, because, index) => {
      const owner = await addAdmin();
      const [one, two] = [await create(owner), await create(owner, { includeInternal: true })];
      const off = await create(owner);
      await patch(off, { active: false });
      const others = await create(app.admin);
      const headers = { "idempotency-key": `end-${owner.id}` };
      const ended = await end(owner, index, headers);
      expect(ended.status).toBe(200);
      for (const webhook of [one, two]) {
        expect(await get(webhook)).toMatchObject({
          active: false,
          disabledBecause: because,
          version: 2,
        });
        expect(await entriesOf(webhook, "webhook.disabled")).toMatchObject([
          {
            actor: { id: app.admin.id },
            requestId: ended.headers.get("x-request-id"),
            changes: {
              active: { from: true, to: false },
              disabledBecause: { from: null, to: because },
            },
          },
        ]);
      }
      expect(await get(off)).toMatchObject({ active: false, disabledBecause: null });
      expect(await get(others)).toMatchObject({ active: true, version: 1 });
      const again = await end(owner, index, headers);
      expect(again.body).toEqual(ended.body);
      expect(await entriesOf(one, "webhook.disabled")).toHaveLength(1);
    },
  );

  it("who lost the role by SQL have their webhooks disabled by any change of theirs", async () => {
    const owner = await addAdmin();
    const webhook = await create(owner);
    const demotion = "update users set role = 'AGENT' where full_name = $1";
    await runSql(app.database.db, demotion, [owner.fullName]);
    const body = { fullName: `${owner.fullName}, renamed` };
    const renamed = await app.call("PATCH", `/users/${owner.id}`, { as: app.admin, body });
    expect(renamed.status).toBe(200);
    const disabled = { active: false, disabledBecause: "OWNER_LOST_ROLE", version: 2 };
    expect(await get(webhook)).toMatchObject(disabled);
    expect(await entriesOf(webhook, "webhook.disabled")).toHaveLength(1);
  });

  it("are named as what they are called now, also when erased", async () => {
    const owner = await addAdmin();
    const webhook = await create(owner);
    const renamed = { fullName: "Renamed Owner" };
    await app.call("PATCH", `/users/${owner.id}`, { as: app.admin, body: renamed });
    expect((await get(webhook)).owner).toEqual({ id: owner.id, ...renamed });
    await end(owner, 3);
    const erased = { id: owner.id, fullName: "Erased user" };
    expect(await get(webhook)).toMatchObject({ owner: erased, createdBy: erased });
    expect(JSON.stringify(await get(webhook))).not.toContain("Renamed");
  });

  it("have no webhook without authority made active again, until somebody takes it over", async () => {
    const owner = await addAdmin();
    const webhook = await create(owner);
    const untouched = await create(owner);
    await patch(untouched, { active: false });
    await end(owner, 0);
    for (const transport of TRANSPORTS) {
      for (const { id } of [webhook, untouched]) {
        const input = { id, active: true };
        const options = { as: app.admin };
        expectProblem(
          await invoke(app, transport, "webhooks.update", input, options),
          "webhook_unowned",
        );
      }
    }
    expect((await patch(webhook, { description: "Still edited" })).status).toBe(200);
    const taken = await takeOver(webhook);
    expect(taken.body).toMatchObject({
      owner: { id: app.admin.id },
      createdBy: { id: owner.id },
      active: false,
      disabledBecause: "OWNER_LOST_ROLE",
      version: 4,
    });
    expect(taken.headers.get("etag")).toMatch(/^"4-/);
    const revived = await patch(webhook, { active: true });
    expect(revived.body).toMatchObject({ active: true, disabledBecause: null });
    expect(await entriesOf(webhook, "webhook.owner_changed")).toMatchObject([
      { actor: { id: app.admin.id }, changes: { ownerId: { from: owner.id, to: app.admin.id } } },
    ]);
  });

  it("are replaced once and at the given version, and can be sent again", async () => {
    const owner = await addAdmin();
    const webhook = await create(owner);
    expectProblem(await takeOver(webhook, app.admin, { "if-match": '"9"' }), "precondition_failed");
    const headers = { "idempotency-key": `take-${webhook.id}`, "if-match": '"1"' };
    const taken = await takeOver(webhook, app.admin, headers);
    expect(taken.status).toBe(200);
    const replayed = await takeOver(webhook, app.admin, headers);
    expect(replayed.headers.get("idempotent-replayed")).toBe("true");
    expect(replayed.body).toEqual(taken.body);
    expect((await takeOver(webhook)).body.version).toBe(2);
    expect(await entriesOf(webhook, "webhook.owner_changed")).toHaveLength(1);
    expect((await takeOver(webhook, owner)).body).toMatchObject({ owner: { id: owner.id } });
  });

  it("are taken over through the SDK", async () => {
    const owner = await addAdmin();
    const { id } = await create(owner);
    await end(owner, 2);
    const { webhooks } = sdkAs(app.admin);
    await expect(webhooks.update(id, { active: true })).rejects.toMatchObject({
      code: "webhook_unowned",
      status: 409,
      retryable: false,
    });
    expect((await webhooks.takeOver(id)).owner?.id).toBe(app.admin.id);
    expect((await webhooks.update(id, { active: true })).active).toBe(true);
  });

  it("keep their webhooks when a key is revoked, and when they get a role or a name", async () => {
    const owner = await addAdmin();
    const bot = await app.call("POST", `/users/${owner.id}/api-keys`, {
      as: app.admin,
      body: { name: "Bot" },
    });
    const webhook = await create({ ...owner, key: bot.body.apiKey });
    await app.call("DELETE", `/api-keys/${bot.body.id}`, { as: app.admin });
    await app.call("PATCH", `/users/${owner.id}`, { as: app.admin, body: { fullName: "Newly" } });
    const body = { role: "ADMIN" };
    await app.call("PATCH", `/users/${owner.id}/role`, { as: app.admin, body });
    expect(await get(webhook)).toMatchObject({ active: true, version: 1 });
  });

  it("who may not be removed keep their webhooks", async () => {
    const lonely = await openTestApp(engine);
    const webhook = await lonely.call("POST", "/webhooks", {
      as: lonely.admin,
      body: { url: URL },
    });
    for (const [, , method, path, body] of ENDS) {
      const refused = await lonely.call(method, `/users/${lonely.admin.id}${path}`, {
        as: lonely.admin,
        body,
      });
      expectProblem(refused, "last_admin");
    }
    const { body } = await lonely.call("GET", `/webhooks/${webhook.body.id}`, { as: lonely.admin });
    expect(body).toMatchObject({ active: true, version: 1 });
    await lonely.close();
  });

  it("end with all hundred of their webhooks, in one change that the log can prove", async () => {
    await runSql(app.database.db, "delete from webhooks");
    const owner = await addAdmin();
    for (let i = 0; i < 100; i += 1) await create(owner);
    expect((await end(owner, 3)).status).toBe(200);
    const listed = await Array.fromAsync(
      sdkAs(app.admin).webhooks.list({ owner: owner.id, limit: 100 }),
    );
    expect(listed).toHaveLength(100);
    for (const webhook of listed) {
      expect(webhook).toMatchObject({ active: false, disabledBecause: "OWNER_ERASED" });
    }
    await allSealed(app.database.db);
    expect(await verifyLog(app.database.db)).toMatchObject({ valid: true });
    await runSql(app.database.db, "delete from webhooks");
  });
});
