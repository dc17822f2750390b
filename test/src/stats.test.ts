import { toUuid } from "@serviceflow/domain";
import { type Background, createServices } from "@serviceflow/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES, testLog } from "./harness/databases.ts";
import {
  answeredCounts,
  COUNTED_ROWS,
  type CountedRow,
  liveCounts,
  livePercentiles,
  liveSeries,
} from "./harness/live-stats.ts";
import { expectProblem } from "./harness/problem.ts";
import { runSql } from "./harness/raw-sql.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

const FIRST = "2026-03-02T08:00:00Z";
const DAY = 86_400;
const nothing = { p50: null, p90: null };
const DRY = { "dry-run": "true" };
const JOB = "count requests for the statistics";

describe.each(ENGINES)("statistics on %s", (engine) => {
  const clock = new TestClock(FIRST);
  let app: TestApp;
  let job: Background["jobs"][number];
  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
    const { background } = createServices(app.database.db, testLog);
    job = background.jobs.find(({ name }) => name === JOB) as typeof job;
  });
  afterAll(() => app.close());

  const sql = <Row>(text: string, values: unknown[] = []) =>
    runSql<Row>(app.database.db, text, values);
  const rows = () => sql<CountedRow>(COUNTED_ROWS);

  const stats = async (as: Person, query = "") =>
    (await app.call("GET", `/requests/stats${query}`, { as })).body;

  it("are zero and null without requests", async () => {
    expect(await stats(app.admin)).toEqual({
      byStatus: { NEW: 0, IN_PROGRESS: 0, DONE: 0, CANCELED: 0 },
      byPriority: { LOW: 0, NORMAL: 0, HIGH: 0, URGENT: 0 },
      byCategory: [],
      byAssignee: [],
      open: { byPriority: { LOW: 0, NORMAL: 0, HIGH: 0, URGENT: 0 }, byAssignee: [] },
      timeToStart: nothing,
      timeToClose: nothing,
      series: null,
      more: false,
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
        byPriority: { LOW: 0, NORMAL: 5, HIGH: 0, URGENT: 0 },
        open: {
          byPriority: { LOW: 0, NORMAL: 2, HIGH: 0, URGENT: 0 },
          byAssignee: [
            { assignee: ref(app.agent), count: 1 },
            { assignee: null, count: 1 },
          ],
        },
        series: null,
        more: false,
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
        byPriority: { LOW: 0, NORMAL: 2, HIGH: 0, URGENT: 0 },
        open: {
          byPriority: { LOW: 0, NORMAL: 1, HIGH: 0, URGENT: 0 },
          byAssignee: [{ assignee: null, count: 1 }],
        },
        series: null,
        more: false,
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

    it("are the same once the job has counted what was written", async () => {
      const queries = [
        "",
        "?createdFrom=2026-03-02T08:00:00.001Z&createdTo=2026-03-05T08:00:00Z",
        "?createdFrom=2026-03-03T00:00:00Z",
        "?interval=day&timeZone=Asia/Kolkata&createdFrom=2026-03-01T00:00:00Z",
      ];
      const ask = () => Promise.all(queries.map((query) => stats(app.agent, query)));
      const before = await ask();
      expect(await deltas()).toBeGreaterThan(0);
      await job.run();
      expect(await deltas()).toBe(0);
      expect(await ask()).toEqual(before);
      expect(answeredCounts(before[0])).toEqual(liveCounts(await rows()));
    });

    it("count every change at once, and once", async () => {
      const { call, admin, agent, otherAgent, employee } = app;
      await call("POST", "/categories", { as: admin, body: { slug: "other", name: "Other" } });
      const body = { title: "Some title", priority: "LOW" };
      const { id } = (await call("POST", "/requests", { as: employee, body })).body;
      const path = `/requests/${id}`;
      const reason = "Because.";
      const changes: [string, string, Person, object?][] = [
        ["PATCH", path, agent, { priority: "URGENT" }],
        ["PATCH", path, agent, { title: "Another title" }],
        ["PATCH", path, admin, { category: "other", requesterId: agent.id }],
        ["POST", `${path}/claim`, agent],
        ["POST", `${path}/release`, agent],
        ["PUT", `${path}/assignee`, admin, { assigneeId: otherAgent.id }],
        ["PATCH", `${path}/status`, otherAgent, { status: "IN_PROGRESS" }],
        ["PUT", `${path}/assignee`, admin, { assigneeId: agent.id, reason }],
        ["PATCH", `${path}/status`, agent, { status: "DONE" }],
        ["PATCH", path, admin, { requesterId: employee.id }],
      ];
      for (const [index, [method, url, as, change]] of changes.entries()) {
        clock.advance(1800);
        const key = { "idempotency-key": `change-${index}` };
        for (let time = 0; time < 2; time += 1) {
          const { status } = await call(method, url, { as, body: change, headers: key });
          expect({ url, change, status }).toEqual({ url, change, status: 200 });
        }
        // What is dry, or refused, is not counted.
        await call("PATCH", path, { as: admin, body: { priority: "HIGH" }, headers: DRY });
        await call("POST", `${path}/claim`, { as: otherAgent, headers: { "if-match": '"1"' } });
        const answered = await stats(admin);
        const all = await rows();
        expect(answeredCounts(answered)).toEqual(liveCounts(all));
        expect(answered.timeToClose).toEqual(livePercentiles(all, "closed_at"));
        if (index % 3 === 0) await job.run();
      }
    });

    it("count what an older build writes, and SQL by hand", async () => {
      const filer = "(select requester_id from requests limit 1)";
      const file = `
        insert into requests (id, number, title, description, status, priority, category, requester_id, submitter_id,
          created_at, updated_at)
        values ('01990000-0000-7000-8000-000000000000', 77, 'Older', '', 'NEW', 'HIGH', 'general', ${filer}, ${filer},
          now(), now())`;
      const changes = [
        file,
        "update requests set priority = 'LOW', version = version + 1 where number = 77",
        "update requests set title = 'The same', version = version + 1 where number = 77",
        "update requests set category = 'it' where number = 77",
        "update requests set status = 'CANCELED', closed_at = now(), version = version + 1 where number = 77",
        "update requests set assignee_id = (select id from users where role = 'ADMIN')",
        "delete from requests where number = 77",
      ];
      for (const change of changes) {
        await sql(change);
        expect(answeredCounts(await stats(app.admin))).toEqual(liveCounts(await rows()));
        await job.run();
        expect(answeredCounts(await stats(app.admin))).toEqual(liveCounts(await rows()));
      }
      expect((await sql("select from request_deltas")).length).toBe(0);
    });
  });

  describe("as a series", () => {
    beforeAll(async () => {
      // The last moment before a day of 23 hours in Berlin, its last one, and the one after it.
      for (const moment of ["03-28T22:59:59", "03-29T21:59:59", "03-29T22:00:00"]) {
        clock.set(`2026-${moment}Z`);
        const body = { title: "Some title" };
        const { id } = (await app.call("POST", "/requests", { as: app.employee, body })).body;
        const cancel = { status: "CANCELED", reason: "No" };
        await app.call("PATCH", `/requests/${id}/status`, { as: app.employee, body: cancel });
      }
      await job.run();
      clock.advance(1);
      await app.call("POST", "/requests", { as: app.employee, body: { title: "Some title" } });
    });

    it.each([
      ["day", "Asia/Kolkata", "2026-03-02T20:00:00Z", "2026-03-08T12:00:00Z"],
      ["day", "Europe/Berlin", "2026-03-27T00:00:00Z", "2026-03-31T12:00:00Z"],
      ["week", "America/St_Johns", "2026-02-20T00:00:00Z", "2026-04-08T12:00:00Z"],
    ])("by %s in %s hold what was created and closed", async (interval, zone, from, to) => {
      const query = `?interval=${interval}&timeZone=${zone}&createdFrom=${from}&createdTo=${to}`;
      const all = await rows();
      for (const as of [app.admin, app.employee]) {
        const { series } = await stats(as, query);
        const own = all.filter(({ requester_id }) => requester_id === toUuid("user", as.id));
        const counted = liveSeries(as === app.admin ? all : own, series);
        // Of the last point only its begin is known.
        expect(
          series
            .slice(0, -1)
            .map(({ created, closed }: Record<string, number>) => ({ created, closed })),
        ).toEqual(counted.slice(0, -1));
        expect(counted.some(({ created }) => created > 0)).toBe(true);
      }
    });

    it("has days as long as they are where the clocks change", async () => {
      const query =
        "?interval=day&timeZone=Europe/Berlin&createdFrom=2026-03-28T12:00:00Z&createdTo=2026-03-30T12:00:00Z";
      expect((await stats(app.agent, query)).series).toEqual([
        { date: "2026-03-28", from: "2026-03-27T23:00:00.000Z", created: 1, closed: 1 },
        { date: "2026-03-29", from: "2026-03-28T23:00:00.000Z", created: 1, closed: 1 },
        { date: "2026-03-30", from: "2026-03-29T22:00:00.000Z", created: 2, closed: 1 },
      ]);
    });

    it("are of the last 30 days or 12 weeks by default", async () => {
      clock.set("2026-03-20T23:00:00Z");
      const { series } = await stats(app.admin, "?interval=day&timeZone=Asia/Tokyo");
      expect(series).toHaveLength(30);
      expect(series.at(-1)).toMatchObject({ date: "2026-03-21", from: "2026-03-20T15:00:00.000Z" });
      expect((await stats(app.admin, "?interval=week")).series).toHaveLength(12);
    });

    it("and without are read from the requests until these are counted", async () => {
      const queries = [
        "",
        "?createdFrom=2026-03-03T07:00:00Z&createdTo=2026-03-29T22:00:00Z",
        "?interval=day&timeZone=Europe/Berlin&createdFrom=2026-03-28T12:00:00Z&createdTo=2026-03-30T12:00:00Z",
        "?interval=week&createdFrom=2026-03-01T00:00:00Z",
      ];
      const ask = () => Promise.all(queries.map((query) => stats(app.agent, query)));
      const before = await ask();
      await sql("delete from request_counts");
      await sql("delete from request_flows");
      await sql(
        "update stats_builds set complete = false, place = '00000000-0000-0000-0000-000000000000'",
      );
      expect(await ask()).toEqual(before);
      while ((await job.run()) === true);
      expect(await ask()).toEqual(before);
      expect(await sql("select from stats_builds where not complete")).toEqual([]);
    });

    it("of too many points, in no time zone or by an unknown interval are refused", async () => {
      const refused = async (query: string, pointer: string, code: string) => {
        const answer = await app.call("GET", `/requests/stats?${query}`, { as: app.admin });
        expectProblem(answer, "validation_failed");
        expect(answer.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
      };
      await refused(
        "interval=day&createdFrom=2020-01-01T00:00:00Z",
        "/createdFrom",
        "period_too_long",
      );
      await refused("interval=day&timeZone=Mars/Base", "/timeZone", "unknown");
      await refused("interval=month", "/interval", "invalid_value");
    });
  });

  async function deltas(): Promise<number> {
    return (await sql("select from request_deltas")).length;
  }
});
