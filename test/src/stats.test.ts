import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const FIRST = "2026-03-02T08:00:00Z";
const DAY = 86_400;
const nothing = { p50: null, p90: null };

describe.each(ENGINES)("statistics on %s", (engine) => {
  const clock = new TestClock(FIRST);
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
  });
  afterAll(() => app.close());

  const stats = async (as: Person, query = "") =>
    (await app.call("GET", `/requests/stats${query}`, { as })).body;

  it("are zero and null without requests", async () => {
    expect(await stats(app.admin)).toEqual({
      byStatus: { NEW: 0, IN_PROGRESS: 0, DONE: 0, CANCELED: 0 },
      byCategory: [],
      byAssignee: [],
      timeToStart: nothing,
      timeToClose: nothing,
    });
  });

  describe("of five requests, created a day apart", () => {
    beforeAll(async () => {
      const { call, admin, agent, otherAgent, employee, otherEmployee } = app;
      await call("POST", "/categories", { as: admin, body: { slug: "it", name: "IT" } });
      /** Who files, in which category, how many seconds later who does what. */
      const courses: [Person, string, [number, Person, object][]][] = [
        [
          employee,
          "it",
          [
            [60, agent, { status: "IN_PROGRESS" }],
            [1000, agent, { status: "DONE" }],
          ],
        ],
        [employee, "it", [[120, agent, { status: "IN_PROGRESS" }]]],
        [
          otherEmployee,
          "it",
          [
            [600, otherAgent, { status: "IN_PROGRESS" }],
            [3000, admin, { status: "CANCELED", reason: "No" }],
          ],
        ],
        [employee, "general", [[5000, employee, { status: "CANCELED", reason: "No" }]]],
        [otherEmployee, "general", []],
      ];
      for (const [index, [who, category, steps]] of courses.entries()) {
        clock.set(FIRST);
        clock.advance(index * DAY);
        const filed = await call("POST", "/requests", {
          as: who,
          body: { title: "Some title", category },
        });
        for (const [seconds, as, body] of steps) {
          clock.set(FIRST);
          clock.advance(index * DAY + seconds);
          const path = `/requests/${filed.body.id}/status`;
          expect((await call("PATCH", path, { as, body })).status).toBe(200);
        }
      }
    });

    const ref = ({ id, fullName }: Person) => ({ id, fullName });

    it("count all for an administrator and an agent, and measure waiting times", async () => {
      const numbers = await stats(app.admin);
      expect(numbers).toEqual({
        byStatus: { NEW: 1, IN_PROGRESS: 1, DONE: 1, CANCELED: 2 },
        byCategory: [
          { category: "it", count: 3 },
          { category: "general", count: 2 },
        ],
        byAssignee: expect.arrayContaining([
          { assignee: ref(app.agent), count: 2 },
          { assignee: null, count: 2 },
          { assignee: ref(app.otherAgent), count: 1 },
        ]),
        // Of 60, 120 and 600 seconds; of 1000, 3000 and 5000; between two the percentile is interpolated.
        timeToStart: { p50: 120, p90: 504 },
        timeToClose: { p50: 3000, p90: 4600 },
      });
      expect(numbers.byAssignee).toHaveLength(3);
      expect(numbers.byAssignee[2]).toEqual({ assignee: ref(app.otherAgent), count: 1 });
      expect(await stats(app.otherAgent)).toEqual(numbers);
    });

    it("count only their own requests for an employee", async () => {
      expect(await stats(app.otherEmployee)).toEqual({
        byStatus: { NEW: 1, IN_PROGRESS: 0, DONE: 0, CANCELED: 1 },
        byCategory: [
          { category: "general", count: 1 },
          { category: "it", count: 1 },
        ],
        byAssignee: expect.arrayContaining([
          { assignee: null, count: 1 },
          { assignee: ref(app.otherAgent), count: 1 },
        ]),
        timeToStart: { p50: 600, p90: 600 },
        timeToClose: { p50: 3000, p90: 3000 },
      });
    });

    it.each([
      [
        "?createdFrom=2026-03-03T08:00:00Z&createdTo=2026-03-05T08:00:00Z",
        { NEW: 0, IN_PROGRESS: 1, DONE: 0, CANCELED: 1 },
      ],
      ["?createdFrom=2026-03-06T08:00:00Z", { NEW: 1, IN_PROGRESS: 0, DONE: 0, CANCELED: 0 }],
      ["?createdTo=2026-03-02T08:00:00Z", { NEW: 0, IN_PROGRESS: 0, DONE: 0, CANCELED: 0 }],
      ["?createdTo=2026-03-02T08:00:00.001Z", { NEW: 0, IN_PROGRESS: 0, DONE: 1, CANCELED: 0 }],
    ])("are of the given period: %s", async (query, byStatus) => {
      expect((await stats(app.admin, query)).byStatus).toEqual(byStatus);
    });

    it("count a reassigned request for its current assignee", async () => {
      const held = await app.call("GET", "/requests?status=IN_PROGRESS", { as: app.admin });
      const path = `/requests/${held.body.items[0].id}/assignee`;
      await app.call("PUT", path, {
        as: app.admin,
        body: { assigneeId: app.admin.id, reason: "On leave." },
      });
      const { byAssignee } = await stats(app.agent);
      expect(byAssignee).toContainEqual({ assignee: ref(app.admin), count: 1 });
      expect(byAssignee).toContainEqual({ assignee: ref(app.agent), count: 1 });
    });
  });
});
