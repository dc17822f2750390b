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

  it("reads what it has filed, and comments on it publicly", async () => {
    const { id } = (await file(bot, app.employee.id)).body;
    const path = `/requests/${id}`;
    const seen = await app.call("GET", path, { as: bot });
    expect(seen.body).toMatchObject({ id, allowedActions: ["comment"] });
    const note = { body: "Which floor?", visibility: "INTERNAL" };
    await app.call("POST", `${path}/comments`, { as: app.agent, body: note });
    const answer = { body: "Shall I bring it to you?" };
    const commented = await app.call("POST", `${path}/comments`, { as: bot, body: answer });
    expect(commented).toMatchObject({ status: 201, body: { author: { id: bot.id } } });
    for (const list of ["comments", "history"]) {
      const { body } = await app.call("GET", `${path}/${list}`, { as: bot });
      expect(body.items).toHaveLength(list === "comments" ? 1 : 2);
    }
    const include = "include=description,followsUp,followUps";
    const listed = await app.call("GET", `/requests?limit=1&${include}`, { as: bot });
    const current = await app.call("GET", path, { as: bot });
    expect(listed.body.items).toEqual([current.body]);
    const events = await app.call("GET", "/events?limit=100", { as: bot });
    const own = events.body.items.filter(
      (event: { serviceRequestId: string }) => event.serviceRequestId === id,
    );
    expect(own.map(({ type }: { type: string }) => type)).toEqual([
      "request.created",
      "comment.created",
    ]);
    expect(own.at(-1)).toMatchObject({ request: { allowedActions: ["comment"] } });
  });

  it("may do nothing else with it, and sees nothing of what others have filed", async () => {
    const { id } = (await file(bot, app.employee.id)).body;
    const refused = async (method: string, path: string, body?: object) =>
      expectProblem(
        await app.call(method, `/requests/${id}${path}`, { as: bot, body }),
        "forbidden",
      );
    await refused("POST", "/claim");
    await refused("PATCH", "", { title: "Another badge" });
    await refused("PATCH", "/status", { status: "CANCELED", reason: "No need." });
    await refused("POST", "/comments", { body: "Psst", visibility: "INTERNAL" });
    const others = (await file(app.agent, app.employee.id)).body.id;
    expectProblem(await app.call("GET", `/requests/${others}`, { as: bot }), "not_found");
    const answer = { as: bot, body: { body: "Hello" } };
    expectProblem(await app.call("POST", `/requests/${others}/comments`, answer), "not_found");
  });

  it("cannot create a request for an unknown user, and an employee cannot create one for others", async () => {
    expectInvalid(await file(bot, "usr_01kjg3v9tefya8h8m6q1v0c3zd"), [
      { pointer: "/requesterId", code: "not_eligible" },
    ]);
    expectProblem(await file(app.employee, app.otherEmployee.id), "forbidden");
  });
});
