import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const TITLE = { title: "A new badge" };

describe.each(ENGINES)("the numbers of requests, on %s", (engine) => {
  let app: TestApp;
  let bot: Person;
  let open: string;
  let theirs: string;
  beforeAll(async () => {
    app = await openTestApp(engine);
    bot = await app.addUser({ fullName: "Chat Bot", email: "bot@example.com", kind: "BOT" });
    open = (await file(app.employee)).id;
    theirs = (await file(app.otherEmployee)).id;
    const body = { status: "CANCELED", reason: "Found it" };
    const path = `/requests/${theirs}/status`;
    expect((await app.call("PATCH", path, { as: app.otherEmployee, body })).status).toBe(200);
    await app.call("POST", "/categories", { as: app.admin, body: { slug: "old", name: "Old" } });
    await app.call("PATCH", "/categories/old", { as: app.admin, body: { active: false } });
  });
  afterAll(() => app.close());

  const create = (as: Person, fields: object = {}, headers: Record<string, string> = {}) =>
    app.call("POST", "/requests", { as, body: { ...TITLE, ...fields }, headers });
  async function file(as: Person, fields: object = {}): Promise<{ id: string; number: number }> {
    const { status, body } = await create(as, fields);
    expect(status).toBe(201);
    return { id: body.id, number: Number(body.id.slice(3)) };
  }
  /** Does something, and tells how far apart the requests are that are filed before and after. */
  async function gapAround(work: () => Promise<unknown>): Promise<number> {
    const before = await file(app.employee);
    await work();
    return (await file(app.employee)).number - before.number;
  }

  it.each<[string, () => Promise<{ status: number }>, number]>([
    ["a category that is retired", () => create(app.admin, { category: "old" }), 422],
    ["a category that there is not", () => create(app.admin, { category: "none" }), 422],
    [
      "another requester, by an employee",
      () => create(app.employee, { requesterId: app.agent.id }),
      403,
    ],
    [
      "another requester by address, by an employee",
      () => create(app.employee, { requesterEmail: "olga.agent@example.com" }),
      403,
    ],
    [
      "a requester that there is not",
      () => create(app.agent, { requesterEmail: "no@example.com" }),
      422,
    ],
    ["what is still open", () => create(app.employee, { followsUp: open }), 422],
    ["what the caller may not see", () => create(app.employee, { followsUp: theirs }), 422],
    ["what there is not", () => create(app.agent, { followsUp: "SF-999999" }), 422],
    ["a text that is too long", () => create(app.agent, { title: "x".repeat(201) }), 422],
    ["a key that there is not", () => create({ ...app.agent, key: `sf_${"0".repeat(49)}` }), 401],
  ])("are not drawn for a create that is refused for %s", async (_, refused, status) => {
    const answers: number[] = [];
    const gap = await gapAround(async () => {
      for (let time = 0; time < 3; time += 1) answers.push((await refused()).status);
    });
    expect([answers, gap]).toEqual([[status, status, status], 1]);
  });

  it("are not drawn for a create that is sent again", async () => {
    const headers = { "idempotency-key": `numbers-${engine}` };
    const first = await create(app.agent, {}, headers);
    const gap = await gapAround(async () => {
      for (let time = 0; time < 3; time += 1) {
        expect((await create(app.agent, {}, headers)).body).toEqual(first.body);
      }
    });
    expect(gap).toBe(1);
  });

  it("are drawn one by one for those who may file for others, and for follow-ups", async () => {
    const numbers = [
      await file(app.employee),
      await file(app.agent, { requesterId: app.employee.id }),
      await file(bot, { requesterEmail: "eve.employee@example.com" }),
      await file(app.admin, { followsUp: theirs }),
      await file(app.otherEmployee, { followsUp: theirs }),
    ].map(({ number }) => number);
    const [first = 0] = numbers;
    expect(numbers).toEqual(numbers.map((_, index) => first + index));
  });
});
