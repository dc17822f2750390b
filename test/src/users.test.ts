import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe.each(ENGINES)("users on %s", (engine) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine);
  });
  afterAll(() => app.close());

  const create = (body: object) => app.call("POST", "/users", { as: app.admin, body });
  const patch = (id: string, body: object, path = "") =>
    app.call("PATCH", `/users/${id}${path}`, { as: app.admin, body });
  const status = async (as: Person) => (await app.call("GET", "/users/me", { as })).status;

  it("are created as employees with a working key by default", async () => {
    const plain = await create({ fullName: " Zoë ", email: "Zoe@Example.COM" });
    expect(plain.status).toBe(201);
    expect(plain.body).toEqual({
      id: expect.stringMatching(/^usr_[0-9a-z]{26}$/),
      fullName: "Zoë",
      email: "zoe@example.com",
      role: "EMPLOYEE",
      kind: "HUMAN",
      active: true,
      locale: null,
      timeZone: null,
      erasedAt: null,
      version: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      apiKey: expect.stringMatching(/^sf_[0-9A-Za-z]{49}$/),
    });
    expect(await status({ ...plain.body, key: plain.body.apiKey })).toBe(200);
    const bot = await create({
      fullName: "Bot",
      email: "b@example.com",
      role: "AGENT",
      kind: "BOT",
    });
    expect(bot.body).toMatchObject({ role: "AGENT", kind: "BOT" });
  });

  it("cannot share an email address, in any case, by creation or by update", async () => {
    const one = await create({ fullName: "One", email: "same@example.com" });
    expectProblem(await create({ fullName: "Two", email: "SAME@example.com" }), "email_taken");
    const other = await create({ fullName: "Other", email: "other@example.com" });
    expectProblem(await patch(other.body.id, { email: "Same@Example.com" }), "email_taken");
    const kept = await patch(one.body.id, { email: "SAME@example.com" });
    expect(kept.body).toMatchObject({ email: "same@example.com", version: 1 });
  });

  it.each([
    [{ fullName: "", email: "x@example.com" }, "/fullName", "too_short"],
    [{ fullName: "X\nY", email: "x@example.com" }, "/fullName", "control_character"],
    [{ fullName: "X" }, "/email", "required"],
    [{ fullName: "X", email: "x" }, "/email", "invalid_format"],
    [{ fullName: "X", email: "x@example.com", role: "OWNER" }, "/role", "invalid_value"],
    [{ fullName: "X", email: "x@example.com", kind: "CAT" }, "/kind", "invalid_value"],
    [{ fullName: "X", email: "x@example.com", active: false }, "/active", "unknown_field"],
    [{ fullName: "X", email: "x@example.com", apiKey: "sf_x" }, "/apiKey", "unknown_field"],
  ])("are not created from the input %o", async (body, pointer, code) => {
    expectInvalid(await create(body), [{ pointer, code }]);
  });

  it("can change name and email address, which the log records", async () => {
    const { id } = await app.addUser({ fullName: "Old Name", email: "old@example.com" });
    const { body, headers } = await patch(id, { fullName: "New Name", email: "new@example.com" });
    expect(body).toMatchObject({ fullName: "New Name", email: "new@example.com", version: 2 });
    expect(headers.get("etag")).toMatch(/^"2-/);
    const log = await app.call("GET", `/audit-logs?subject=${id}&action=user.updated`, {
      as: app.admin,
    });
    expect(log.body.items.map(({ changes }: Record<string, unknown>) => changes)).toEqual([
      {
        fullName: { from: "Old Name", to: "New Name" },
        email: { from: "old@example.com", to: "new@example.com" },
      },
    ]);
    expect((await patch(id, { fullName: "New Name" })).body.version).toBe(2);
    expect((await patch(id, {})).body.version).toBe(2);
  });

  it("are refused with every key while they are inactive", async () => {
    const { call, admin, addUser } = app;
    const person = await addUser({ fullName: "Ida", email: "ida@example.com" });
    const second = await call("POST", "/users/me/api-keys", {
      as: person,
      body: { name: "Second" },
    });
    const keys = [person, { ...person, key: second.body.apiKey }];
    expect(await Promise.all(keys.map(status))).toEqual([200, 200]);
    await patch(person.id, { active: false });
    expect(await Promise.all(keys.map(status))).toEqual([401, 401]);
    expectInvalid(
      await call("POST", "/requests", {
        as: admin,
        body: { title: "For Ida", requesterId: person.id },
      }),
      [{ pointer: "/requesterId", code: "not_eligible" }],
    );
    await patch(person.id, { active: true });
    expect(await Promise.all(keys.map(status))).toEqual([200, 200]);
  });

  it("have the permissions of a new role immediately, and can be assigned requests only as an agent or administrator", async () => {
    const { call, admin, employee, addUser } = app;
    const person = await addUser({ fullName: "Rae", email: "rae@example.com" });
    const filed = await call("POST", "/requests", { as: employee, body: { title: "Work" } });
    const path = `/requests/${filed.body.id}`;
    const assign = () =>
      call("PUT", `${path}/assignee`, { as: admin, body: { assigneeId: person.id } });
    expectProblem(await call("GET", path, { as: person }), "not_found");
    expectInvalid(await assign(), [{ pointer: "/assigneeId", code: "not_eligible" }]);
    const { body } = await patch(person.id, { role: "AGENT" }, "/role");
    expect(body).toMatchObject({ role: "AGENT", version: 2 });
    expect((await call("GET", path, { as: person })).body.allowedActions).toContain("claim");
    await patch(person.id, { active: false });
    expectInvalid(await assign(), [{ pointer: "/assigneeId", code: "not_eligible" }]);
    await patch(person.id, { active: true });
    expect((await assign()).body.assignee).toEqual({ id: person.id, fullName: "Rae" });
  });

  it("always include an active administrator", async () => {
    const { admin, addUser } = app;
    const demote = { role: "AGENT" };
    expectProblem(await patch(admin.id, demote, "/role"), "last_admin");
    expectProblem(await patch(admin.id, { active: false }), "last_admin");
    expect((await patch(admin.id, { role: "ADMIN" }, "/role")).status).toBe(200);
    expect((await patch(admin.id, { active: true })).status).toBe(200);

    const second = await addUser({
      fullName: "Second",
      role: "ADMIN",
      email: "second@example.com",
    });
    await patch(second.id, { active: false });
    expectProblem(await patch(admin.id, demote, "/role"), "last_admin");
    expect((await patch(second.id, demote, "/role")).status).toBe(200);
    expect((await app.call("GET", "/users/me", { as: admin })).body).toMatchObject({
      role: "ADMIN",
      active: true,
    });
  });
});
