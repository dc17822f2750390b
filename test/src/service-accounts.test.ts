import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectInvalid, expectProblem } from "./harness/problem.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

describe("a service account", () => {
  let app: TestApp;
  let bot: Person;
  beforeAll(async () => {
    app = await openTestApp("postgres");
    bot = await app.addUser({ fullName: "Chat Bot", email: "bot@example.com", kind: "BOT" });
  });
  afterAll(() => app.close());

  const file = (as: Person, requesterId: string) =>
    app.call("POST", "/requests", { as, body: { title: "A new badge", requesterId } });

  it("creates requests for others as itself, and the log names both", async () => {
    const filed = await file(bot, app.employee.id);
    expect(filed.status).toBe(201);
    expect(filed.body).toMatchObject({
      requester: { id: app.employee.id },
      submitter: { id: bot.id, fullName: "Chat Bot" },
    });
    const history = await app.call("GET", `/requests/${filed.body.id}/history`, {
      as: app.employee,
    });
    expect(history.body.items[0]).toMatchObject({
      action: "request.created",
      actor: { id: bot.id },
      changes: {
        requesterId: { from: null, to: app.employee.id },
        submitterId: { from: null, to: bot.id },
      },
    });
  });

  it("has no other permissions than those of its role", async () => {
    const filed = await file(bot, app.employee.id);
    const path = `/requests/${filed.body.id}`;
    expectProblem(await app.call("GET", path, { as: bot }), "not_found");
    expectProblem(await app.call("POST", `${path}/claim`, { as: bot }), "not_found");
    expect((await app.call("GET", path, { as: app.employee })).status).toBe(200);
  });

  it("cannot create a request for an unknown user, and an employee cannot create one for others", async () => {
    expectInvalid(await file(bot, "usr_01kjg3v9tefya8h8m6q1v0c3zd"), [
      { pointer: "/requesterId", code: "not_eligible" },
    ]);
    expectProblem(await file(app.employee, app.otherEmployee.id), "forbidden");
  });
});
