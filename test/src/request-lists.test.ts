import { REQUEST_SORTS } from "@serviceflow/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestClock } from "./harness/clock.ts";
import { ENGINES } from "./harness/databases.ts";
import { openTestApp, type Person, type TestApp } from "./harness/test-app.ts";

type Who = "admin" | "agent" | "otherAgent" | "employee" | "otherEmployee";

/** One is filed every ten minutes from 08:00 on; each step follows a minute after the one before, or so many. */
const FILED: {
  name: string;
  by: Who;
  for?: Who;
  fields: object;
  steps: [step: string, by: Who, minutes?: number][];
}[] = [
  {
    name: "printer",
    by: "employee",
    fields: { priority: "HIGH", category: "it" },
    steps: [["start", "agent"]],
  },
  {
    name: "laptop",
    by: "employee",
    fields: { category: "it" },
    steps: [["rename", "employee", 90]],
  },
  {
    name: "payslip",
    by: "otherEmployee",
    fields: { priority: "URGENT", category: "hr" },
    steps: [["claim", "otherAgent"]],
  },
  {
    name: "badge",
    by: "otherEmployee",
    fields: { priority: "LOW" },
    steps: [
      ["start", "agent"],
      ["finish", "agent"],
    ],
  },
  {
    name: "vpn",
    by: "agent",
    for: "employee",
    fields: { category: "it" },
    steps: [["cancel", "admin"]],
  },
  { name: "chair", by: "agent", fields: { priority: "LOW" }, steps: [] },
  {
    name: "backup",
    by: "admin",
    fields: { priority: "URGENT", category: "it" },
    steps: [["start", "otherAgent"]],
  },
  {
    name: "desk",
    by: "employee",
    fields: { priority: "LOW", category: "hr" },
    steps: [["claim", "agent"]],
  },
];

const STEPS: Record<string, { method: string; path: string; body?: object }> = {
  claim: { method: "POST", path: "/claim" },
  rename: { method: "PATCH", path: "", body: { title: "About my laptop" } },
  start: { method: "PATCH", path: "/status", body: { status: "IN_PROGRESS" } },
  finish: { method: "PATCH", path: "/status", body: { status: "DONE" } },
  cancel: { method: "PATCH", path: "/status", body: { status: "CANCELED", reason: "No" } },
};

/** Who asks, for what, and what they get, newest first. `<employee>` is that person's id. */
const QUERIES: [Who, string, string][] = [
  ["admin", "", "desk backup chair vpn badge payslip laptop printer"],
  ["admin", "status=NEW", "desk chair payslip laptop"],
  ["admin", "status=NEW&status=NEW", "desk chair payslip laptop"],
  ["admin", "status=CANCELED&status=NEW", "desk chair vpn payslip laptop"],
  [
    "admin",
    "status=NEW&status=IN_PROGRESS&status=DONE&status=CANCELED",
    "desk backup chair vpn badge payslip laptop printer",
  ],
  ["admin", "priority=URGENT", "backup payslip"],
  ["admin", "priority=URGENT&priority=HIGH", "backup payslip printer"],
  [
    "admin",
    "status=NEW&status=IN_PROGRESS&priority=URGENT&priority=LOW",
    "desk backup chair payslip",
  ],
  ["admin", "category=it", "backup vpn laptop printer"],
  ["admin", "category=nothing", ""],
  ["admin", "requester=me", "backup"],
  ["agent", "requester=me", "chair"],
  ["admin", "requester=<employee>", "desk vpn laptop printer"],
  ["admin", "requester=usr_01kjg3v9tefya8h8m6q1v0c3zd", ""],
  ["admin", "assignee=none", "chair vpn laptop"],
  ["admin", "assignee=me", ""],
  ["agent", "assignee=me", "desk badge printer"],
  ["admin", "assignee=<agent>", "desk badge printer"],
  ["admin", "assignee=<otherAgent>&status=NEW", "payslip"],
  ["admin", "createdFrom=2026-03-02T08:30:00Z", "desk backup chair vpn badge"],
  ["admin", "createdFrom=2026-03-02T08:30:00.001Z", "desk backup chair vpn"],
  ["admin", "createdFrom=2026-03-02T10:30:00%2B02:00", "desk backup chair vpn badge"],
  ["admin", "createdTo=2026-03-02T08:30:00Z", "payslip laptop printer"],
  ["admin", "createdFrom=2026-03-02T08:10:00Z&createdTo=2026-03-02T08:30:00Z", "payslip laptop"],
  ["admin", "createdFrom=9999-12-31T23:59:59Z", ""],
  ["admin", "createdTo=0001-01-01T00:00:00Z", ""],
  ["admin", "updatedFrom=2026-03-02T08:32:00Z", "desk backup chair vpn badge laptop"],
  ["admin", "updatedTo=2026-03-02T08:21:00Z", "printer"],
  ["admin", "updatedFrom=2026-03-02T08:21:00Z&updatedTo=2026-03-02T08:33:00Z", "badge payslip"],
  ["admin", "category=it&category=hr", "desk backup vpn payslip laptop printer"],
  ["admin", "assignee=<agent>&assignee=none", "desk chair vpn badge laptop printer"],
  ["agent", "assignee=me&assignee=<agent>&assignee=<otherAgent>&status=NEW", "desk payslip"],
  ["admin", "assignee=unavailable", ""],
  ["admin", "closedFrom=2026-03-02T08:32:00Z", "vpn badge"],
  ["admin", "closedTo=2026-03-02T08:41:00Z", "badge"],
  ["admin", "closedFrom=2026-03-02T08:33:00Z&closedTo=2026-03-02T08:42:00Z", "vpn"],
  ["admin", "closedFrom=2026-03-02T08:00:00Z&assignee=<agent>", "badge"],
  ["employee", "closedFrom=2026-03-02T08:00:00Z", "vpn"],
  ["admin", "sort=newest&priority=LOW", "desk chair badge"],
  ["admin", "sort=oldest", "printer laptop payslip badge vpn chair backup desk"],
  ["admin", "sort=oldest&status=NEW&assignee=none", "laptop chair"],
  ["admin", "sort=oldest&closedFrom=2026-03-02T08:00:00Z", "badge vpn"],
  ["employee", "sort=oldest", "printer laptop vpn desk"],
  ["admin", "sort=updated", "laptop desk backup chair vpn badge payslip printer"],
  ["admin", "sort=updated&status=NEW", "laptop desk chair payslip"],
  ["admin", "sort=updated&updatedFrom=2026-03-02T08:40:00Z", "laptop desk backup chair vpn"],
  ["admin", "sort=updated&createdTo=2026-03-02T08:30:00Z", "laptop payslip printer"],
  ["employee", "sort=updated", "laptop desk vpn printer"],
  ["admin", "sort=activity", "laptop desk backup chair vpn badge payslip printer"],
  ["admin", "sort=activity&status=NEW&createdTo=2026-03-02T08:30:00Z", "laptop payslip"],
  ["employee", "sort=activity", "laptop desk vpn printer"],
  ["employee", "activeFrom=2026-03-02T08:41:00Z", "desk vpn laptop"],
  ["admin", "sort=priority", "backup payslip printer vpn laptop desk chair badge"],
  ["admin", "sort=priority&status=NEW", "payslip laptop desk chair"],
  ["admin", "sort=priority&priority=LOW&priority=URGENT", "backup payslip desk chair badge"],
  ["admin", "sort=priority&assignee=<agent>&status=NEW&status=IN_PROGRESS", "printer desk"],
  ["admin", "sort=priority&assignee=none", "vpn laptop chair"],
  ["admin", "sort=priority&category=it", "backup printer vpn laptop"],
  ["admin", "sort=priority&createdFrom=2026-03-02T08:30:00Z", "backup vpn desk chair badge"],
  ["employee", "sort=priority", "printer vpn laptop desk"],
  ["admin", "q=printer", "printer"],
  ["admin", "q=printer&status=NEW", ""],
  ["admin", "q=about+desk&assignee=<agent>&priority=LOW&priority=HIGH&category=hr", "desk"],
  ["admin", "requester=<employee>&assignee=none&category=it&priority=NORMAL", "vpn laptop"],
  ["agent", "", "desk backup chair vpn badge payslip laptop printer"],
  ["employee", "", "desk vpn laptop printer"],
  ["employee", "status=NEW", "desk laptop"],
  ["employee", "status=NEW&status=CANCELED&priority=LOW&priority=NORMAL", "desk vpn laptop"],
  ["employee", "requester=<otherEmployee>", ""],
  ["employee", "assignee=<agent>", "desk printer"],
  ["employee", "assignee=none", "vpn laptop"],
  ["employee", "q=payslip", ""],
  ["employee", "q=desk", "desk"],
  ["otherEmployee", "", "badge payslip"],
];

describe.each(ENGINES)("lists of requests on %s", (engine) => {
  const clock = new TestClock("2026-03-02T08:00:00Z");
  let app: TestApp;
  const nameOf = new Map<string, string>();

  beforeAll(async () => {
    app = await openTestApp(engine, { clock: clock.read });
    for (const slug of ["it", "hr"]) {
      await app.call("POST", "/categories", { as: app.admin, body: { slug, name: slug } });
    }
    for (const [index, { name, by, for: requesterName, fields, steps }] of FILED.entries()) {
      clock.set("2026-03-02T08:00:00Z");
      clock.advance(index * 600);
      const requester = requesterName ? { requesterId: app[requesterName].id } : {};
      const body = { title: `About the ${name}`, ...fields, ...requester };
      const { id } = (await app.call("POST", "/requests", { as: app[by], body })).body;
      nameOf.set(id, name);
      for (const [verb, who, minutes = 1] of steps) {
        clock.advance(minutes * 60);
        const { method, path, body } = STEPS[verb] as (typeof STEPS)[string];
        await app.call(method, `/requests/${id}${path}`, { as: app[who], body });
      }
    }
  });
  afterAll(() => app.close());

  it.each(QUERIES)("contain for %s with ?%s: %s", async (who, query, expected) => {
    const filled = query.replaceAll(/<(\w+)>/g, (_, name: Who) => app[name].id);
    const wanted = expected.split(" ").filter(Boolean);
    const whole = await app.call("GET", `/requests?limit=100&${filled}`, { as: app[who] });
    expect(whole.body).toMatchObject({ nextCursor: null });
    expect(whole.body.items.map(({ id }: Person) => nameOf.get(id))).toEqual(wanted);

    const paged: unknown[] = [];
    let cursor = "";
    do {
      const page = await app.call("GET", `/requests?limit=2&${filled}${cursor}`, {
        as: app[who],
      });
      paged.push(...page.body.items);
      cursor = page.body.nextCursor === null ? "" : `&cursor=${page.body.nextCursor}`;
    } while (cursor !== "");
    expect(paged).toEqual(whole.body.items);
  });

  it("have 20 items on a page by default, and each exactly once while others are created", async () => {
    const { call, addUser, otherAgent } = app;
    const walker = await addUser({ fullName: "Wanda", email: "wanda@example.com" });
    const file = async () => {
      clock.advance(1);
      return (await call("POST", "/requests", { as: walker, body: { title: "One of many" } })).body
        .id;
    };
    const old: string[] = [];
    for (let i = 0; i < 23; i += 1) old.unshift(await file());
    const first = await call("GET", "/requests", { as: walker });
    expect(first.body.items).toHaveLength(20);

    const seen: string[] = [];
    const path = `/requests?requester=${walker.id}&limit=7`;
    for (let cursor = ""; ; ) {
      const [page] = await Promise.all([
        call("GET", path + cursor, { as: otherAgent }),
        file(),
        file(),
      ]);
      seen.push(...page.body.items.map(({ id }: Person) => id));
      if (page.body.nextCursor === null) break;
      cursor = `&cursor=${page.body.nextCursor}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => old.includes(id))).toEqual(old);
  });

  it("have the description, or only some fields, when they are asked for", async () => {
    const { call, admin } = app;
    const asked = async (query: string) =>
      (await call("GET", `/requests?limit=1&${query}`, { as: admin })).body.items[0];
    const id = [...nameOf].find(([, name]) => name === "desk")?.[0];
    const whole = (await call("GET", `/requests/${id}`, { as: admin })).body;
    for (const query of ["priority=LOW&category=hr&", "q=desk&"]) {
      const { description, followsUp, followUps, ...summary } = whole;
      expect(await asked(query)).toEqual(summary);
      expect(await asked(`${query}include=description`)).toEqual({ ...summary, description });
      expect(await asked(`${query}include=description,followsUp,followUps`)).toEqual(whole);
      expect([followsUp, followUps]).toEqual([null, []]);
      expect(await asked(`${query}fields=title,status`)).toEqual({
        id,
        title: whole.title,
        status: whole.status,
      });
      expect(await asked(`${query}fields=title&fields=allowedActions&include=description`)).toEqual(
        {
          id,
          title: whole.title,
          allowedActions: whole.allowedActions,
          description,
        },
      );
      expect(await asked(`${query}fields=description`)).toEqual({ id, description });
    }
    const refused = await call("GET", "/requests?fields=title,secret&include=comments", {
      as: admin,
    });
    expect(refused.status).toBe(422);
    expect(refused.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/fields/1",
      "/include/0",
    ]);
  });

  it("are counted by several filters in one call, each as the list has them", async () => {
    const wholly = QUERIES.filter(([, query]) => !/(^|&)(q|sort)=/.test(query));
    for (const who of ["admin", "agent", "employee"] as const) {
      const asked = wholly.filter(([asking]) => asking === who).slice(0, 20);
      const query = asked
        .map(([, filters], index) =>
          filters === "" ? `n${index}` : filters.replaceAll(/(^|&)/g, `$1n${index}.`),
        )
        .join("&")
        .replaceAll(/<(\w+)>/g, (_, name: Who) => app[name].id);
      const { status, body } = await app.call("GET", `/requests/counts?${query}`, { as: app[who] });
      expect(status).toBe(200);
      const lists = await Promise.all(
        asked.map(([, filters]) =>
          app.call(
            "GET",
            `/requests?limit=100&fields=id&${filters.replaceAll(/<(\w+)>/g, (_, name: Who) => app[name].id)}`,
            { as: app[who] },
          ),
        ),
      );
      expect(body.counts).toEqual(
        Object.fromEntries(
          lists.map((list, index) => [`n${index}`, { count: list.body.items.length, more: false }]),
        ),
      );
    }
    const refused = await app.call("GET", "/requests/counts?mine.state=NEW&1=", { as: app.admin });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pointer: "/filters/mine/state", code: "unknown_field" }),
      ]),
    );
  });

  it("tell employees nothing about who has left", async () => {
    const refused = async (path: string, headers = {}) => {
      const { status, body } = await app.call("GET", path, { as: app.employee, headers });
      return { status, errors: body.errors };
    };
    const detail = "Only those who work on requests may ask for `unavailable`.";
    const error = (pointer: string) => ({
      status: 422,
      errors: [{ pointer, code: "not_allowed", detail }],
    });
    for (const query of ["", "&assignee=none", "&q=printer", "&status=NEW&sort=priority"]) {
      expect(await refused(`/requests?assignee=unavailable${query}`)).toEqual(error("/assignee"));
    }
    expect(await refused("/requests/counts?all&left.assignee=unavailable")).toEqual(
      error("/filters/left/assignee"),
    );
  });

  it("continue only the order that a cursor is of", async () => {
    const { call, admin } = app;
    for (const sort of REQUEST_SORTS) {
      const first = await call("GET", `/requests?limit=1&sort=${sort}`, { as: admin });
      const { nextCursor } = first.body;
      for (const other of REQUEST_SORTS.filter((one) => one !== sort)) {
        const { status, body } = await call("GET", `/requests?sort=${other}&cursor=${nextCursor}`, {
          as: admin,
        });
        expect({ status, errors: body.errors }).toEqual({
          status: 422,
          errors: [
            {
              pointer: "/cursor",
              code: "invalid_cursor",
              detail: `It continues a list with \`sort=${sort}\`, not one with \`sort=${other}\`.`,
            },
          ],
        });
      }
      const cut = await call("GET", `/requests?sort=${sort}&cursor=${nextCursor.slice(0, -4)}`, {
        as: admin,
      });
      expect(cut.status).toBe(422);
    }
  });

  it("contain by `assignee=unavailable` what people hold who can no longer work, once", async () => {
    const { call, addUser, admin, employee } = app;
    const hold = async (email: string) => {
      const agent = await addUser({ fullName: "Gil", role: "AGENT", email });
      clock.advance(1);
      const { id } = (await call("POST", "/requests", { as: employee, body: { title: "Held" } }))
        .body;
      await call("POST", `/requests/${id}/claim`, { as: agent });
      return { agent, id };
    };
    const deactivated = await hold("gil@example.com");
    const demoted = await hold("gail@example.com");
    const erased = await hold("gus@example.com");
    const working = await hold("gwen@example.com");
    const role = { role: "EMPLOYEE" };
    await call("PATCH", `/users/${deactivated.agent.id}`, { as: admin, body: { active: false } });
    await call("PATCH", `/users/${demoted.agent.id}/role`, { as: admin, body: role });
    await call("POST", `/users/${erased.agent.id}/erase`, { as: admin });
    const ids = async (query: string) => {
      const { body } = await call("GET", `/requests?${query}`, { as: admin });
      const found = body.items.map(({ id }: Person) => id);
      const among = [deactivated, demoted, erased, working].map(({ id }) => id);
      return found.filter((id: string) => among.includes(id));
    };
    const left = [erased.id, demoted.id, deactivated.id];
    expect(await ids("assignee=unavailable")).toEqual(left);
    expect(await ids("assignee=unavailable&status=NEW&sort=oldest")).toEqual(left.toReversed());
    expect(await ids("assignee=unavailable&sort=updated&category=general")).toEqual(left);
    expect(await ids("assignee=unavailable&status=DONE")).toEqual([]);
    expect(await ids(`assignee=unavailable&assignee=${demoted.agent.id}&limit=100`)).toEqual(left);
    expect(await ids(`assignee=unavailable&assignee=none&assignee=${working.agent.id}`)).toEqual([
      working.id,
      ...left,
    ]);
  });

  it("contain, for an agent who became an employee, their own, once, and nothing else that they held", async () => {
    const { call, addUser, admin, employee } = app;
    const former = await addUser({ fullName: "Fay", role: "AGENT", email: "fay@example.com" });
    const file = async (as: Person) => {
      clock.advance(1);
      return (await call("POST", "/requests", { as, body: { title: "Held" } })).body.id;
    };
    const held = await file(employee);
    const both = await file(former);
    const own = await file(former);
    for (const id of [held, both]) await call("POST", `/requests/${id}/claim`, { as: former });
    await call("PATCH", `/users/${former.id}/role`, { as: admin, body: { role: "EMPLOYEE" } });
    const ids = async (query: string) =>
      (await call("GET", `/requests?${query}`, { as: former })).body.items.map(
        ({ id }: Person) => id,
      );
    expect(await ids("")).toEqual([own, both]);
    expect(await ids("assignee=me&status=NEW&status=DONE")).toEqual([both]);
    expect(await ids("requester=me")).toEqual([own, both]);
  });
});
