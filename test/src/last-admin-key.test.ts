import { toPublicId } from "@serviceflow/domain";
import { createServices, hasAdminKey } from "@serviceflow/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { killProcesses } from "./harness/child-process.ts";
import { ENGINES, freshPostgres, testLog } from "./harness/databases.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openReplicas, type Replicas } from "./harness/replicas.ts";
import { ServerProcess } from "./harness/server-process.ts";
import {
  type Answer,
  BOOTSTRAP_KEY,
  caller,
  fetchOf,
  openTestApp,
  type Person,
  type TestApp,
} from "./harness/test-app.ts";

describe.each(ENGINES)("the last administrator on %s", (engine) => {
  let app: TestApp;
  let other: Person;
  beforeEach(async () => {
    app = await openTestApp(engine);
    other = await app.addUser({
      fullName: "Other Admin",
      email: "other@example.com",
      role: "ADMIN",
    });
  });
  afterEach(() => app.close());

  const keysOf = async (as: Person): Promise<Answer["body"][]> =>
    (await app.call("GET", "/users/me/api-keys", { as })).body.items;
  const revoke = (as: Person, id: string) => app.call("DELETE", `/api-keys/${id}`, { as });

  /** Each of them leaves the other administrator active, but unable to act. */
  const UNABLE: [string, () => Promise<unknown>][] = [
    ["whose key was revoked", async () => revoke(app.admin, (await keysOf(other))[0].id)],
    [
      "whose key has expired",
      () =>
        runSql(
          app.database.db,
          "update api_keys set expires_at = now() from users where users.id = user_id and full_name = $1",
          ["Other Admin"],
        ),
    ],
    [
      "whose keys lack the scope admin",
      async () => {
        const body = { name: "Reader", scopes: ["requests:read"] };
        await app.call("POST", `/users/${other.id}/api-keys`, { as: app.admin, body });
        await revoke(app.admin, (await keysOf(other))[1].id);
      },
    ],
  ];
  const ACTS: [string, (id: string) => Promise<Answer>][] = [
    ["be demoted", (id) => send("PATCH", `/users/${id}/role`, { role: "AGENT" })],
    ["be deactivated", (id) => send("PATCH", `/users/${id}`, { active: false })],
    ["be erased", (id) => send("POST", `/users/${id}/erase`)],
  ];
  const send = (method: string, path: string, body?: object) =>
    app.call(method, path, { as: app.admin, ...(body ? { body } : {}) });

  // The rule is the same on both engines; the embedded one takes long to open.
  const some = <T>(cases: T[]) => (engine === "postgres" ? cases : cases.slice(0, 1));
  describe.each(some(UNABLE))("beside one %s", (_, disable) => {
    it.each(some(ACTS))("cannot %s", async (_act, act) => {
      await disable();
      expectProblem(await act(app.admin.id), "last_admin");
      const again = { name: "Back again" };
      const path = `/users/${other.id}/api-keys`;
      expect((await app.call("POST", path, { as: app.admin, body: again })).status).toBe(201);
      expect((await act(app.admin.id)).status).toBe(200);
    });
  });

  it("keeps the last key that works, but can rotate it", async () => {
    await revoke(app.admin, (await keysOf(other))[0].id);
    const [key] = await keysOf(app.admin);
    expectProblem(await revoke(app.admin, key.id), "last_admin");
    const all = (body: object) =>
      app.call("POST", "/users/me/api-keys/revoke-all", { as: app.admin, body });
    expectProblem(await all({}), "last_admin");
    expect((await all({ keepCallingKey: true })).body).toEqual({ revoked: 0 });
    const path = `/api-keys/${key.id}/rotate`;
    const fresh = await app.call("POST", path, { as: app.admin, body: { overlapSeconds: 0 } });
    expectProblem(await app.call("GET", "/users/me", { as: app.admin }), "unauthenticated");
    const renewed = { ...app.admin, key: fresh.body.apiKey };
    expect((await app.call("GET", "/audit-logs", { as: renewed })).status).toBe(200);
    // Other keys of theirs can go, and others' keys too.
    const spare = { name: "Spare", scopes: ["requests:read"] };
    const issued = await app.call("POST", "/users/me/api-keys", { as: renewed, body: spare });
    expect((await revoke(renewed, issued.body.id)).status).toBe(200);
    const [agents] = await keysOf(app.agent);
    expect((await revoke(renewed, agents.id)).status).toBe(200);
  });

  it("can leave when the other can act", async () => {
    const [key] = await keysOf(app.admin);
    expect((await revoke(app.admin, key.id)).status).toBe(200);
    expect(await hasAdminKey(app.database.db, new Date())).toBe(true);
    const [last] = await keysOf(other);
    expectProblem(await revoke(other, last.id), "last_admin");
  });
});

describe("the last two keys of administrators", () => {
  let replicas: Replicas;
  beforeAll(async () => {
    replicas = await openReplicas();
  });
  afterAll(() => replicas.close());

  it.each(["of two administrators", "of one"])(
    "%s do not both end when they are revoked at once, in each of 20 rounds",
    async (whose) => {
      const { app, calls } = replicas;
      for (let round = 0; round < 20; round += 1) {
        const email = `${whose.replaceAll(" ", "-")}${round}@example.com`;
        const other =
          whose === "of one"
            ? app.admin
            : await app.addUser({ fullName: "Other Admin", email, role: "ADMIN" });
        const path = `/users/${other.id}/api-keys`;
        const second = await app.call("POST", path, { as: app.admin, body: { name: "Second" } });
        const holders = [app.admin, { ...other, key: second.body.apiKey }] as const;
        // All others end, so that these two are the last.
        const keys = holders.map(({ key }) => Buffer.from(key));
        await runSql(
          app.database.db,
          `update api_keys set revoked_at = now()
           where revoked_at is null and hash not in (sha256($1::bytea), sha256($2::bytea))
             and user_id in (select id from users where role = 'ADMIN')`,
          keys,
        );
        const [first] = await runSql<{ id: string }>(
          app.database.db,
          "select id from api_keys where hash = sha256($1::bytea)",
          [keys[0]],
        );
        const ids = [toPublicId("apiKey", first?.id ?? ""), second.body.id];
        const answers = await Promise.all(
          holders.map((as, i) => calls[i as 0 | 1]("DELETE", `/api-keys/${ids[i]}`, { as })),
        );
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
        expect(answers.map(({ body }) => body.code)).toContain("last_admin");
        expect(await hasAdminKey(app.database.db, new Date())).toBe(true);
        await runSql(
          app.database.db,
          "update api_keys set revoked_at = null where hash = sha256($1::bytea)",
          [keys[0]],
        );
      }
    },
  );
});

describe("when no administrator has a working key", () => {
  afterAll(killProcesses);

  it("the doctor and the start say so, and the operator is the way back", async () => {
    const database = await freshPostgres();
    const environment = { DATABASE_URL: database.url };
    const json = async (...command: string[]) => {
      const { stdout } = await ServerProcess.run(environment, "--json", ...command);
      return JSON.parse(stdout);
    };
    const administrators = async () => {
      const { checks } = (await json("doctor")) as { checks: { name: string }[] };
      return checks.find(({ name }) => name === "administrators");
    };
    const made = await json("admin", "create", "--name", "Ada", "--email", "ada@example.com");
    expect(await administrators()).toMatchObject({ status: "ok" });
    const services = createServices(database.db, testLog, { bootstrapKey: BOOTSTRAP_KEY }).services;
    const call = caller(fetchOf(services));
    const as = { ...made, key: made.apiKey };
    const [key] = (await call("GET", "/users/me/api-keys", { as })).body.items;
    expectProblem(await call("DELETE", `/api-keys/${key.id}`, { as }), "last_admin");

    await runSql(database.db, "update api_keys set expires_at = now() + interval '13 days'");
    expect(await administrators()).toMatchObject({
      status: "warn",
      finding: "the last key of one ends within 14 days",
    });
    // The operator may end even the last one.
    expect(await json("keys", "revoke", key.id)).toMatchObject({ id: key.id });
    expect(await administrators()).toMatchObject({
      status: "warn",
      finding: "none has a working key with the scope admin",
      advice: expect.stringContaining("keys issue"),
    });
    const server = await ServerProcess.start(environment);
    expect(server.stdout).toMatch(/"level":"warn".*no administrator has a working API key/);
    await server.end("SIGTERM");
    const closed = await call("POST", "/users", {
      body: { fullName: "Eve", email: "eve@example.com" },
      headers: { "x-bootstrap-key": BOOTSTRAP_KEY },
    });
    expectProblem(closed, "bootstrap_closed");

    const issued = await json("keys", "issue", "--user", "ada@example.com", "--name", "Back");
    const back = { ...made, key: issued.apiKey };
    expect((await call("GET", "/audit-logs", { as: back })).status).toBe(200);
    expect(await administrators()).toMatchObject({ status: "ok" });
    const calm = await ServerProcess.start(environment);
    expect(calm.stdout).not.toContain("no administrator");
    await calm.end("SIGTERM");

    expect(await json("keys", "revoke-all", "--user", "ada@example.com")).toEqual({ revoked: 1 });
    expect(await json("keys", "revoke-all", "--user", made.id)).toEqual({ revoked: 0 });
    await database.drop();
  });
});
