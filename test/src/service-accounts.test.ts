import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse, type Person } from "./harness/house.ts";
import { expectInvalid, expectProblem } from "./harness/problem.ts";

describe("a service account", () => {
  let house: House;
  let bot: Person;
  beforeAll(async () => {
    house = await openHouse("postgres");
    bot = await house.addUser({ fullName: "Chat Bot", email: "bot@example.com", kind: "BOT" });
  });
  afterAll(() => house.close());

  const file = (as: Person, requesterId: string) =>
    house.call("POST", "/requests", { as, body: { title: "A new badge", requesterId } });

  it("files for others as itself, and the log names both", async () => {
    const filed = await file(bot, house.employee.id);
    expect(filed.status).toBe(201);
    expect(filed.body).toMatchObject({
      requester: { id: house.employee.id },
      submitter: { id: bot.id, fullName: "Chat Bot" },
    });
    const history = await house.call("GET", `/requests/${filed.body.id}/history`, {
      as: house.employee,
    });
    expect(history.body.items[0]).toMatchObject({
      action: "request.created",
      actor: { id: bot.id },
      changes: {
        requesterId: { from: null, to: house.employee.id },
        submitterId: { from: null, to: bot.id },
      },
    });
  });

  it("has no other right of the people it files for, nor more than its role", async () => {
    const filed = await file(bot, house.employee.id);
    const path = `/requests/${filed.body.id}`;
    expectProblem(await house.call("GET", path, { as: bot }), "not_found");
    expectProblem(await house.call("POST", `${path}/claim`, { as: bot }), "not_found");
    expect((await house.call("GET", path, { as: house.employee })).status).toBe(200);
  });

  it("cannot file for nobody, and a person who is no agent cannot file for another", async () => {
    expectInvalid(await file(bot, "usr_01kjg3v9tefya8h8m6q1v0c3zd"), [
      { pointer: "/requesterId", code: "not_eligible" },
    ]);
    expectProblem(await file(house.employee, house.otherEmployee.id), "forbidden");
  });
});
